"""Puts the app together: Streamlit's pages, our own routes, and who may come in."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from formcheck.perception.open import open_estimator
from formcheck.presentation.voice import recording
from formcheck.web.clips.results import result_routes
from formcheck.web.clips.uploads import upload_routes
from formcheck.web.live.mending import Mending
from formcheck.web.live.phrases import VOICE_PATH
from formcheck.web.live.socket import socket_routes
from formcheck.web.pieces.look import explain
from formcheck.web.pieces.theme import theme_config
from formcheck.web.review.limits import review_limit_routes
from formcheck.web.review.reviews import Reviews
from formcheck.web.review.routes import review_routes
from formcheck.web.security import Guard
from formcheck.web.services import open_services, services
from formcheck.web.settings import Settings, settings_from
from formcheck.web.signin.access_log import write_down
from formcheck.web.signin.door import layers
from formcheck.web.signin.setup import check_installed

__all__ = ["SCRIPT", "parts", "streamlit_config"]

SCRIPT = Path(__file__).parent / "script" / "main.py"

_WARMED_UP_S = 30.0
"""Loading the pose model takes some seconds on a slow machine."""


def parts(settings: Settings | None = None) -> dict[str, Any]:
    """The arguments for ``st.App``.

    Args:
        settings: How the app behaves; None: from the environment.

    Raises:
        InputError: a setting in the environment can't be used.
    """
    opened = open_services(settings_from(os.environ) if settings is None else settings)
    reviews = Reviews(lambda: services().archive, opened.settings.home)
    given: dict[str, Any] = {
        "script_path": SCRIPT,
        "routes": _routes(reviews),
        "middleware": [Middleware(Guard)],
        "lifespan": partial(_running, reviews),
        "on_script_error": explain,
    }
    if opened.desk is not None:
        check_installed()
        write_down(sys.stderr)
        given["secrets"] = opened.desk.setup.secrets()
        given["middleware"] = layers(opened.desk)
    return given


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
        **theme_config(),
    }


@asynccontextmanager
async def _running(reviews: Reviews, app: object) -> AsyncIterator[None]:
    """From the start of the server to its end, at which nothing is left behind."""
    del app
    warming = threading.Thread(target=_warm_up, name="formcheck-warm-up", daemon=True)
    warming.start()
    mending = Mending(services().settings.home, services().archive)
    try:
        yield
    finally:
        # A process that ends while the model is being loaded is aborted from within it.
        await asyncio.to_thread(warming.join, _WARMED_UP_S)
        await asyncio.to_thread(mending.close)
        await asyncio.to_thread(reviews.close)
        await asyncio.to_thread(services().close)


def _warm_up() -> None:
    """Loads the pose model once, so that the first session does not wait seconds for it.

    What is loaded by then stays for ever: left out of the garbage collector's rounds, it no longer
    makes one of them hold a live session up by a tenth of a second.
    """
    with suppress(Exception), open_estimator():
        pass
    gc.collect()
    gc.freeze()


def _routes(reviews: Reviews) -> list[BaseRoute]:
    return [
        *socket_routes(lambda: services().hall),
        *upload_routes(lambda: services().visits, lambda: services().settings),
        *result_routes(lambda: services().visits),
        *review_routes(reviews),
        *review_limit_routes(reviews, lambda: services().archive, services().settings.home),
        Route(f"{VOICE_PATH}{{name}}.wav", _voice),
    ]


async def _voice(request: Request) -> Response:
    """One shipped recording; its name is a phrase's, never a path."""
    path = recording(request.path_params["name"])
    if path is None:
        return PlainTextResponse("There is no such recording.", 404)
    return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "max-age=3600"})
