"""The page "Privacy": what is kept, where, for how long, and who can see it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from formcheck.archive.files import CLIPS, MEASURED
from formcheck.presentation import words
from formcheck.profiles import FOLDER as PROFILES
from formcheck.web.clips.visits import GRACE_S
from formcheck.web.lan.pairing import CODE_S, DEVICE_S
from formcheck.web.live.hall import RESULT_S
from formcheck.web.pieces import look
from formcheck.web.services import services
from formcheck.web.signin import viewers
from formcheck.web.signin.identity import LASTS_DAYS
from formcheck.web.signin.setup import SignIn

_LEAD = "Everything happens on the computer that formcheck runs on. Nothing leaves it."


@dataclass(frozen=True, slots=True)
class _Kept:
    """One kind of thing that formcheck has of somebody.

    Attributes:
        title: What it is.
        what: What exactly.
        where: Where it is; a path, or words.
        until: For how long.
    """

    title: str
    what: str
    where: str | Path
    until: str


def page() -> None:
    """Draws the page."""
    look.heading("Privacy", _LEAD)
    setup = services().settings.sign_in
    look.show(_promise(setup))
    kept = (*_everything(), *(_of_account() if setup is not None else ()))
    if not viewers.viewer().sees_everything:
        kept = tuple(replace(each, where=_not_here(each.where)) for each in kept)
    look.show("<h2>What is kept, where and for how long</h2>" + "".join(map(_told, kept)))
    look.link("progress", "See, save or delete what is kept")
    look.show(_who(services().settings.lan) if setup is None else _who_signs_in())
    look.show(
        "<h2>Good to know</h2><p>Whoever can use your account on this computer can open these "
        "files: they are protected from other accounts, but not encrypted. Copies in a backup of "
        "this computer, and files that you download here, are yours to look after.</p>"
    )


def _promise(setup: SignIn | None) -> str:
    """Whom the program asks for anything."""
    if setup is None:
        return (
            "<p>There is no account, no advertising, no statistics about you, and no connection to "
            "the internet: the program works with the network switched off.</p>"
        )
    provider = escape(urlsplit(setup.server_metadata_url).netloc)
    return (
        "<p>There is no advertising and there are no statistics about you. To sign you in, "
        f"formcheck asks <strong>{provider}</strong>, which learns that you use it and when you "
        "sign in. Nobody else is asked for anything.</p>"
    )


def _of_account() -> Sequence[_Kept]:
    """What is kept of somebody because they sign in."""
    running = services()
    return (
        _Kept(
            "Your account",
            "Your name and e-mail address as the provider tells them, what it calls you, and "
            "whether you are a coach or an admin.",
            running.archive.place,
            "Until an admin deletes it; the sessions in it stay until they are deleted.",
        ),
        _Kept(
            "Cookies",
            "Who you are, signed, so that you need not sign in at every page. No script reads it, "
            "and it goes to this address alone.",
            "Your browser.",
            f"Until you sign out, at the latest {words.number(LASTS_DAYS)} days.",
        ),
        _Kept(
            "What is written down of visits",
            "When somebody signed in or out, and what was refused to whom: the number of the "
            "account, what was asked for, and from which address. No name.",
            "Wherever whoever runs formcheck keeps what it prints.",
            "As they choose.",
        ),
    )


def _not_here(where: str | Path) -> str | Path:
    """Places for somebody who is not at this computer, and has no use for its folders."""
    named = isinstance(where, Path) or "/" in where or "\\" in where
    return "The computer that formcheck runs on." if named else where


def _who_signs_in() -> str:
    return (
        "<h2>Who sees what</h2><p>Whoever opens formcheck signs in first. <strong>You see your own "
        "sessions.</strong> A coach also sees those of the people who were given to them, and "
        "admins see everything. When you sign out, a session that runs is ended, and videos that "
        "you gave it are deleted.</p>"
    )


def _everything() -> Sequence[_Kept]:
    return (*_recordings(), *_numbers())


def _recordings() -> Sequence[_Kept]:
    """What shows people, and what was noted about it."""
    home = services().settings.home
    return (
        _Kept(
            "Pictures of a live session",
            "Each is looked at and forgotten at once, unless you keep the clip (see below). The "
            "report is held for you to read.",
            "The memory of the program; nothing is written.",
            f"The report: up to {_span(RESULT_S)}, or until formcheck is stopped.",
        ),
        _Kept(
            "Live sessions with their clips",
            "Only if you switch on “Keep the clip” before: the clip as the camera saw it, what was "
            "measured, what was said, and who trained. It is written while the session runs, so "
            "that a crash loses none of it.",
            home / CLIPS,
            "Until you delete them.",
        ),
        _Kept(
            "Videos that are kept for review, and files that are taken into the library",
            "Only if you tick “Keep for review”, or take in a file: the clip with its sound if it "
            "goes along, what was measured, what was said, and whose it is.",
            home / CLIPS,
            "Until you delete them.",
        ),
        _Kept(
            "What a coach notes, and what is made for the review",
            "Opinions, comments and drawings, who noted them and when; the clip once more in a "
            "form that can be stepped through, what the page shows, and what was exported.",
            home / CLIPS,
            "Until the session is deleted; what was made may go earlier, for lack of room.",
        ),
        _Kept(
            "Videos that you give it",
            "The video and what was made of it.",
            Path(tempfile.gettempdir()) / "formcheck-visits-…",
            "Until you leave the page: they are deleted when the tab is closed, at the latest "
            f"{_span(GRACE_S)} after the connection to it was lost, or when formcheck stops. What "
            "a crash leaves behind is deleted at the next start.",
        ),
    )


def _numbers() -> Sequence[_Kept]:
    """What is known of sessions and people without a picture."""
    running = services()
    home = running.settings.home
    return (
        _Kept(
            "The list of past sessions",
            "Date, exercise, seconds, repetitions, jumps and their height, and each fault with its "
            "time; whose session it is, its tags, what its clip was called, and when a coach was "
            "through with it. Only of sessions that you want remembered.",
            running.archive.place,
            "Until you delete it.",
        ),
        _Kept(
            "People",
            "The names that somebody added in the library, and who looks after whom.",
            running.archive.place,
            "Until they are deleted there: with them go all their sessions, what was kept of "
            "these, and their limits.",
        ),
        _Kept(
            "Limits that were changed for somebody",
            "Which, why, by whom and when.",
            home / PROFILES,
            "Until the person is deleted, or everything.",
        ),
        _Kept(
            "Numbers that were measured in recordings elsewhere on this computer",
            "So that formcheck rescore tries other limits quickly.",
            home / MEASURED,
            "Until they were not used for 30 days, or you delete everything.",
        ),
        _Kept(
            "Your answers about pain",
            "What you answer before an exercise that asks about your back.",
            "The memory of the program; nothing is written.",
            "Until the session has started or was called off.",
        ),
    )


def _told(kept: _Kept) -> str:
    if isinstance(kept.where, Path) or "/" in kept.where or "\\" in kept.where:
        where = f"<code>{escape(str(kept.where))}</code>"
    else:
        where = escape(kept.where)
    return (
        f'<section class="fc-kept"><h3>{escape(kept.title)}</h3><dl><dt>What</dt>'
        f"<dd>{escape(kept.what)}</dd><dt>Where</dt><dd>{where}</dd>"
        f"<dt>How long</dt><dd>{escape(kept.until)}</dd></dl></section>"
    )


def _who(lan: bool) -> str:
    """Who can open the app, as it was started."""
    if not lan:
        return (
            "<h2>Who can open it</h2><p>Only this computer. Started with <code>formcheck app "
            "--lan</code>, it also lets devices of your home network in, each with a code.</p>"
        )
    return (
        "<h2>Who can open it</h2><p>formcheck was started with <code>--lan</code>: devices of your "
        "home network can open it as well, once they have been paired with the code from the "
        f"computer. A code works once and for {_span(CODE_S)}; a device stays paired for "
        f"{_span(DEVICE_S)} or until formcheck stops, and carries a cookie for it.</p>"
        "<p>Pictures from a phone go to the computer over your network, encrypted, and not through "
        "the internet. <strong>Whoever is paired sees the same as you:</strong> the past sessions "
        "of everybody who uses this computer, and they can delete them. Pair only devices of "
        "people you trust, and start without <code>--lan</code> when you don’t need it.</p>"
    )


def _span(length_s: float) -> str:
    """E.g. "2 hours", "10 minutes"."""
    for unit_s, name in ((3600.0, "hour"), (60.0, "minute"), (1.0, "second")):
        if length_s >= unit_s and length_s % unit_s == 0:
            number = words.number(length_s / unit_s)
            return f"{number} {name}" if number == "1" else f"{number} {name}s"
    return words.seconds(length_s)
