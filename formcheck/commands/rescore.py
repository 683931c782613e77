"""``formcheck rescore``: what would have been said with other limits, without running pose."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.commands.common import add_rules_option
from formcheck.errors import FormcheckError, InputError

if TYPE_CHECKING:
    from formcheck.judgement.overrides import Change
    from formcheck.judgement.rule import Exercise
    from formcheck.profiles import Profile
    from formcheck.recorded import Recorded


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "rescore",
        help="judge recorded sessions again, with other limits",
        description="Says at once what would have been said of recorded sessions with other "
        "limits: from the trace, without running pose. Without --set and --profile it judges them "
        "as they were, and says the same.",
    )
    p.add_argument(
        "sessions",
        nargs="+",
        type=Path,
        metavar="TRACE_OR_BUNDLE",
        help="a trace.npz, the folder that analyze wrote, or a session bundle",
    )
    p.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="put a limit elsewhere, e.g. plank.hips-sag.warn=-12; warn is where the warning "
        "begins, fault where the fault does; may be given more than once",
    )
    p.add_argument("--profile", metavar="NAME", help="start from the limits of this person")
    p.add_argument(
        "--save-as", metavar="NAME", help="keep what --set changed as the profile of this person"
    )
    p.add_argument("--why", default="", metavar="TEXT", help="with --save-as: the reason")
    p.add_argument("--by", default="", metavar="WHO", help="with --save-as: who decided")
    p.add_argument("--exercise", metavar="NAME", help="where the recording does not say which")
    add_rules_option(p)
    p.add_argument("--json", action="store_true", help="print JSON, one line a session")
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judges every session again; one that can't be read does not stop the rest."""
    from formcheck.judgement.overrides import parse_change
    from formcheck.judgement.registry import find_exercise, load_exercises
    from formcheck.profiles import Profile, load_profile

    exercises = load_exercises(options.rules)
    if options.exercise is not None:
        find_exercise(options.exercise, exercises)
    changes = [parse_change(text, exercises) for text in options.changes]
    home = _home()
    profile = Profile("") if options.profile is None else load_profile(home, options.profile)
    # Kept before anything is judged: a limit that does not fit is told at once.
    saved = None if options.save_as is None else _save(home, options, exercises, changes)
    failed = 0
    for path in options.sessions:
        try:
            with _no_collecting():
                _rescore(path, options, exercises, profile, changes, home)
        except FormcheckError as error:
            print(f"formcheck: {path.name}: {error}", file=sys.stderr)
            failed += 1
    if saved is not None:
        print(
            f"Kept as the profile of {saved.name}: live sessions and rescore --profile use it.",
            file=sys.stderr if options.json else sys.stdout,
        )
    return 2 if failed else 0


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Spares Python the search for garbage that refers to itself: here is none worth looking for.

    An hour is half a million objects that all stay; going through them again and again takes a
    sixth of the time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _home() -> Path:
    from formcheck.web.settings import settings_from

    return settings_from(os.environ).home


def _save(
    home: Path,
    options: argparse.Namespace,
    exercises: Mapping[str, Exercise],
    changes: Sequence[Change],
) -> Profile:
    """Keeps the changes as somebody's profile.

    Raises:
        InputError: there is nothing to keep, the reason is missing, or the limits do not fit.
        OutputError: it can't be written.
    """
    from formcheck.profiles import Profile, load_profile, profile_names, save_profile, with_changes

    if not changes:
        raise InputError("--save-as keeps what --set changed; give at least one --set")
    if not options.why.strip() or not options.by.strip():
        raise InputError("--save-as wants to know --why and --by whom the limits were changed")
    name = " ".join(options.save_as.split())
    known = {one.casefold() for one in profile_names(home)}
    profile = load_profile(home, name) if name.casefold() in known else Profile(name)
    for of in dict.fromkeys(change.exercise for change in changes):
        profile = with_changes(profile, exercises[of], changes, why=options.why, by=options.by)
    save_profile(home, profile)
    return profile


def _rescore(
    path: Path,
    options: argparse.Namespace,
    exercises: Mapping[str, Exercise],
    profile: Profile,
    changes: Sequence[Change],
    home: Path,
) -> None:
    from formcheck.judgement.overrides import changed, moved
    from formcheck.profiles import changes_of
    from formcheck.recorded import changes_of_saved, is_saved, open_recorded
    from formcheck.rescoring import difference
    from formcheck.web.review.measured import measured_session

    recorded = open_recorded(path)
    rule = _exercise(recorded, options.exercise, exercises, changes)
    was = changes_of_saved(recorded, rule)
    exercise = changed(rule, was)
    # One list, so that a typed limit counts over one of the profile, and that over a former one.
    new = changed(rule, [*was, *changes_of(profile), *changes])
    measured, keep = measured_session(
        recorded.observations, exercise, set_up=recorded.set_up, home=home, session=path
    )
    before = measured.report(exercise, keep=True)
    after = before if new == exercise else measured.report(new)
    keep()
    found = difference(before, after, exercise)
    first = None if recorded.saved is None else is_saved(before, exercise, recorded.saved)
    limits = moved(exercise, new)
    if options.json:
        import json

        from formcheck.presentation.rescored import to_dict

        plain: dict[str, Any] = {
            "source": recorded.source,
            "exercise": exercise.name,
            "rule_version": new.version,
        }
        plain["as_saved"] = first
        plain |= to_dict(found, limits)
        print(json.dumps(plain, ensure_ascii=False, allow_nan=False))
        return
    from formcheck.presentation.rescored import told, told_limits

    print(f"{exercise.title}, {recorded.source}")
    for line in told_limits(limits) or ["No limit was changed."]:
        print(f"  {line}")
    if first is False:
        print("  The saved report says otherwise: it was made by another version of the rule.")
    print()
    for line in told(found, exercise):
        print(f"  {line}")


def _exercise(
    recorded: Recorded,
    given: str | None,
    exercises: Mapping[str, Exercise],
    changes: Sequence[Change],
) -> Exercise:
    """The exercise that was recorded: as asked for, as kept with it, or as --set names it.

    Raises:
        InputError: nothing says which.
    """
    from formcheck.judgement.registry import find_exercise

    named = {change.exercise for change in changes}
    name = given or recorded.exercise or (named.pop() if len(named) == 1 else None)
    if name is None:
        raise InputError(
            "a trace alone does not say which exercise it shows; add --exercise NAME, one of "
            f"{', '.join(sorted(exercises))}"
        )
    return find_exercise(name, exercises)
