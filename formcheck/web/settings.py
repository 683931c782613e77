"""What can be set about the app, where each value comes from, and what it may be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from formcheck.errors import InputError

if TYPE_CHECKING:
    from formcheck.web.signin.setup import SignIn

__all__ = ["Settings", "settings_from"]

_MOST = 10_000


def _default_home() -> Path:
    return user_data_path("formcheck", appauthor=False)


def _default_live_sessions() -> int:
    """One pose thread a session takes most of a core."""
    return max(1, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the app behaves on this machine.

    Attributes:
        home: Folder of everything that is kept: the list of sessions and the clips.
        live_sessions: How many live sessions may run at the same time.
        max_clip_mb: Largest clip that may be uploaded, in megabytes (1e6 bytes).
        max_clip_minutes: Longest clip that may be uploaded.
        max_clips: How many clips may be uploaded at a time.
        database: URL of the database of the library; empty: a file of SQLite in ``home``.
        lan: Whether other devices of the local network may come in, with a pairing code.
        sign_in: How signing in is set up; None: nobody has to, and this machine alone is served.
    """

    home: Path = field(default_factory=_default_home)
    live_sessions: int = field(default_factory=_default_live_sessions)
    max_clip_mb: int = 500
    max_clip_minutes: int = 20
    max_clips: int = 12
    lan: bool = False
    # It may hold a password, which is shown nowhere.
    database: str = field(default="", repr=False)
    sign_in: SignIn | None = None


_NUMBERS = ("live_sessions", "max_clip_mb", "max_clip_minutes", "max_clips")


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The settings, from environment variables such as ``FORMCHECK_MAX_CLIP_MB=200``.

    Args:
        environment: E.g. ``os.environ``. ``FORMCHECK_HOME`` is a folder, ``FORMCHECK_SIGN_IN`` the
            file that sets signing in up; the others are numbers.

    Raises:
        InputError: a value can't be used.
    """
    given: dict[str, int] = {}
    for name in _NUMBERS:
        variable = f"FORMCHECK_{name.upper()}"
        words = environment.get(variable, "").strip()
        if not words:
            continue
        if not words.isdecimal() or not 1 <= int(words) <= _MOST:
            raise InputError(f"{variable}={words!r} can't be used; give a whole number from 1 on")
        given[name] = int(words)
    home = environment.get("FORMCHECK_HOME", "").strip()
    sign_in = environment.get("FORMCHECK_SIGN_IN", "").strip()
    return Settings(
        home=Path(home).expanduser() if home else _default_home(),
        sign_in=_read_sign_in(sign_in) if sign_in else None,
        database=environment.get("FORMCHECK_DATABASE", "").strip(),
        **given,  # type: ignore[arg-type]
    )


def _read_sign_in(path: str) -> SignIn:
    from formcheck.web.signin.setup import read_sign_in  # noqa: PLC0415 - with it comes Streamlit

    return read_sign_in(Path(path).expanduser())
