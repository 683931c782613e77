"""Work ahead of and behind the loop: decoding, pose and drawing in threads of their own, in order.

Pose estimation takes one core; on a second one the next frames are decoded, and the last ones are
followed, judged, drawn and encoded. Both helpers are bounded, so memory stays flat, and pass errors
on.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

__all__ = ["Ahead", "Behind"]

T = TypeVar("T")

_DEPTH = 4


class _End:
    """Marks the end of a stream, with what went wrong."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Ahead(Generic[T]):
    """Iterates ``items`` in a thread, a few items ahead of the consumer.

    Args:
        items: What to iterate; only the thread touches it until :meth:`close`.
    """

    def __init__(self, items: Iterable[T]) -> None:
        self._queue: queue.Queue[T | _End] = queue.Queue(_DEPTH)
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(items,), name="formcheck-ahead", daemon=True
        )
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def close(self) -> None:
        """Stops the thread; what was read ahead is dropped."""
        self._stop.set()
        while self._thread.is_alive():
            with suppress(queue.Empty):
                self._queue.get_nowait()
            self._thread.join(0.01)

    def _run(self, items: Iterable[T]) -> None:
        end = _End()
        try:
            for item in items:
                self._queue.put(item)
                if self._stop.is_set():
                    break
        except BaseException as error:
            end = _End(error)
        self._queue.put(end)


class Behind(Generic[T]):
    """Hands items to ``work`` in a thread, in order, a few items behind the producer.

    Args:
        work: Called with each item in the thread.
        depth: How many items may wait for it.
    """

    def __init__(self, work: Callable[[T], None], depth: int = _DEPTH) -> None:
        self._work = work
        self._queue: queue.Queue[T | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="formcheck-draw", daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hands over one item; waits while too many are under way.

        Raises:
            BaseException: what ``work`` raised for an earlier item.
        """
        self._raise()
        self._queue.put(item)

    def finish(self) -> None:
        """Waits until everything is done.

        Raises:
            BaseException: what ``work`` raised.
        """
        self.close()
        self._raise()

    def close(self) -> None:
        """Waits for the items under way and stops the thread; never raises what work raised."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            if self._error is not None:
                continue
            try:
                self._work(item)
            except BaseException as error:
                self._error = error
