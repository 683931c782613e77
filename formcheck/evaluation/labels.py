"""What people, or the renderer, say of a clip.

Two forms, with the same keys: one ``labels.toml`` for a whole folder, a table a clip; or
``NAME.labels.toml`` beside ``NAME.mp4``. A rendered clip has ``NAME.truth.json`` as well. The
keys are explained in ``docs/evaluation.md``.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

from formcheck.errors import InputError
from formcheck.evaluation.jumplabels import JumpLabel, read_jumps, times_of
from formcheck.evaluation.truth import Span, Truth, read_truth, span_of
from formcheck.judgement.rule import Exercise

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - the same module under another name
    import tomli as tomllib

MANIFEST = "labels.toml"


@dataclass(frozen=True, slots=True)
class FaultLabel:
    """A fault that is there.

    Attributes:
        check: Code of the check.
        span_s: When.
        strength: ``mild`` (a warning or a fault are both right) or ``clear``.
        spoken: Whether it must be spoken; None when the label leaves that open.
    """

    check: str
    span_s: Span
    strength: str = "clear"
    spoken: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LabelledClip:
    """A clip and what is known of it.

    Attributes:
        path: The video file.
        name: Its path inside the folder, with ``/``.
        trace_name: The same without the suffix, unless another clip differs by that alone.
        does: What the person really does; ``none`` when nobody does anything.
        judge: ``True``, ``False`` or ``"may"``.
        holds_s: When the position is held.
        faults: What is wrong.
        clean_s: When any spoken correction would be false.
        truth: The renderer's knowledge, or None.
        note: What to know.
        reps: Fewest and most repetitions that a fair judge could count, or None.
        tops_s: When the top of each repetition is reached.
        extended_s: When the limbs are out.
        jumps: What is said of its jumps.
        view: Where the camera stands, in words.
    """

    path: Path
    name: str
    trace_name: str
    does: str
    judge: bool | str
    holds_s: tuple[Span, ...]
    faults: tuple[FaultLabel, ...]
    clean_s: tuple[Span, ...]
    truth: Truth | None
    note: str = ""
    reps: tuple[int, int] | None = None
    tops_s: tuple[float, ...] = ()
    extended_s: tuple[Span, ...] = ()
    jumps: JumpLabel = field(default_factory=JumpLabel)
    view: str = ""


def labelled_clips(folder: Path) -> list[LabelledClip]:
    """Every labelled clip of a folder and its sub-folders, by name.

    Raises:
        InputError: the folder or a label can't be read, or there is no labelled clip.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; eval wants a folder of labelled clips")
    clips = [*_from_manifest(folder), *_from_neighbours(folder)]
    if not clips:
        raise InputError(
            f"{folder} has no labelled clip; put NAME.labels.toml beside NAME.mp4, or a "
            f"{MANIFEST} on top"
        )
    return sorted(_told_apart(clips), key=lambda clip: clip.name)


def check_faults(clips: Iterable[LabelledClip], exercises: Mapping[str, Exercise]) -> None:
    """Makes sure that every labelled fault is one that its exercise knows.

    Clips of other exercises are left alone: their faults can't be known.

    Raises:
        InputError: a label names a check that its exercise does not have.
    """
    for clip in clips:
        if clip.does not in exercises:
            continue
        codes = [check.code for check in exercises[clip.does].checks]
        for fault in clip.faults:
            if fault.check in codes:
                continue
            near = get_close_matches(fault.check, codes, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(codes))}."
            raise InputError(
                f"the label of {clip.name} names {fault.check!r}, which is no check of "
                f"{clip.does}; {hint}"
            )


def _told_apart(clips: Iterable[LabelledClip]) -> Iterator[LabelledClip]:
    """The clips with the name of their trace: ``a.mp4`` and ``a.mov`` must not share one."""
    clips = list(clips)
    stems = Counter(PurePosixPath(clip.name).with_suffix("") for clip in clips)
    names = Counter(clip.name for clip in clips)
    for clip in clips:
        if names[clip.name] > 1:
            raise InputError(
                f"{clip.name} is labelled twice, in {MANIFEST} and beside it; remove one label"
            )
        stem = PurePosixPath(clip.name).with_suffix("")
        yield replace(clip, trace_name=clip.name if stems[stem] > 1 else stem.as_posix())


def _from_manifest(folder: Path) -> list[LabelledClip]:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return []
    clips = []
    for name, table in _toml(manifest).items():
        inside = PurePosixPath(name)
        if not inside.name or Path(name).is_absolute() or ".." in inside.parts:
            raise InputError(
                f"{manifest} names {name!r}; give the path of a clip below {folder}, e.g. "
                '["plank/me.mp4"]'
            )
        if not isinstance(table, Mapping):
            raise InputError(
                f"{manifest} says {name} = {table!r}; give every clip a table of its own, e.g. "
                '["plank/me.mp4"]'
            )
        clips.append(_clip(folder, folder / name, table))
    return clips


def _from_neighbours(folder: Path) -> list[LabelledClip]:
    clips = []
    for labels in sorted(folder.rglob("*.labels.toml")):
        stem = labels.name.removesuffix(".labels.toml")
        videos = sorted(p for p in labels.parent.glob(f"{stem}.*") if p.suffix in _VIDEOS)
        if not videos:
            raise InputError(f"{labels} labels a clip that is not there; remove it or add the clip")
        clips.append(_clip(folder, videos[0], _toml(labels)))
    return clips


_VIDEOS = {".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text; save it as UTF-8") from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} can't be read as TOML: {error}; mend it") from error


def _clip(folder: Path, path: Path, table: Mapping[str, Any]) -> LabelledClip:
    name = path.relative_to(folder).as_posix()
    truth_file = path.with_name(f"{path.stem}.truth.json")
    try:
        return LabelledClip(
            path=path,
            name=name,
            trace_name=name,
            does=str(table["does"]),
            judge=_one_of("judge", table["judge"], (True, False, "may")),
            holds_s=_spans(table.get("holds", ())),
            faults=tuple(_fault(fault) for fault in table.get("faults", ())),
            clean_s=_spans(table.get("clean", ())),
            truth=read_truth(truth_file) if truth_file.is_file() else None,
            note=str(table.get("note", "")),
            reps=_reps(table["reps"]) if "reps" in table else None,
            tops_s=times_of("tops", table.get("tops", ())),
            extended_s=_spans(table.get("extended", ())),
            jumps=read_jumps(table),
            view=str(table.get("view", "")),
        )
    except KeyError as error:
        raise InputError(
            f"the label of {name} has no {error}; add it, see docs/evaluation.md"
        ) from error
    except (TypeError, ValueError) as error:
        raise InputError(f"the label of {name} is wrong: {error}; mend it") from error


def _one_of(key: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    # By type as well: 1 equals True, and is not what the label's format knows.
    if any(value == one and type(value) is type(one) for one in allowed):
        return value
    words = " or ".join(json.dumps(one) for one in allowed)
    raise ValueError(f"{key} must be {words}, not {json.dumps(value, default=str)}")


def _spans(pairs: Any) -> tuple[Span, ...]:
    return tuple(span_of(pair) for pair in pairs)


def _reps(value: Any) -> tuple[int, int]:
    """Fewest and most, from ``[fewest, most]`` or one number."""
    ends = [value, value] if isinstance(value, int) else value
    # By type: true is an int to Python, and no number of repetitions.
    if not isinstance(ends, list) or [type(end) for end in ends] != [int, int]:
        said = json.dumps(value, default=str)
        raise ValueError(f"reps must be a whole number or [fewest, most], not {said}")
    fewest, most = ends
    if not 0 <= fewest <= most:
        raise ValueError(f"reps = {value} must be [fewest, most], none of them below 0")
    return fewest, most


def _fault(table: Any) -> FaultLabel:
    if not isinstance(table, Mapping):
        raise TypeError(f"the fault {table!r} must be a table with check and span")
    spoken = table.get("spoken")
    return FaultLabel(
        check=str(table["check"]),
        span_s=span_of(table["span"]),
        strength=_one_of("strength", table.get("strength", "clear"), ("mild", "clear")),
        spoken=None if spoken is None else _one_of("spoken", spoken, (True, False)),
    )
