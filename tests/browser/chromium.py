"""Chromium without a window, with a camera that plays a clip, or with none."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType

from playwright.sync_api import Browser, Playwright, sync_playwright

_ALWAYS = (
    "--no-sandbox",  # Containers have no user namespaces.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
)


def find_chromium() -> str:
    """Where the browser lies.

    Raises:
        FileNotFoundError: it is not installed.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise FileNotFoundError("Chromium is not installed: apt install chromium")
    return found


class Chromium:
    """Starts browsers and closes them all at the end.

    Args:
        executable: The program.
    """

    def __init__(self, executable: str) -> None:
        self._executable = executable
        self._playwright: Playwright | None = None
        self._browsers: dict[tuple[str, ...], Browser] = {}

    def launch(
        self, camera: Path | None = None, *, asks: bool = False, gesture_for_sound: bool = True
    ) -> Browser:
        """A browser; the same one when asked for the same again.

        Args:
            camera: The clip that the camera plays, or None: there is no camera.
            asks: Whether the camera needs a permission that the visitor was not given; otherwise
                it is given at once.
            gesture_for_sound: Whether sound needs a click first, as people's browsers want it.
        """
        arguments = [*_ALWAYS]
        if camera is not None:
            arguments += [
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera}",
            ]
        if not asks:
            arguments.append("--use-fake-ui-for-media-stream")
        policy = (
            "document-user-activation-required" if gesture_for_sound else "no-user-gesture-required"
        )
        arguments.append(f"--autoplay-policy={policy}")
        key = tuple(arguments)
        if key not in self._browsers:
            assert self._playwright is not None
            self._browsers[key] = self._playwright.chromium.launch(
                executable_path=self._executable, headless=True, args=arguments
            )
        return self._browsers[key]

    def __enter__(self) -> Chromium:
        self._playwright = sync_playwright().start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for browser in self._browsers.values():
            browser.close()
        if self._playwright is not None:
            self._playwright.stop()
