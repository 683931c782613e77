"""Sessions of the app that a killed program left behind: made whole, and told to the library."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from formcheck.archive.access import LOCAL, Role, Viewer
from formcheck.archive.files import CLIPS
from formcheck.archive.store import Library
from formcheck.journalfiles import Listing
from formcheck.judgement.registry import find_exercise
from formcheck.judgement.rule import Exercise
from formcheck.leftbehind import Found, mend_all
from formcheck.repairing import Repaired

__all__ = ["adding_to", "take_in"]


def take_in(
    home: Path,
    library: Library,
    exercises: Mapping[str, Exercise],
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Found]:
    """Repairs what was left behind in the app's folder, and adds it to the library, once.

    Args:
        home: The app's folder.
        library: Where the sessions are told of; those that their user did not want in there are
            not.
        exercises: Every exercise by name.
        stop: Asked before each.
    """
    yield from mend_all(home / CLIPS, exercises, adding_to(home, library, exercises), stop)


def adding_to(
    home: Path, library: Library, exercises: Mapping[str, Exercise]
) -> Callable[[Repaired], None]:
    """What is done with each session of the app that was repaired: it is added, unless it is there.

    Args:
        home: The app's folder.
        library: Where the sessions are told of.
        exercises: Every exercise by name.
    """

    def settle(repaired: Repaired) -> None:
        listing, session = repaired.listing, repaired.session
        if listing is None or not listing.wanted:
            return
        folder = home / CLIPS / session.path.name
        if folder in {past.folder for past in library.sessions()}:
            return
        # An account that was deleted meanwhile: its sessions are nobody's, and seen by admins.
        gone = listing.account not in {None, *(one.number for one in library.accounts())}
        library.add(
            session.report,
            find_exercise(session.exercise, exercises),
            _began(session.about.began, folder),
            "live",
            folder,
            person="" if gone else _who(listing, session.about.person, library),
            viewer=LOCAL if gone else _viewer(listing),
        )

    return settle


def _who(listing: Listing, name: str, library: Library) -> str | int:
    """Who was training: by number where that is known, as several people may have one name.

    Somebody who was deleted since does not come back.
    """
    if listing.person is None:
        return name
    there = {person.number for person in library.people(_viewer(listing))}
    return listing.person if listing.person in there else ""


def _began(told: str, folder: Path) -> datetime:
    """When a session began; by its folder where it does not say."""
    try:
        began = datetime.fromisoformat(told)
    except ValueError:
        began = datetime.fromtimestamp(folder.stat().st_mtime)
    return began.astimezone()


def _viewer(listing: Listing) -> Viewer:
    """Whose session it was."""
    if listing.account is None:
        return LOCAL
    try:
        return Viewer(listing.account, Role(listing.role))
    except ValueError:
        return Viewer(listing.account, Role.OWNER)
