"""How the hips travel over the floor while someone hops."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from studio.arrays import FloatArray

Node = tuple[float, FloatArray]


class Glide:
    """Straight on at even speed in the air, smooth in between, at rest before and after.

    Places are x and z in metres.
    """

    def __init__(
        self,
        nodes: list[Node],
        ends_m: tuple[FloatArray, FloatArray],
        fades_s: tuple[float, float],
    ) -> None:
        """Takes what is known.

        Args:
            nodes: take-off and landing of each flight in turn, each with the place (2,).
            ends_m: (2,) where they stand at rest before and after.
            fades_s: how long before the first take-off they set off, and how long after the last
                landing they come to rest.
        """
        self._nodes, self._ends_m, self._fades_s = nodes, ends_m, fades_s
        self._times = [time for time, _ in nodes]

    def place_m(self, t_s: float) -> FloatArray:
        """Returns the place (2,) at a time."""
        after = bisect_right(self._times, t_s)
        if after == 0:
            return self._setting_off(t_s)
        if after == len(self._nodes):
            return self._coming_to_rest(t_s)
        (start_s, start), (end_s, end) = self._nodes[after - 1], self._nodes[after]
        if after % 2 == 1:
            place: FloatArray = start + (end - start) * ((t_s - start_s) / (end_s - start_s))
            return place
        speeds = self._speed(after - 2), self._speed(after)
        return _hermite(t_s - start_s, end_s - start_s, (start, end), speeds)

    def _setting_off(self, t_s: float) -> FloatArray:
        first_s, first = self._nodes[0]
        within_s = max(0.0, t_s - first_s + self._fades_s[0])
        places = (self._ends_m[0], first)
        return _hermite(within_s, self._fades_s[0], places, (np.zeros(2), self._speed(0)))

    def _coming_to_rest(self, t_s: float) -> FloatArray:
        last_s, last = self._nodes[-1]
        within_s = min(t_s - last_s, self._fades_s[1])
        speed = self._speed(len(self._nodes) - 2)
        return _hermite(within_s, self._fades_s[1], (last, self._ends_m[1]), (speed, np.zeros(2)))

    def _speed(self, node: int) -> FloatArray:
        """Speed (2,) of the flight that begins with a node."""
        (start_s, start), (end_s, end) = self._nodes[node], self._nodes[node + 1]
        speed: FloatArray = (end - start) / (end_s - start_s)
        return speed


def _hermite(
    t_s: float,
    span_s: float,
    places: tuple[FloatArray, FloatArray],
    speeds: tuple[FloatArray, FloatArray],
) -> FloatArray:
    share = t_s / span_s
    square, cube = share**2, share**3
    place: FloatArray = (
        (2 * cube - 3 * square + 1) * places[0]
        + (cube - 2 * square + share) * span_s * speeds[0]
        + (3 * square - 2 * cube) * places[1]
        + (cube - square) * span_s * speeds[1]
    )
    return place
