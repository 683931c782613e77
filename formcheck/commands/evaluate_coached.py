"""``formcheck eval`` of a folder of sessions: how far program and coach agree; labels of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from formcheck.errors import FormcheckError, InputError
from formcheck.evaluation.agreement import Agreement, agreement
from formcheck.evaluation.coached import Coached, export_labels, rate
from formcheck.judgement.rule import Exercise

__all__ = ["run_coached"]


def run_coached(
    bundles: Sequence[Path], options: argparse.Namespace, exercises: Mapping[str, Exercise]
) -> int:
    """Rates the sessions and prints; writes them as labelled clips where that is asked for.

    Returns:
        2 when a session could not be read, else 0.

    Raises:
        InputError: an option makes no sense for sessions.
        OutputError: the labelled clips can't be written.
    """
    if options.fps is not None or options.drop or options.model or options.traces or options.by:
        raise InputError(
            f"{options.folder} holds sessions, which are judged from what was measured then; leave "
            "out --fps, --drop, --model, --traces and --by"
        )
    chosen = [path for path in bundles if (options.only or "") in path.name]
    if not chosen:
        raise InputError(f"--only {options.only}: no session in {options.folder} has that name")
    failed: list[str] = []

    def tell(name: str, error: FormcheckError) -> None:
        failed.append(f"{name}: {error}")

    coached = rate(chosen, options.folder, exercises, tell)
    _print(coached, exercises, options.check, as_json=options.json)
    for sentence in failed:
        print(f"formcheck: {sentence}", file=sys.stderr)
    if options.export_labels is not None:
        _export(chosen, options.export_labels)
    return 2 if failed else 0


def _export(bundles: Sequence[Path], target: Path) -> None:
    def left_out(path: Path, why: str) -> None:
        print(f"formcheck: {path.name} is left out: {why}", file=sys.stderr)

    written = export_labels(bundles, target, left_out)
    clips = "1 labelled clip" if written == 1 else f"{written} labelled clips"
    # Not among what is printed for programs.
    print(f"Wrote {clips} to {target}.", file=sys.stderr)


def _print(
    coached: Sequence[Coached],
    exercises: Mapping[str, Exercise],
    check: str | None,
    *,
    as_json: bool,
) -> None:
    from formcheck.presentation.evaluation_agreement import print_agreement, to_dict

    reviewed = [one for one in coached if one.rated]
    found: dict[str, dict[str, Agreement]] = {}
    for name in sorted({one.exercise for one in reviewed}):
        of_exercise = [one for one in reviewed if one.exercise == name]
        found[name] = {
            code: agreement([r for one in of_exercise for r in one.ratings if r.check == code])
            for code in (each.code for each in exercises[name].checks)
            if check in (None, code)
        }
    counted = [one.counted for one in reviewed]
    counts = sum(n for n, _ in counted), sum(n for _, n in counted)
    if as_json:
        plain: dict[str, Any] = to_dict(found, counts, len(reviewed), len(coached))
        print(json.dumps(plain, indent=1, allow_nan=False))
        return
    from formcheck.presentation.terminal import open_console

    print_agreement(found, counts, len(reviewed), len(coached), open_console())
