"""Where the camera stands, and whether what it shows can be judged at all."""

from __future__ import annotations

from enum import Enum


class View(str, Enum):
    """Where a camera must stand to judge an exercise."""

    SIDE = "side"
    FRONT = "front"
