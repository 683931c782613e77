"""A mailbox of one between a camera and its consumer: the newest wins, stale ones are dropped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds at most one item. One thread puts, another one takes.

    Attributes:
        dropped: How many items were replaced before anyone took them.
    """

    def __init__(self) -> None:
        """An empty, open mailbox."""
        self.dropped = 0
        self._changed = threading.Condition()
        self._items: list[T] = []
        self._closed = False
        self._error: BaseException | None = None

    @property
    def closed(self) -> bool:
        """Whether no more items come."""
        return self._closed

    def put(self, item: T) -> None:
        """Leave an item in place of the one that is there; ignored once closed."""
        with self._changed:
            if self._closed:
                return
            self.dropped += len(self._items)
            self._items = [item]
            self._changed.notify_all()

    def close(self, error: BaseException | None = None) -> None:
        """Say that no more items come.

        Args:
            error: Raised by ``take`` once the last item is taken; the first close counts.
        """
        with self._changed:
            if not self._closed:
                self._closed = True
                self._error = error
                self._changed.notify_all()

    def take(self) -> T | None:
        """Wait for an item; None when the mailbox is closed and empty.

        Raises:
            BaseException: what the mailbox was closed with, once it is empty.
        """
        with self._changed:
            # A short wait keeps Ctrl-C working where a lock can't be interrupted.
            while not self._items and not self._closed:
                self._changed.wait(0.2)
            if self._items:
                return self._items.pop()
            if self._error is not None:
                raise self._error
            return None

    def __iter__(self) -> Iterator[T]:
        """Items as they come, until the mailbox is closed."""
        while (item := self.take()) is not None:
            yield item
