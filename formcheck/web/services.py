"""What all visits of one running app share."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.web.settings import Settings

__all__ = ["Services", "open_services", "services"]


@dataclass(frozen=True, slots=True)
class Services:
    """What all visits share.

    Attributes:
        settings: How the app behaves on this machine.
    """

    settings: Settings


_open: list[Services] = []


def open_services(settings: Settings) -> Services:
    """Makes what all visits share, once a process; a second call replaces the first."""
    made = Services(settings)
    _open[:] = [made]
    return made


def services() -> Services:
    """What all visits share.

    Raises:
        RuntimeError: no app was put together in this process.
    """
    if not _open:
        raise RuntimeError("the app is not running; start it with 'formcheck app'")
    return _open[0]
