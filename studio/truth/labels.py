"""The labels file: what a person would say of a clip, first written from its truth."""

from __future__ import annotations

import json
from typing import Any

from studio.scenario import Scenario
from studio.truth.record import FROM_START_S

_SETTLED_S = 1.0
# Who turns back at once has not been at the far end for any time.
_A_STOP_S = 0.15


def labels_text(scenario: Scenario, record: dict[str, Any]) -> str:
    """Returns the labels of a clip as TOML.

    Args:
        scenario: what was rendered.
        record: its truth.
    """
    labels, events = scenario.labels, record["events"]
    judge = '"may"' if labels.judge == "may" else labels.judge
    lines = [f'does = "{labels.does}"', f'view = "{labels.view}"', f"judge = {judge}"]
    if labels.does == scenario.exercise:
        if events["holds"]:
            lines.append(f"holds = {_spans(events['holds'])}")
        lines += _movement(events)
        # What cannot be seen from where the camera stands is nothing to find.
        faults = [_fault(event) for event in events["faults"] if event.get("in_view", True)]
        faults += [_inline(fault) for fault in labels.faults]
        if faults:
            lines.append("faults = [" + ", ".join(faults) + "]")
    clean = labels.clean if labels.clean is not None else _clean(record)
    if clean:
        lines.append(f"clean = {_spans(clean)}")
    if labels.note:
        lines.append(f"note = {_text(labels.note)}")
    return "\n".join(lines) + "\n"


def _movement(events: dict[str, Any]) -> list[str]:
    """Repetitions, or jumps with their landings."""
    lines = []
    # A careful person counts what goes all the way.
    reps, hops = [rep for rep in events["reps"] if rep["counts"]], events["hops"]
    if events["reps"]:
        lines.append(f"reps = [{len(reps)}, {len(reps)}]")
        lines.append("tops = [" + ", ".join(_number(rep["top_s"]) for rep in reps) + "]")
        stops = [(r["top_s"], r["back_s"]) for r in reps if r["back_s"] - r["top_s"] >= _A_STOP_S]
        if stops:
            lines.append(f"extended = {_spans(stops)}")
    if hops:
        lines.append(f"jumps = {len(hops)}")
        landings = ", ".join(f"{hop['landing_s']:.2f}" for hop in hops)
        lines.append(f"landings = [{landings}]")
    return lines


def _fault(event: dict[str, Any]) -> str:
    """A fault is clear if it is past the fault limit most of the time, mild if it mostly warns."""
    clear = event["span"] and _length(event["span"]) > _length(event["warn_span"]) / 2
    span = event["span"] if clear else event["warn_span"]
    content: dict[str, Any] = {"check": event["check"], "span": [round(t, 1) for t in span]}
    content["strength"] = "clear" if clear else "mild"
    if event["cue_owed"] and clear:
        content["spoken"] = True
    if content["span"][0] < FROM_START_S:
        content["from_start"] = True
    return _inline(content)


def _length(span: list[float]) -> float:
    return span[1] - span[0]


def _clean(record: dict[str, Any]) -> list[list[float]]:
    """The whole clip up to the first warning, and what follows the last one."""
    end_s = (record["frames"]["t_s"][-1] if record["frames"]["t_s"] else 0.0) + 1 / record["fps"]
    spans, start_s = [], 0.0
    for event in sorted(record["events"]["faults"], key=lambda e: float(e["warn_span"][0])):
        first_s, last_s = event["warn_span"]
        if first_s - start_s > 1.0:
            spans.append([start_s, first_s])
        if event.get("rep") is not None:
            # What was wrong with a repetition may be said when it is over.
            last_s = max(last_s, record["events"]["reps"][event["rep"]]["end_s"])
        # A cue may still be on its way for a moment after the fault is mended.
        start_s = max(start_s, last_s + _SETTLED_S)
    if end_s - start_s > 1.0:
        spans.append([start_s, end_s])
    return spans


def _spans(spans: Any) -> str:
    return "[" + ", ".join(f"[{_number(a)}, {_number(b)}]" for a, b in spans) + "]"


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _text(words: str) -> str:
    """Words as TOML, which has them as JSON does."""
    return json.dumps(words, ensure_ascii=False)


def _inline(table: dict[str, Any]) -> str:
    def text(value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, list):
            return "[" + ", ".join(_number(item) for item in value) + "]"
        return _number(value)

    return "{ " + ", ".join(f"{key} = {text(value)}" for key, value in table.items()) + " }"
