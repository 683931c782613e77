"""How well landings and slaps of a rope are heard, on rendered clips whose truth has them.

    uv run python benchmarks/onsets.py test_videos/jump_rope

Of every clip of a folder that has ``NAME.truth.json`` beside it and a sound track:

- *recall*: share of the true noises with an onset within 15 ms, landings and slaps apart;
- *precision*: share of the onsets with a true noise within 15 ms;
- *error*: of those, the median of the absolute error and what 95 % stay below;
- *offset*: how much later the sound is than it is found to be, from the true landings with noise
  added (as a picture would show them: standard deviation 8 ms, 5 ms late), less those 5 ms;
- *by ear*: of the landings matched, the median of the absolute error on the sound's own clock;
- *turns*: share of the flights in which slaps are counted rightly, of those where they are counted;
- *cost*: processor time over the length of the clip, decoding included.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.kinematics.sounds import HeardSounds, SeenJumps, match_sounds
from formcheck.media.reader import VideoReader
from formcheck.perception.onsets import onsets_in
from formcheck.types import Onset

FloatArray = NDArray[np.float64]
NEAR_S = 0.015
SEEN_ERROR_S, SEEN_LATE_S = 0.008, 0.005
DRAWS = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one clip: errors in seconds, the rest counts and sentences."""

    name: str
    found: dict[str, tuple[int, int]]
    right: tuple[int, int]
    errors_s: FloatArray
    offsets_s: list[float]
    by_ear_s: FloatArray
    turns: tuple[int, int]
    refused: list[str]
    cost: float


def measure(path: Path) -> Figures | None:
    """Measures one clip; None where there is nothing to hear."""
    truth = json.loads(path.with_suffix(".truth.json").read_text())
    begun_s = time.process_time()
    onsets = onsets_in(path)
    cost_s = time.process_time() - begun_s
    if onsets is None or not truth.get("sound"):
        return None
    with VideoReader(path) as reader:
        length_s = reader.info.duration_s
    assert length_s is not None
    late_s = truth["sound"]["late_s"]
    heard_s = np.array([o.t_s for o in onsets])
    # What is outside the track can't be heard.
    noises = [n for n in truth["events"]["noises"] if 0 <= n["t_s"] + late_s < length_s]
    true_s = np.array([n["t_s"] + late_s for n in noises])
    errors_s = _nearest(heard_s, true_s)
    found = {
        kind: _counts(np.abs(errors_s)[[n["kind"] == kind for n in noises]] < NEAR_S)
        for kind in ("landing", "rope")
    }
    offsets_s, by_ear_s, turns, refused = _matched(truth, onsets, late_s)
    return Figures(
        name=path.stem,
        found=found,
        right=_counts(np.abs(_nearest(true_s, heard_s)) < NEAR_S),
        errors_s=np.abs(errors_s)[np.abs(errors_s) < NEAR_S],
        offsets_s=offsets_s,
        by_ear_s=by_ear_s,
        turns=turns,
        refused=refused,
        cost=cost_s / length_s,
    )


def _nearest(to_s: FloatArray, from_s: FloatArray) -> FloatArray:
    """Of each time, how much later the nearest of others is; infinite where there is none."""
    if not len(to_s) or not len(from_s):
        return np.full(len(from_s), np.inf)
    gaps_s = to_s[None] - from_s[:, None]
    nearest: FloatArray = gaps_s[np.arange(len(from_s)), np.abs(gaps_s).argmin(axis=1)]
    return nearest


def _counts(hits: NDArray[np.bool_]) -> tuple[int, int]:
    return int(np.sum(hits)), len(hits)


def _matched(
    truth: dict[str, Any], onsets: Sequence[Onset], late_s: float
) -> tuple[list[float], FloatArray, tuple[int, int], list[str]]:
    """Errors of the offset and of landings by ear, turns, and why not, over some draws."""
    hops = truth["events"]["hops"]
    landing_s = np.array([h["landing_s"] for h in hops], float)
    take_off_s = np.array([h["take_off_s"] for h in hops], float)
    slaps_s = np.array([n["t_s"] for n in truth["events"]["noises"] if n["kind"] == "rope"])
    true_turns = [
        int(np.sum((slaps_s > a) & (slaps_s < b)))
        for a, b in zip(take_off_s, landing_s, strict=True)
    ]
    offsets_s: list[float] = []
    by_ear_s: list[FloatArray] = []
    turns: list[bool] = []
    refused: list[str] = []
    for seed in range(DRAWS):
        heard = _match(landing_s, take_off_s, onsets, seed)
        if heard.why_not:
            refused.append(heard.why_not)
            continue
        offsets_s.append(heard.offset_s + SEEN_LATE_S - late_s)
        ear_s = np.array([h.landing_s for h in heard.landings]) + heard.offset_s
        by_ear_s.append(np.abs(ear_s - late_s - landing_s))
        counted = [(h.turns, n) for h, n in zip(heard.landings, true_turns, strict=True)]
        turns += [told == true for told, true in counted if told is not None]
    flat_s = np.concatenate(by_ear_s) if by_ear_s else np.zeros(0)
    return offsets_s, flat_s[np.isfinite(flat_s)], _counts(np.array(turns, bool)), refused


def _match(
    landing_s: FloatArray, take_off_s: FloatArray, onsets: Sequence[Onset], seed: int
) -> HeardSounds:
    rng = np.random.default_rng(seed)
    n = len(landing_s)
    seen_s = np.sort(landing_s + rng.normal(SEEN_LATE_S, SEEN_ERROR_S, n))
    left_s = take_off_s + rng.normal(0.0, SEEN_ERROR_S, n)
    return match_sounds(SeenJumps(left_s, seen_s, np.full(n, SEEN_ERROR_S)), onsets)


def _share(counts: tuple[int, int]) -> str:
    return f"{counts[0]}/{counts[1]}" if counts[1] else "–"


def _sum(counts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(c[0] for c in counts), sum(c[1] for c in counts)


def _ms(values_s: FloatArray, quantile: float) -> str:
    return f"{1000 * float(np.quantile(values_s, quantile)):.1f}" if len(values_s) else "–"


def _row(figures: Figures) -> str:
    offsets = " ".join(f"{1000 * o:+.0f}" for o in figures.offsets_s) or "–"
    cells = [
        figures.name,
        _share(figures.found["landing"]),
        _share(figures.found["rope"]),
        _share(figures.right),
        _ms(figures.errors_s, 0.5),
        _ms(figures.errors_s, 0.95),
        offsets,
        _ms(figures.by_ear_s, 0.5),
        _share(figures.turns),
        str(len(figures.refused)),
        f"{100 * figures.cost:.1f} %",
    ]
    return "| " + " | ".join(cells) + " |"


def _total(rows: Sequence[Figures]) -> Figures:
    return Figures(
        name="**all**",
        found={k: _sum([r.found[k] for r in rows]) for k in ("landing", "rope")},
        right=_sum([r.right for r in rows]),
        errors_s=np.concatenate([r.errors_s for r in rows]),
        offsets_s=[float(np.median(np.abs([o for r in rows for o in r.offsets_s] or [np.nan])))],
        by_ear_s=np.concatenate([r.by_ear_s for r in rows]),
        turns=_sum([r.turns for r in rows]),
        refused=[why for r in rows for why in r.refused],
        cost=float(np.mean([r.cost for r in rows])),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    clips = [p for p in sorted(folder.glob("*.mp4")) if p.with_suffix(".truth.json").is_file()]
    rows = [figures for path in clips if (figures := measure(path)) is not None]
    if not rows:
        raise SystemExit(f"{folder}: no clips with sound and truth.")
    print("| clip | landings | slaps | precision | error, ms | 95 %, ms | offset, ms ", end="")
    print("| by ear, ms | turns | refused | cost |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for figures in [*rows, _total(rows)]:
        print(_row(figures))
    for why in sorted({why for r in rows for why in r.refused}):
        names = sorted({r.name for r in rows if why in r.refused})
        print(f"\nRefused: {why} {len(names)} clips: {', '.join(names)}")


if __name__ == "__main__":
    main()
