"""What the app waits for before it is over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from formcheck.web import app as web_app
from formcheck.web.settings import Settings


def test_the_app_does_not_end_while_the_pose_model_is_being_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, loaded = threading.Event(), threading.Event()

    @contextmanager
    def slow() -> Iterator[None]:
        loading.set()
        threading.Event().wait(0.5)
        loaded.set()
        yield

    monkeypatch.setattr(web_app, "open_estimator", slow)
    lifespan = web_app.parts(Settings(home=tmp_path))["lifespan"]

    async def begin_and_end() -> None:
        async with lifespan(None):
            assert loading.wait(5.0)
            assert not loaded.is_set()

    asyncio.run(begin_and_end())
    assert loaded.is_set()
    assert "formcheck-warm-up" not in [thread.name for thread in threading.enumerate()]
