"""The way back to one page: messages from any thread, sent in order by the event loop."""

from __future__ import annotations

import asyncio

__all__ = ["Connection"]

MOST_WAITING = 32
"""A page that does not read gets no more; with two pictures in flight three are enough."""


class Connection:
    """Takes messages from any thread; the event loop that it was made in sends them."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue()

    def tell(self, message: str) -> None:
        """Sends a message soon; dropped when too many wait, or the loop is gone."""
        self._call(message)

    def finish(self) -> None:
        """Hangs up after the messages that wait."""
        self._call(None)

    async def next(self) -> str | None:
        """The next message to send, or None when it is time to hang up."""
        return await self._waiting.get()

    def _call(self, message: str | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._put, message)
        except RuntimeError:  # The loop is closed: nobody can be told any more.
            return

    def _put(self, message: str | None) -> None:
        if message is None or self._waiting.qsize() < MOST_WAITING:
            self._waiting.put_nowait(message)
