"""``formcheck bundle``: check, pack, unpack, repair and draw recorded sessions."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.commands.common import add_rules_option, settle_in
from formcheck.errors import InputError

if TYPE_CHECKING:
    from formcheck.sessionfile import SessionFile

SUFFIX = ".formcheck"


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "bundle",
        help="check, pack, unpack, repair or draw a recorded session",
        description="A recorded session is one folder, or one .formcheck file: the clip if it was "
        "kept, everything that was measured, what was said, and a coach's notes. The format is "
        "described in docs/bundle.md.",
    )
    actions = p.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = _action(actions, "verify", _verify, "read everything and compare it with its hashes")
    verify.add_argument("path", type=Path, metavar="PATH", help="a folder or .formcheck file")
    export = _action(actions, "export", _export, "pack a folder into one .formcheck file")
    export.add_argument("path", type=Path, metavar="PATH", help="the folder of a session")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: beside the folder")
    take = _action(actions, "import", _import, "unpack a .formcheck file into a folder")
    take.add_argument("path", type=Path, metavar="PATH", help="a .formcheck file")
    take.add_argument("--out", type=Path, metavar="DIR", help="default: beside the file")
    mend = _action(actions, "repair", _repair, "make a session whole whose program was killed")
    mend.add_argument("path", type=Path, metavar="PATH", help="the folder of the session")
    add_rules_option(mend)
    draw = _action(
        actions, "render", _render, "draw the annotated clip and the report, as analyze does"
    )
    draw.add_argument("path", type=Path, metavar="PATH", help="a folder or .formcheck file")
    draw.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where to; default: into the folder, or beside the file in one of its name",
    )
    add_rules_option(draw)
    noted = _action(
        actions,
        "export-clip",
        _export_clip,
        "make one clip with the program's marks and the coach's drawings and words",
    )
    noted.add_argument("path", type=Path, metavar="PATH", help="a folder or .formcheck file")
    noted.add_argument("--out", type=Path, metavar="FILE", help="an .mp4; default: beside it")
    add_rules_option(noted)
    sheet = _action(
        actions, "sheet", _sheet, "write one page for the client, as HTML that prints on one A4"
    )
    sheet.add_argument("path", type=Path, metavar="PATH", help="a folder or .formcheck file")
    sheet.add_argument("--out", type=Path, metavar="FILE", help="an .html; default: beside it")
    add_rules_option(sheet)
    p.set_defaults(run=run)


def _action(actions: Any, name: str, act: Any, what: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(
        name, help=what, description=f"{what.capitalize()}."
    )
    action.set_defaults(act=act)
    return action


def run(options: argparse.Namespace) -> int:
    """Does what was asked for and says what it was."""
    print(options.act(options))
    return 0


def _verify(options: argparse.Namespace) -> str:
    from formcheck.sessionfile import open_session

    session = open_session(options.path)
    session.bundle.verify()
    session.notes  # noqa: B018 - reads them
    n_moments = len(session.trace.observations)
    return f"{options.path} is whole: {_told(session)}, {n_moments} moments measured."


def _export(options: argparse.Namespace) -> str:
    from formcheck.media.bundle import copy_bundle
    from formcheck.sessionfile import open_session

    if not options.path.is_dir():
        raise InputError(f"{options.path} is no folder: export takes the folder of a session.")
    out = options.out or options.path.with_name(options.path.name + SUFFIX)
    if out.suffix != SUFFIX:
        raise InputError(f"--out {out}: give a name that ends in {SUFFIX}.")
    session = open_session(options.path)
    copy_bundle(options.path, out)
    return f"{out}: {_told(session)}."


def _import(options: argparse.Namespace) -> str:
    from formcheck.media.bundle import copy_bundle
    from formcheck.sessionfile import open_session

    if options.path.is_dir():
        raise InputError(f"{options.path} is a folder: import takes a {SUFFIX} file.")
    out = options.out or options.path.with_suffix("")
    if out.suffix == SUFFIX or out == options.path:
        raise InputError(f"--out {out}: give the name of a folder.")
    session = open_session(options.path)
    copy_bundle(options.path, out)
    return f"{out}: {_told(session)}."


def _repair(options: argparse.Namespace) -> str:
    from formcheck.judgement.registry import load_exercises
    from formcheck.repairing import repair

    exercises = load_exercises(options.rules)
    repaired = repair(options.path, exercises, settle_in(options.path.absolute().parent, exercises))
    told = _told(repaired.session)
    if repaired.was_whole:
        return f"{options.path} was whole already: {told}."
    n_lost = repaired.lost_bytes
    lost = f"; {n_lost} bytes could not be read" if n_lost else ""
    return f"{options.path} is whole again: {told}{lost}."


def _render(options: argparse.Namespace) -> str:
    from formcheck.commands.drawing import drawing_progress
    from formcheck.judgement.registry import load_exercises
    from formcheck.rendering import exercise_of, render
    from formcheck.sessionfile import open_session

    session = open_session(options.path)
    exercise = exercise_of(session, load_exercises(options.rules))
    out = options.out or (options.path if options.path.is_dir() else options.path.with_suffix(""))
    with drawing_progress() as progress:
        rendered = render(session, exercise, out, progress)
    clip = (
        "" if session.has_clip else " Its clip was not kept: the figure stands on a plain ground."
    )
    other = (
        ""
        if rendered.as_saved
        else " The session said otherwise: it was judged by another version of the rule."
    )
    return f"{out}: open report.html there, or play annotated.mp4.{clip}{other}"


def _export_clip(options: argparse.Namespace) -> str:
    from formcheck.commands.drawing import drawing_progress
    from formcheck.handout import export_clip
    from formcheck.judgement.registry import load_exercises
    from formcheck.media.staging import appearing
    from formcheck.rendering import exercise_of
    from formcheck.sessionfile import open_session

    session = open_session(options.path)
    exercise = exercise_of(session, load_exercises(options.rules))
    out = _beside(options, "-with-notes", ".mp4")
    all_s = session.report.duration_s
    with drawing_progress() as progress, appearing(out) as stage:
        export_clip(session, exercise, stage, lambda share: progress(share * all_s, all_s))
    return f"{out}: {_told(session)}."


def _sheet(options: argparse.Namespace) -> str:
    from formcheck.handout import export_sheet
    from formcheck.judgement.registry import load_exercises
    from formcheck.media.staging import appearing
    from formcheck.rendering import exercise_of
    from formcheck.sessionfile import open_session

    session = open_session(options.path)
    exercise = exercise_of(session, load_exercises(options.rules))
    out = _beside(options, "-sheet", ".html")
    with appearing(out) as stage:
        stage.write_text(export_sheet(session, exercise), "utf-8")
    return f"{out}: print it on one page of A4, or send it as it is."


def _beside(options: argparse.Namespace, words: str, suffix: str) -> Path:
    """Where an export goes: as asked for, or beside the session under its name."""
    path: Path = options.path
    stem = path.stem if path.suffix == SUFFIX else path.resolve().name
    out: Path = options.out or path.resolve().with_name(f"{stem}{words}{suffix}")
    if out.suffix != suffix:
        raise InputError(f"--out {out}: give a name that ends in {suffix}.")
    return out


def _told(session: SessionFile) -> str:
    """What a session is, in few words."""
    clip = "with its clip" if session.has_clip else "without a clip"
    return f"{session.exercise}, {session.report.duration_s:.1f} s, {clip}"
