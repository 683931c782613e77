"""The command line: ``formcheck COMMAND``.

Exit codes: 0 done, 2 something that the user can mend (one sentence says what) or a live session
that was not started for the sake of the user's back, 130 cancelled.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from formcheck import __version__
from formcheck.commands import (
    analyze,
    app,
    batch,
    bundle,
    demo,
    doctor,
    evaluate,
    export,
    library,
    live,
    rescore,
    rules,
)
from formcheck.errors import FormcheckError

COMMANDS = (
    *(analyze, batch, live, app, demo),
    *(library, rescore, bundle, export, rules, doctor, evaluate),
)


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="formcheck",
        description="A form coach for home exercise: it says one thing at a time, and only when it "
        "is sure. Nothing leaves this machine.",
    )
    top.add_argument("--version", action="version", version=f"formcheck {__version__}")
    parsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(parsers)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except FormcheckError as error:
        print(f"formcheck: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"formcheck: {_missing(error)}", file=sys.stderr)
        return 2
    except PermissionError as error:
        what = error.filename or "a file"
        print(f"formcheck: {what} may not be opened by this account.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("formcheck: cancelled; nothing half-written was left.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _missing(error: ImportError) -> str:
    """A sentence for a library that can't be loaded, most often OpenCV's on a bare server."""
    if "libGL" in str(error) or "libgthread" in str(error):
        return (
            f"a system library is missing ({error}); on Debian or Ubuntu install libgl1 and "
            "libglib2.0-0"
        )
    return f"something is not installed ({error}); 'formcheck doctor' says more"


if __name__ == "__main__":
    sys.exit(main())
