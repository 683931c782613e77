"""Enumerations whose members cost no more to name than any other constant."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

__all__ = ["quick"]

E = TypeVar("E", bound=Enum)


def quick(enum: type[E]) -> type[E]:
    """Class decorator: ``Joint.HIP`` is a plain attribute, as it is from Python 3.12 on.

    Before, a member is looked up by code written in Python, which takes longer than most of what
    is done with it; a frame names some three hundred.
    """
    for name, member in enum.__members__.items():
        # Enum's own __setattr__ would refuse, as if it were another value.
        type.__setattr__(enum, name, member)
    return enum
