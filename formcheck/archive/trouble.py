"""What databases say when something is wrong, in one sentence for people, never with a password."""

from __future__ import annotations

import re

from sqlalchemy.exc import DBAPIError

from formcheck.errors import LibraryError

__all__ = ["DamagedError", "damaged", "in_use", "in_words", "newer"]

_INSTALL = "pip install formcheck[postgresql]"


class DamagedError(LibraryError):
    """The file is not a list of sessions any more."""


def in_words(error: DBAPIError, place: str, server: bool) -> LibraryError:
    """What a database says, as one sentence for people.

    Args:
        error: From SQLite or PostgreSQL.
        place: The database in words, without a password.
        server: Whether it is one of a server, and not a file.
    """
    said = str(error.orig).lower()
    if "locked" in said or "busy" in said or "lock timeout" in said:
        return LibraryError(in_use(place))
    if "disk is full" in said or "no space" in said:
        return LibraryError(
            f"the disk is full, so the list of past sessions in {place} can't be written; free "
            "some space and try again"
        )
    if server:
        return LibraryError(_of_a_server(said, place) or _other(str(error.orig), place))
    if any(word in said for word in ("not a database", "malformed", "no such", "corrupt")):
        return DamagedError(damaged(place))
    if "readonly" in said or "unable to open" in said:
        return LibraryError(
            f"the list of past sessions in {place} can't be written or opened; see who may write "
            "to its folder"
        )
    return LibraryError(_other(str(error.orig), place))


def in_use(place: str) -> str:
    """Says that somebody else has it."""
    return (
        f"the list of past sessions in {place} is in use by another program; close that and try "
        "again"
    )


def damaged(place: str) -> str:
    """Says that it can't be read."""
    return (
        f"the list of past sessions in {place} is damaged and was left as it is; move the file "
        "away, and a new list is begun"
    )


def newer(place: str) -> str:
    """Says that a newer program wrote it."""
    return (
        f"the list of past sessions in {place} was written by a newer formcheck; update formcheck "
        "to see it"
    )


def no_driver(place: str) -> str:
    """Says what has to be installed."""
    return f"the list of past sessions in {place} needs a driver for PostgreSQL: {_INSTALL}"


def _of_a_server(said: str, place: str) -> str:
    """The sentence for what only a server says; empty when it is something else."""
    if "password" in said or "authentication" in said or "pg_hba" in said:
        return (
            f"{place} does not let this user in; see user and password in FORMCHECK_DATABASE, and "
            "who may connect to the server"
        )
    if re.search(r'role ".*" does not exist', said):
        return f"{place} does not know this user; see FORMCHECK_DATABASE, or create the user"
    if re.search(r'database ".*" does not exist', said):
        return f"there is no {place}; create it, or see FORMCHECK_DATABASE"
    if "permission denied" in said:
        return (
            f"{place} does not let this user read or write; give it the right to, on the database "
            "and its schema 'public'"
        )
    if any(
        word in said
        for word in (
            "connection",
            "connect",
            "could not translate",
            "resolve",
            "timeout",
            "timed out",
            "starting up",
            "shutting down",
            "terminating",
            "too many clients",
        )
    ):
        return (
            f"{place} can't be reached; see that the server runs and that FORMCHECK_DATABASE has "
            "its address"
        )
    return ""


def _other(said: str, place: str) -> str:
    first = " ".join(said.split("\n", maxsplit=1)[0].split())
    return f"the list of past sessions in {place} can't be used: {first}"
