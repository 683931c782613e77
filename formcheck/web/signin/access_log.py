"""What is written down about who came in, who was kept out, and what they had asked for.

One line an event, by the logger ``formcheck.access``. Words that open doors (tickets, keys,
cookies, addresses of results) never stand there in full.
"""

from __future__ import annotations

import logging
import time
from typing import TextIO

from starlette.requests import HTTPConnection

from formcheck.archive.access import Viewer

__all__ = ["ACCESS", "asked_of", "shortened", "tell", "where_of", "who_is", "write_down"]

ACCESS = logging.getLogger("formcheck.access")

_SECRET_FROM = 12
"""A part of an address that is longer than this may be a word that opens a door."""
_LONGEST = 200


def tell(event: str, who: str, asked: str, where: str, *, refused: bool = False) -> None:
    """Writes one event down.

    Args:
        event: What happened, e.g. "refused" or "signed in".
        who: See :func:`who_is`.
        asked: What was asked for, without secrets.
        where: From where, see :func:`where_of`.
        refused: Whether somebody was kept out, which is a warning.
    """
    level = logging.WARNING if refused else logging.INFO
    ACCESS.log(level, "%s: %s; asked for %s; from %s", event, who, asked, where)


def write_down(out: TextIO) -> None:
    """Writes what happens from now on to a stream, with its time in UTC.

    Args:
        out: E.g. standard error, of which a service manager keeps what it wants.
    """
    lines = logging.Formatter("%(asctime)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    lines.converter = time.gmtime
    handler = logging.StreamHandler(out)
    handler.setFormatter(lines)
    ACCESS.handlers[:] = [handler]
    ACCESS.setLevel(logging.INFO)
    ACCESS.propagate = False


def who_is(viewer: Viewer) -> str:
    """Somebody, for the log: no name and no address of theirs."""
    if viewer.account is None:
        return "whoever sits here"
    return f"account {viewer.account} ({viewer.role.value})" if viewer.account else "nobody"


def where_of(connection: HTTPConnection) -> str:
    """From where a request came: the address of the connection, and what a proxy says of it.

    Anybody can claim to be a proxy, so its word is written down as a word, and used for nothing.
    """
    client = connection.client
    address = client.host if client is not None else "unknown"
    said = connection.headers.get("x-forwarded-for", "")
    return f"{address} (forwarded for {_plain(said)!r})" if said else address


def asked_of(connection: HTTPConnection) -> str:
    """What a request asked for: its method and path, long words shortened, without its query."""
    method = connection.scope.get("method", "socket")
    parts = (shortened(_plain(part)) for part in str(connection.scope["path"]).split("/"))
    return f"{method} {'/'.join(parts)}"[:_LONGEST]


def shortened(word: str) -> str:
    """A word of which only the beginning may be known."""
    return f"{word[:4]}…" if len(word) > _SECRET_FROM else word


def _plain(words: str) -> str:
    """One line: nobody writes lines of their own into the log."""
    return "".join(c if c.isprintable() else "?" for c in words)[:_LONGEST]
