"""What was worked out from measurements alone, kept for another judgement of the same ones.

A jump is read from a flight that is fitted to hundreds of steps of the picture, whatever the limits
are. A session that is judged again, with other limits, need not read it again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

__all__ = ["ANEW", "Recall"]

T = TypeVar("T")


class Recall:
    """Gives what is known, and works out and keeps what is not.

    One belongs to one sequence of measurements; what is kept must follow from those and the key.

    Args:
        keeps: False: everything is worked out anew, and nothing takes up memory.
        known: What is known from earlier.
    """

    def __init__(
        self, *, keeps: bool = True, known: Mapping[Hashable, Any] = MappingProxyType({})
    ) -> None:
        self._known: dict[Hashable, Any] | None = dict(known) if keeps else None

    @property
    def known(self) -> Mapping[Hashable, Any]:
        """All that is kept."""
        return MappingProxyType(self._known or {})

    def __call__(self, key: Hashable, work: Callable[[], T]) -> T:
        """What belongs to a key; ``work`` gives it the first time."""
        if self._known is None:
            return work()
        if key not in self._known:
            self._known[key] = work()
        found: T = self._known[key]
        return found


ANEW = Recall(keeps=False)
"""For whoever judges but once."""
