"""``formcheck library``: the sessions that the app keeps, brought, listed and handed on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.commands.common import add_rules_option, app_home, app_library
from formcheck.errors import FormcheckError, InputError

if TYPE_CHECKING:
    from formcheck.archive.history import PastSession
    from formcheck.archive.store import Library
    from formcheck.intake import Taken

SUFFIX = ".formcheck"


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "library",
        help="bring recorded sessions into the app, list them, hand them on",
        description="The library is what the app keeps: sessions to be reviewed, of whom, and "
        "what was found. These commands work on it as the app does.",
    )
    actions = p.add_subparsers(dest="action", metavar="ACTION", required=True)
    _declare_import(actions)
    _declare_list(actions)
    export = actions.add_parser(
        "export",
        help="write a session as one .formcheck file",
        description="Writes a session of the library as one .formcheck file.",
    )
    export.add_argument("number", type=int, metavar="NUMBER", help="see 'formcheck library list'")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: in this folder")
    export.set_defaults(act=_export)
    p.set_defaults(run=run)


def _declare_import(actions: Any) -> None:
    take = actions.add_parser(
        "import",
        help="bring sessions into the library",
        description="Checks sessions and copies them into the library. What is there already is "
        "told and not doubled; what can't be read does not stop the rest.",
    )
    take.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="a .formcheck file, the folder of a session, or a folder with many of either",
    )
    take.add_argument(
        "--person", default="", metavar="NAME", help="whose they are (default: as they say)"
    )
    take.add_argument(
        "--tag",
        dest="tags",
        action="append",
        default=[],
        metavar="T",
        help="a word to find them by; may be given more than once",
    )
    add_rules_option(take)
    take.set_defaults(act=_import)


def _declare_list(actions: Any) -> None:
    listed = actions.add_parser(
        "list", help="list sessions, the newest first", description="Lists sessions."
    )
    listed.add_argument("--person", metavar="NAME", help="only of this person")
    listed.add_argument("--exercise", metavar="NAME", help="only of this exercise")
    listed.add_argument(
        "--fault", metavar="CODE", help="only where this fault was found, e.g. hips-sag"
    )
    listed.add_argument(
        "--tag",
        dest="tags",
        action="append",
        default=[],
        metavar="T",
        help="only with this word; given more than once, with all of them",
    )
    listed.add_argument(
        "--not-reviewed", action="store_true", help="only what no coach was through with"
    )
    listed.set_defaults(act=_list)


def run(options: argparse.Namespace) -> int:
    """Does what was asked for; 2 when a session could not be brought."""
    _take_in()
    return int(options.act(options))


def _take_in() -> None:
    """Sessions of the app that were cut off are in the library, as if it had been started."""
    from formcheck.archive.files import CLIPS
    from formcheck.leftbehind import left_behind

    if not left_behind(app_home() / CLIPS):
        return
    from formcheck.judgement.registry import load_exercises
    from formcheck.takingin import take_in

    for found in take_in(app_home(), app_library(), load_exercises()):
        told = found.problem or f"{found.folder.name} was cut off, and is whole again."
        print(f"formcheck: {told}", file=sys.stderr)


def _import(options: argparse.Namespace) -> int:
    from formcheck.intake import bundles_in, take
    from formcheck.judgement.registry import load_exercises

    library, exercises = app_library(), load_exercises(options.rules)
    added = there = failed = 0
    for path in options.paths:
        try:
            bundles = bundles_in(path)
        except FormcheckError as error:
            print(f"formcheck: {error}", file=sys.stderr)
            failed += 1
            continue
        for bundle in bundles:
            try:
                taken = take(library, bundle, exercises, person=options.person, tags=options.tags)
            except FormcheckError as error:
                print(f"formcheck: {_refused(bundle, str(error))}", file=sys.stderr)
                failed += 1
                continue
            added, there = added + (not taken.was_there), there + taken.was_there
            print(_taken(bundle, taken))
    told = [f"{_counted(added)} added"]
    told += [f"{there} there already"] if there else []
    told += [f"{failed} refused"] if failed else []
    print(f"{', '.join(told)}.")
    return 2 if failed else 0


def _taken(bundle: Path, taken: Taken) -> str:
    if taken.was_there:
        return f"{bundle.name}: is in the library already, as session {taken.number}."
    session = taken.session
    clip = "with its clip" if session.has_clip else "without a clip"
    return (
        f"{bundle.name}: session {taken.number}, {session.exercise}, "
        f"{session.report.duration_s:.1f} s, {clip}."
    )


def _refused(bundle: Path, sentence: str) -> str:
    """The sentence with the whole path: many sessions may have one name."""
    rest = sentence.removeprefix(bundle.name)
    return f"{bundle}{rest}" if rest != sentence else f"{bundle}: {sentence}"


def _counted(n: int) -> str:
    return "1 session" if n == 1 else f"{n} sessions"


def _list(options: argparse.Namespace) -> int:
    from formcheck.archive.query import Query

    library = app_library()
    person = None if options.person is None else _person(library, options.person)
    found = library.sessions(
        Query(
            person=person,
            exercise=options.exercise,
            fault=options.fault,
            tags=tuple(options.tags),
            reviewed=False if options.not_reviewed else None,
        )
    )
    if not found:
        print("No session of this kind is in the library.")
        return 0
    _show(found)
    return 0


def _person(library: Library, name: str) -> int:
    """The number of somebody.

    Raises:
        InputError: nobody, or more than one person, is called that.
    """
    people = library.people()
    wanted = " ".join(name.split()).casefold()
    numbers = [person.number for person in people if person.name.casefold() == wanted]
    if len(numbers) == 1:
        return numbers[0]
    if numbers:
        raise InputError(f"several people are called {name}; the app tells them apart")
    known = ", ".join(person.name for person in people) or "nobody yet"
    raise InputError(f"nobody in the library is called {name}; there is: {known}")


def _show(sessions: Sequence[PastSession]) -> None:
    """A table: the newest first."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from formcheck.presentation.terminal import open_console

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("No.", justify="right")
    for title in ("When", "Who", "What", "Faults", "Tags", "Reviewed", "Kept"):
        table.add_column(title)
    for past in sessions:
        faults = dict.fromkeys(each.title for each in past.findings if each.level.name == "FAULT")
        table.add_row(
            str(past.number),
            f"{past.began.astimezone():%Y-%m-%d %H:%M}",
            escape(past.person) or "–",
            escape(past.title),
            escape(", ".join(faults)) or "–",
            escape(", ".join(past.tags)) or "–",
            "yes" if past.reviewed is not None else "no",
            "yes" if past.folder is not None else "no",
        )
    open_console().print(table)


def _export(options: argparse.Namespace) -> int:
    from formcheck.media.bundle import copy_bundle

    past = app_library().session(options.number)
    if past.folder is None:
        raise InputError(
            f"of session {options.number} only the numbers were kept; there is nothing to review "
            "or to hand on"
        )
    out: Path = options.out or Path(f"{past.folder.name}{SUFFIX}")
    if out.suffix != SUFFIX:
        raise InputError(f"--out {out}: give a name that ends in {SUFFIX}.")
    copy_bundle(past.folder, out)
    print(f"{out}: session {options.number}, {past.title}, {past.duration_s:.1f} s.")
    return 0
