"""Every error that formcheck raises on purpose.

::

    FormcheckError
    ├── InputError             what the user gave can't be used; exit code 2
    │   ├── MediaError         a clip or camera can't be read
    │   ├── TraceError         a recorded trace can't be read
    │   ├── BundleError        the bundle of a session can't be read, or is not to be trusted
    │   └── UnknownExercise    no rule module of that name
    ├── OutputError            a result can't be written; exit code 2
    ├── LibraryError           the library of past sessions can't be read or written; exit code 2
    │   └── NotAllowedError    it is not for whoever asks, or is not there
    ├── RuleError              a rule module is wrong (its author mends it); exit code 2
    └── DeviceError            no display, camera or audio device; exit code 2

The message is one sentence for the user that says what to do.
"""

from __future__ import annotations


class FormcheckError(Exception):
    """Base of all errors whose message is meant for the user."""


class InputError(FormcheckError):
    """What the user gave can't be used."""


class MediaError(InputError):
    """A clip or a camera can't be read."""


class TraceError(InputError):
    """A recorded trace can't be read."""


class BundleError(InputError):
    """The bundle of a session is damaged, of a newer formcheck, or not to be trusted."""


class UnknownExercise(InputError):  # noqa: N818 - reads as what happened
    """No rule module has this name."""


class OutputError(FormcheckError):
    """A result can't be written."""


class LibraryError(FormcheckError):
    """The library of past sessions can't be read or written."""


class NotAllowedError(LibraryError):
    """What is asked for is not for whoever asks, or is not there: which of both is not told."""


class RuleError(FormcheckError):
    """A rule module contradicts itself or the rule API."""


class DeviceError(FormcheckError):
    """A display, camera or audio device is missing."""
