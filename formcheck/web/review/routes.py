"""The addresses of the review page. Every one asks the library first whether the viewer may."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Route

from formcheck.errors import FormcheckError, InputError, NotAllowedError
from formcheck.notes import read_notes
from formcheck.presentation import palette
from formcheck.presentation.palette import DARK_PAGE, LIGHT_PAGE, PageColours
from formcheck.presentation.sheet import NAMELESS
from formcheck.sessionfile import SessionFile
from formcheck.web.childprocess import State
from formcheck.web.pieces.component import FRONTEND
from formcheck.web.review.bodies import body_of
from formcheck.web.review.exports import KINDS, Export, begin, export_of
from formcheck.web.review.page_json import gzipped, plain
from formcheck.web.review.reviews import ConflictError, MissingError, Review, Reviews, revision_of
from formcheck.web.review.workshop import Status
from formcheck.web.signin.viewers import refuse, signed_in, viewer_of

__all__ = ["review_routes"]

BASE = "/formcheck/review/{number:int}"
COMPARE = "/formcheck/compare/{a:int}/{b:int}"
FRONT = "/formcheck/front/review/{name}"
COLOURS = "colours.css"

_FOLDER = FRONTEND / "review"
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NOT_THERE = "There is no such session here, or it is not yours to see."

_TOO_LARGE = "That is more than the notes of any session need; it was not saved."
_NOTES = "what was sent"
_JSON = "application/json"
_LONGEST_NAME = 200

MOST_BODY_BYTES = 2**20
"""Of notes: some ten thousand opinions."""


def review_routes(reviews: Reviews) -> list[BaseRoute]:
    """Serves the pages on which sessions are reviewed and compared.

    Args:
        reviews: What they share.
    """

    def of_session(act: Callable[[Reviews, Request, Review], Response]) -> Any:
        return lambda request: _answer(reviews, request, partial(act, reviews, request))

    def with_body(act: Callable[[Reviews, Request, Review, bytes], Response]) -> Any:
        async def answer(request: Request) -> Response:
            body = await body_of(request, MOST_BODY_BYTES)
            if body is None:
                return JSONResponse({"error": _TOO_LARGE}, 413, _PRIVATE)
            acts = partial(act, reviews, request)
            return await run_in_threadpool(
                _answer, reviews, request, lambda review: acts(review, body)
            )

        return answer

    def compare(request: Request) -> Response:
        try:
            viewer = viewer_of(request)
            for name in ("a", "b"):
                reviews.find(request.path_params[name], viewer)
            return _html("compare.html")
        except FormcheckError as error:
            return _told(error, request)

    return [
        Route(FRONT, _front, methods=["GET"]),
        Route(BASE, _with_slash, methods=["GET"]),
        Route(COMPARE, _with_slash, methods=["GET"]),
        Route(f"{COMPARE}/", compare, methods=["GET"]),
        Route(f"{BASE}/", of_session(_page), methods=["GET"]),
        Route(f"{BASE}/page.json", of_session(_page_json), methods=["GET"]),
        Route(f"{BASE}/clip.json", of_session(_clip_json), methods=["GET"]),
        Route(f"{BASE}/clip.mp4", of_session(_clip), methods=["GET"]),
        Route(f"{BASE}/next", of_session(_next), methods=["GET"]),
        Route(f"{BASE}/notes.json", with_body(_put_notes), methods=["PUT"]),
        Route(f"{BASE}/exports", with_body(_post_export), methods=["POST"]),
        Route(f"{BASE}/exports/{{job}}", of_session(_export), methods=["GET"]),
        Route(f"{BASE}/exports/{{job}}", of_session(_cancel), methods=["DELETE"]),
        Route(f"{BASE}/exports/{{job}}/file", of_session(_export_file), methods=["GET"]),
        Route(f"{BASE}/reviewed", with_body(_post_reviewed), methods=["POST"]),
    ]


def _answer(reviews: Reviews, request: Request, act: Callable[[Review], Response]) -> Response:
    try:
        return act(reviews.find(request.path_params["number"], viewer_of(request)))
    except FormcheckError as error:
        return _told(error, request)
    except OSError as error:
        return JSONResponse({"error": f"The disk says: {error.strerror}."}, 507, _PRIVATE)


def _told(error: FormcheckError, request: Request) -> Response:
    """What went wrong, in a sentence; unknown and not allowed look the same."""
    if isinstance(error, NotAllowedError):
        refuse(request)
        return JSONResponse({"error": _NOT_THERE}, 404, _PRIVATE)
    status = 404 if isinstance(error, MissingError) else 422
    return JSONResponse({"error": str(error)}, status, _PRIVATE)


def _with_slash(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path}/{query}", 307)


def _page(reviews: Reviews, request: Request, review: Review) -> Response:
    return _html("review.html")


def _html(name: str) -> Response:
    return HTMLResponse((_FOLDER / name).read_text("utf-8"), headers=_PRIVATE)


def _page_json(reviews: Reviews, request: Request, review: Review) -> Response:
    kept = reviews.facts(review)
    if isinstance(kept, Status):
        return _preparing(kept)
    after = reviews.next_after(review)
    more = {
        "number": review.past.number,
        "about": _about(review),
        "next": after,
        "others": reviews.others(review),
        "may_write": review.may_write,
        "clip": reviews.clip(review),
        **_noted(reviews.now(review)),
    }
    if after is not None:
        reviews.prepare(after, review.viewer)
    headers = dict(_PRIVATE) | {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(gzipped(kept, more), headers=headers, media_type=_JSON)
    return Response(plain(kept, more), headers=headers, media_type=_JSON)


def _preparing(status: Status) -> Response:
    if status.state is State.FAILED:
        return JSONResponse({"error": status.sentence}, 422, _PRIVATE)
    return JSONResponse({"preparing": round(status.share, 3)}, 202, _PRIVATE)


def _noted(session: SessionFile) -> dict[str, Any]:
    """The notes of a session, and which state of them that is."""
    return {
        "notes": json.loads(session.notes.to_json()),
        "revision": revision_of(session),
        "reviewed": session.notes.reviewed or None,
    }


def _about(review: Review) -> dict[str, Any]:
    about, past = review.session.about, review.past
    return {
        "source": about.source,
        "began": past.began.isoformat(),
        # The library knows better than the bundle: whose it is may have been said otherwise since.
        "person": past.person,
        "ended": about.ended.value,
        "set_up": about.set_up,
        "tags": list(past.tags),
    }


def _clip_json(reviews: Reviews, request: Request, review: Review) -> Response:
    return JSONResponse({"clip": reviews.clip(review)}, headers=_PRIVATE)


def _clip(reviews: Reviews, request: Request, review: Review) -> Response:
    path = reviews.clip_file(review)
    return FileResponse(path, media_type="video/mp4", headers=_PRIVATE, stat_result=path.stat())


def _next(reviews: Reviews, request: Request, review: Review) -> Response:
    return JSONResponse({"number": reviews.next_after(review)}, headers=_PRIVATE)


def _put_notes(reviews: Reviews, request: Request, review: Review, body: bytes) -> Response:
    revision = request.headers.get("if-match", "").strip().strip('"')
    if not revision:
        told = "say with If-Match which revision of the notes these are to replace"
        return JSONResponse({"error": told}, 428, _PRIVATE)
    sent = read_notes(body, _NOTES)
    by = signed_in(request).name[:_LONGEST_NAME] or NAMELESS
    try:
        return JSONResponse(_noted(reviews.note(review, sent, revision, by)), headers=_PRIVATE)
    except ConflictError as error:
        now = _noted(reviews.now(review))
        return JSONResponse({"error": str(error), **now}, 409, _PRIVATE)


def _post_reviewed(reviews: Reviews, request: Request, review: Review, body: bytes) -> Response:
    said = _object(body).get("reviewed")
    if type(said) is not bool:
        raise InputError('say {"reviewed": true} or {"reviewed": false}')
    return JSONResponse(_noted(reviews.mark(review, reviewed=said)), headers=_PRIVATE)


def _post_export(reviews: Reviews, request: Request, review: Review, body: bytes) -> Response:
    kind = _object(body).get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"there are exports of these kinds: {', '.join(KINDS)}")
    export = begin(reviews, review, kind)
    return JSONResponse({"job": export.job}, 202, _PRIVATE)


def _export(reviews: Reviews, request: Request, review: Review) -> Response:
    export = _wanted(reviews, request, review)
    status = export.status
    done = status.state is State.DONE
    told = {
        "state": status.state.value,
        "share": round(status.share, 3),
        "file": f"exports/{export.job}/file" if done else None,
        "error": status.sentence,
    }
    return JSONResponse(told, headers=_PRIVATE)


def _cancel(reviews: Reviews, request: Request, review: Review) -> Response:
    reviews.cancel(review, _wanted(reviews, request, review).job)
    return _export(reviews, request, review)


def _export_file(reviews: Reviews, request: Request, review: Review) -> Response:
    export = _wanted(reviews, request, review)
    if export.status.state is not State.DONE:
        raise MissingError("this export is not made yet; wait a moment")
    stem = PurePath(review.session.about.source).stem or "session"
    name = f"{stem}-{export.kind.words}{export.kind.suffix}"
    how = "inline" if "show" in request.query_params else "attachment"
    return FileResponse(
        export.path,
        headers=_PRIVATE,
        media_type=export.kind.media_type,
        filename=name,
        content_disposition_type=how,
        stat_result=export.path.stat(),
    )


def _wanted(reviews: Reviews, request: Request, review: Review) -> Export:
    export = export_of(reviews, review, request.path_params["job"])
    if export is None:
        raise MissingError("there is no such export any more; make it again")
    return export


def _object(body: bytes) -> dict[str, Any]:
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("that is no JSON") from error
    if not isinstance(plain, dict):
        raise InputError("that is no JSON object")
    return plain


def _front(request: Request) -> Response:
    """One file of the page; what is asked for is looked up among those that are there."""
    name = request.path_params["name"]
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    if name == COLOURS:
        return Response(_colours(), headers=headers, media_type="text/css")
    files = {path.name: path for path in _FOLDER.iterdir() if path.suffix in _TYPES}
    if name not in files:
        return JSONResponse({"error": "There is no such file."}, 404)
    return FileResponse(files[name], media_type=_TYPES[files[name].suffix], headers=headers)


_ON_PICTURE = {
    **{level.name.lower(): rgb for level, rgb in palette.LEVEL_RGB.items()},
    "ground": palette.PANEL,
    "raised": palette.PANEL_RAISED,
    "ink": palette.INK,
    "soft": palette.INK_SOFT,
    "info": palette.INFO,
    "outline": palette.OUTLINE,
    "far": palette.FAR_SIDE,
}


def _colours() -> str:
    """The colours of both themes, and those of what lies on a picture, as CSS variables."""
    names = tuple(PageColours.__dataclass_fields__)
    light, dark = (
        " ".join(f"--fc-{name}: {getattr(of, name)};" for name in names)
        for of in (LIGHT_PAGE, DARK_PAGE)
    )
    series = " ".join(f"--series-{place}: {one};" for place, one in enumerate(palette.SERIES, 1))
    on_picture = " ".join(f"--pic-{name}: {palette.css(rgb)};" for name, rgb in _ON_PICTURE.items())
    return (
        f":root {{ color-scheme: light dark; {light} {on_picture} {series} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )
