"""Where the time went: judged, or not judged and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from formcheck.types import Reason

NOT_HELD = Reason("not-held", "getting into position or out of it, or not held long enough")

_PENDING_S = 6.0


class NotJudgedTally:
    """Adds up time by reason; time in position counts as judged once its hold is confirmed."""

    __slots__ = ("_pending", "_reasons", "_seconds", "judged_s")

    def __init__(self) -> None:
        self.judged_s = 0.0
        self._seconds: dict[str, float] = {}
        self._reasons: dict[str, Reason] = {}
        self._pending: deque[tuple[float, float]] = deque()

    def add(self, t_s: float, dt_s: float, reason: Reason | None, holding: bool) -> None:
        """Takes one moment that lasted ``dt_s`` up to ``t_s``."""
        if reason is not None:
            self._add_reason(reason, dt_s)
        elif holding:
            self.judged_s += dt_s
        else:
            self._pending.append((t_s, dt_s))
        while self._pending and self._pending[0][0] < t_s - _PENDING_S:
            self._add_reason(NOT_HELD, self._pending.popleft()[1])

    def commit(self, start_s: float) -> None:
        """A hold was confirmed that began at ``start_s``: its first moments were judged."""
        for t_s, dt_s in self._pending:
            if t_s >= start_s:
                self.judged_s += dt_s
            else:
                self._add_reason(NOT_HELD, dt_s)
        self._pending.clear()

    def settle(self, judged_s: float) -> None:
        """Takes over what the holds say was judged; time around them was getting ready.

        Call it once, at the end.
        """
        for _, dt_s in self._pending:
            self._add_reason(NOT_HELD, dt_s)
        self._pending.clear()
        if self.judged_s - judged_s > 1e-9:
            self._add_reason(NOT_HELD, self.judged_s - judged_s)
        self.judged_s = judged_s

    def by_reason(self) -> Mapping[str, float]:
        """Seconds not judged, by reason code, the longest first."""
        return dict(sorted(self._seconds.items(), key=lambda item: -item[1]))

    def reasons(self) -> Mapping[str, Reason]:
        """The reasons by code."""
        return dict(self._reasons)

    def _add_reason(self, reason: Reason, dt_s: float) -> None:
        self._reasons[reason.code] = reason
        self._seconds[reason.code] = self._seconds.get(reason.code, 0.0) + dt_s
