"""A desktop window that shows the annotated picture of a live session."""

from __future__ import annotations

import os
import sys

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.closing import Closing
from formcheck.errors import DeviceError

_ESCAPE, _SPACE = 27, 32
_STOP_KEYS = frozenset({_ESCAPE, _SPACE, ord("q"), ord("Q")})


def has_display() -> bool:
    """Whether a window can be opened; on Linux it takes a display server."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Window(Closing):
    """An OpenCV window; Esc, space, Q or closing it asks to stop.

    Args:
        title: Title of the window.

    Raises:
        DeviceError: there is no display.
    """

    def __init__(self, title: str = "formcheck") -> None:
        # OpenCV aborts the whole process when it can't reach a display, so ask first.
        if not has_display():
            raise DeviceError("there is no display, so nothing is drawn; cues are still spoken")
        self._title = title
        self._shown = False
        try:
            # Without the tool bar that some builds of OpenCV add.
            kind = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
            cv2.namedWindow(title, kind)
        except cv2.error as error:
            raise DeviceError("this OpenCV can't open windows, so nothing is drawn") from error

    def show(self, image_rgb: NDArray[np.uint8]) -> bool:
        """Shows one picture, uint8 (height, width, 3); True when the user asks to stop."""
        if not self._shown:
            height, width = image_rgb.shape[:2]
            scale = min(1.0, 1280 / width, 900 / height)
            cv2.resizeWindow(self._title, round(width * scale), round(height * scale))
        cv2.imshow(self._title, cv2.cvtColor(image_rgb, cv2.COLOR_RGB2BGR))
        key = cv2.waitKey(1) & 0xFF
        closed = self._shown and cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        self._shown = True
        return key in _STOP_KEYS or closed

    def close(self) -> None:
        """Closes the window."""
        cv2.destroyWindow(self._title)
