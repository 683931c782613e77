"""Puts the app together: Streamlit's pages, our own routes, and who may come in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from formcheck.web.services import open_services
from formcheck.web.settings import Settings, settings_from

__all__ = ["SCRIPT", "parts", "streamlit_config"]

SCRIPT = Path(__file__).with_name("main.py")


def parts(settings: Settings | None = None) -> dict[str, Any]:
    """The arguments for ``st.App``.

    Args:
        settings: How the app behaves; None: from the environment.

    Raises:
        InputError: a setting in the environment can't be used.
    """
    open_services(settings_from(os.environ) if settings is None else settings)
    return {"script_path": SCRIPT, "routes": _routes()}


def streamlit_config(port: int) -> dict[str, Any]:
    """Streamlit's own settings, as ``st.App.run`` takes them.

    ``.streamlit/config.toml`` says the same for ``streamlit run streamlit_app.py``.
    """
    return {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        # Collecting garbage after every run of the script holds all threads up by 0.1 s.
        "runner.postScriptGC": False,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }


def _routes() -> list[BaseRoute]:
    return []
