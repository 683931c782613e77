"""Which reported jump is which true one."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["LANDING_TOLERANCE_S", "matched"]

LANDING_TOLERANCE_S = 0.12
"""A landing further away than this is another one; jumps follow each other in 0.3 s at least."""


def matched(
    found_s: Sequence[float], true_s: Sequence[float], tolerance_s: float = LANDING_TOLERANCE_S
) -> list[tuple[int, int]]:
    """Pairs of landings, one to one: as many as can be, and of those the nearest ones.

    Pairs never cross, so the best ones up to any two landings follow from those before (the
    dynamic programme of sequence alignment).

    Args:
        found_s: Landings that were reported, in order of time.
        true_s: Those that happened, likewise.
        tolerance_s: The furthest that two of a pair may lie apart.

    Returns:
        (place in ``found_s``, place in ``true_s``) of each pair, in order of time.
    """
    # best[i][j]: (pairs, less the seconds between them) among the first i and the first j.
    best = [[(0, 0.0)] * (len(true_s) + 1) for _ in range(len(found_s) + 1)]
    for i, t_s in enumerate(found_s):
        for j, other_s in enumerate(true_s):
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j])
            if abs(t_s - other_s) <= tolerance_s:
                pairs, less_s = best[i][j]
                paired = (pairs + 1, less_s - abs(t_s - other_s))
                best[i + 1][j + 1] = max(best[i + 1][j + 1], paired)
    return _traced(best)


def _traced(best: Sequence[Sequence[tuple[int, float]]]) -> list[tuple[int, int]]:
    """The pairs that led to the last of the best scores, in order of time."""
    pairs = []
    i, j = len(best) - 1, len(best[0]) - 1
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]
