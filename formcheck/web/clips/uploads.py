"""Clips come in over a route of our own: streamed to disk, within limits, into one visit."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import IO
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from formcheck.errors import InputError
from formcheck.web.clips.analysing import Task
from formcheck.web.clips.jobs import length_of
from formcheck.web.clips.visits import Clip, Visit, Visits
from formcheck.web.security import same_origin
from formcheck.web.settings import Settings
from formcheck.web.signin import refuse, viewer_of

__all__ = [
    "LEAVE_PATH",
    "NAME_HEADER",
    "UPLOAD_PATH",
    "VISIT_HEADER",
    "shown_name",
    "upload_routes",
]

UPLOAD_PATH = "/formcheck/upload"
LEAVE_PATH = "/formcheck/leave"
VISIT_HEADER = "x-formcheck-visit"
"""A header of our own: a page from elsewhere can't send it without being asked for leave first."""
NAME_HEADER = "x-formcheck-name"

_SILENT_S = 60.0
_WRITE_BYTES = 1 << 20
_MOST_NAME = 120
_MB = 1_000_000
_S_PER_MIN = 60.0
_SUFFIXES = frozenset(
    [
        ".mp4",
        ".m4v",
        ".mov",
        ".webm",
        ".mkv",
        ".avi",
        ".mpg",
        ".mpeg",
        ".ts",
        ".mts",
        ".m2ts",
        ".3gp",
        ".3g2",
        ".wmv",
        ".flv",
        ".ogv",
        ".gif",
        ".m4a",
        ".png",
        ".jpg",
        ".jpeg",
        ".heic",
    ]
)
"""Endings that a decoder may take as a hint; any other is left away."""


class _Refused(Exception):  # noqa: N818 - an answer, not an accident
    """The clip is not taken.

    Args:
        status: HTTP status of the answer.
        sentence: Why, and what to do.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def upload_routes(
    visits: Callable[[], Visits], settings: Callable[[], Settings]
) -> list[BaseRoute]:
    """Where clips come in, are taken back, and where a page says that it is being left.

    Args:
        visits: Gives all visits.
        settings: Gives the limits.
    """

    async def upload(request: Request) -> Response:
        try:
            visit = _visit_of(request, visits())
            clip = await _take(request, visit, settings())
        except _Refused as refused:
            return JSONResponse({"error": str(refused)}, refused.status)
        return JSONResponse({"id": clip.id, "name": clip.name, "seconds": clip.duration_s})

    async def remove(request: Request) -> Response:
        try:
            visit = _visit_of(request, visits())
        except _Refused as refused:
            return JSONResponse({"error": str(refused)}, refused.status)
        found = visit.remove_clip(request.path_params["clip"])
        return JSONResponse({}, 200 if found else 404)

    async def leave(request: Request) -> Response:
        # A beacon carries no header of ours; knowing the token is what counts.
        body = await _short_body(request)
        if not same_origin(request.headers):
            return JSONResponse({}, 403)
        visit = visits().find(body)
        if visit is not None and _is_theirs(request, visit):
            visits().leave(body)
        return Response(status_code=204)

    return [
        Route(UPLOAD_PATH, upload, methods=["POST"]),
        Route(f"{UPLOAD_PATH}/{{clip}}", remove, methods=["DELETE"]),
        Route(LEAVE_PATH, leave, methods=["POST"]),
    ]


def shown_name(raw: str) -> str:
    """A file's name as it is shown: its last part, without control characters, not too long."""
    last = raw.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(letter for letter in last if letter.isprintable()).strip()
    if len(clean) > _MOST_NAME:
        suffix = PurePath(clean).suffix[:10]
        clean = clean[: _MOST_NAME - len(suffix) - 1] + "…" + suffix
    return clean or "clip"


def _too_large(name: str, settings: Settings) -> str:
    """Why a clip is too large."""
    return (
        f"{name} is larger than {settings.max_clip_mb} MB; cut out the part with the exercise, or "
        "save it smaller, and choose that"
    )


def _visit_of(request: Request, visits: Visits) -> Visit:
    if not same_origin(request.headers):
        raise _Refused(403, "this request does not come from the app's own page")
    visit = visits.find(request.headers.get(VISIT_HEADER, ""))
    if visit is None or not _is_theirs(request, visit):
        raise _Refused(403, "this page is out of date; reload it and choose the clip again")
    return visit


def _is_theirs(request: Request, visit: Visit) -> bool:
    """Whether a visit is that of whoever asks; otherwise it is written down."""
    if visit.viewer.account == viewer_of(request).account:
        return True
    refuse(request, "a visit of somebody else")
    return False


async def _short_body(request: Request) -> str:
    body = bytearray()
    with suppress(ClientDisconnect):
        async for chunk in request.stream():
            body += chunk
            if len(body) > 200:
                return ""
    return body.decode("ascii", "replace")


async def _take(request: Request, visit: Visit, settings: Settings) -> Clip:
    """Takes one clip into the visit.

    Raises:
        _Refused: it is not taken; nothing of it stays.
    """
    name = shown_name(unquote(request.headers.get(NAME_HEADER, "")))
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > settings.max_clip_mb * _MB:
        raise _Refused(413, _too_large(name, settings))
    with visit.lock:
        if len(visit.clips) + visit.arriving >= settings.max_clips:
            raise _Refused(
                409,
                f"{name} is not taken: {settings.max_clips} clips at a time are the most; remove "
                "one first",
            )
        visit.arriving += 1
    clip_id = secrets.token_hex(8)
    suffix = PurePath(name).suffix.lower()
    path = visit.folder / f"{clip_id}{suffix if suffix in _SUFFIXES else ''}"
    taken = False
    try:
        size_bytes = await _to_disk(request, path, name, settings)
        length_s = await asyncio.to_thread(_length_s, path, name, settings)
        if await request.is_disconnected():  # Taken back while it was looked at.
            raise _Refused(400, f"{name} did not arrive as a whole; choose it again")
        clip = Clip(clip_id, name, path, size_bytes, length_s)
        with visit.lock:
            if visit.ended:
                raise _Refused(403, "this page is out of date; reload it and choose the clip again")
            visit.clips[clip_id] = clip
            taken = True
    finally:
        visit.arriving -= 1
        if not taken:
            path.unlink(missing_ok=True)
    return clip


def _length_s(path: Path, name: str, settings: Settings) -> float | None:
    try:
        return length_of(Task(path, name, _S_PER_MIN * settings.max_clip_minutes))
    except InputError as error:
        raise _Refused(422, str(error)) from error


async def _to_disk(request: Request, path: Path, name: str, settings: Settings) -> int:
    """Streams the body to a file; never more than a megabyte of it is in memory.

    Returns:
        The size in bytes.
    """
    most = settings.max_clip_mb * _MB
    size_bytes = 0
    waiting = bytearray()
    chunks = request.stream()
    try:
        with path.open("xb") as file:
            while (chunk := await _next(chunks, name)) is not None:
                size_bytes += len(chunk)
                if size_bytes > most:
                    raise _Refused(413, _too_large(name, settings))
                waiting += chunk
                if len(waiting) >= _WRITE_BYTES:
                    await asyncio.to_thread(_write, file, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(_write, file, bytes(waiting))
    except ClientDisconnect as error:
        raise _Refused(400, f"{name} did not arrive as a whole; choose it again") from error
    except OSError as error:
        raise _Refused(
            507, "there is no room for the clip on this computer; free some space and try again"
        ) from error
    if not size_bytes:
        raise _Refused(422, f"{name} is empty: copy or record it again.")
    return size_bytes


def _write(file: IO[bytes], data: bytes) -> None:
    file.write(data)


async def _next(chunks: AsyncGenerator[bytes, None], name: str) -> bytes | None:
    try:
        return await asyncio.wait_for(anext(chunks), _SILENT_S)
    except StopAsyncIteration:
        return None
    except asyncio.TimeoutError as error:
        raise _Refused(408, f"{name} stopped arriving; choose it again") from error
