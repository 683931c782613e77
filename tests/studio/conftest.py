"""Makes the studio importable: it is a tool beside the package, not a part of it."""

from __future__ import annotations

import os
import sys
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

import pytest

_ROOT = str(Path(__file__).parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)

_MISSING = [name for name in ("scipy", "vtk", "anny") if find_spec(name) is None]
if _MISSING and "CI" in os.environ:
    raise RuntimeError(f"the studio's tests need {', '.join(_MISSING)}: uv sync --group studio")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Drawing needs EGL; where everything must be there, a machine without it fails."""
    if item.get_closest_marker("drawing") and not _can_draw() and "CI" not in os.environ:
        pytest.skip("no EGL to draw with: apt install libegl1 libgl1-mesa-dri")


def _can_draw() -> bool:
    return sys.platform != "linux" or find_library("EGL") is not None
