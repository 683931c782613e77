"""The addresses of the review page. Every one asks the library first whether the viewer may."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

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
from formcheck.presentation.palette import DARK_PAGE, LIGHT_PAGE, PageColours
from formcheck.web.pieces.component import FRONTEND
from formcheck.web.review.page_json import gzipped, plain
from formcheck.web.review.reviews import Review, Reviews, revision_of
from formcheck.web.signin.viewers import viewer_of

__all__ = ["review_routes"]

BASE = "/formcheck/review/{number:int}"
COMPARE = "/formcheck/compare/{a:int}/{b:int}"
FRONT = "/formcheck/front/review/{name}"
COLOURS = "colours.css"

_FOLDER = FRONTEND / "review"
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NOT_THERE = "There is no such session here, or it is not yours to see."

Act = Callable[[Request, Review], Response]


def review_routes(reviews: Reviews) -> list[BaseRoute]:
    """Serves the pages on which sessions are reviewed and compared.

    Args:
        reviews: What they share.
    """

    def of_session(act: Callable[[Reviews, Request, Review], Response]) -> Any:
        def answer(request: Request) -> Response:
            try:
                number = request.path_params["number"]
                review = reviews.find(number, viewer_of(request))
                return act(reviews, request, review)
            except FormcheckError as error:
                return _told(error)

        return answer

    def compare(request: Request) -> Response:
        try:
            viewer = viewer_of(request)
            for name in ("a", "b"):
                reviews.find(request.path_params[name], viewer)
            return _html("compare.html")
        except FormcheckError as error:
            return _told(error)

    return [
        Route(FRONT, _front, methods=["GET"]),
        Route(BASE, _with_slash, methods=["GET"]),
        Route(COMPARE, _with_slash, methods=["GET"]),
        Route(f"{COMPARE}/", compare, methods=["GET"]),
        Route(f"{BASE}/", of_session(_page), methods=["GET"]),
        Route(f"{BASE}/page.json", of_session(_page_json), methods=["GET"]),
        Route(f"{BASE}/clip.json", of_session(_clip_json), methods=["GET"]),
        Route(f"{BASE}/clip.mp4", of_session(_clip), methods=["GET"]),
    ]


def _told(error: FormcheckError) -> Response:
    """What went wrong, in a sentence; unknown and not allowed look the same."""
    if isinstance(error, NotAllowedError):
        return JSONResponse({"error": _NOT_THERE}, 404, _PRIVATE)
    status = 404 if isinstance(error, InputError) else 422
    return JSONResponse({"error": str(error)}, status, _PRIVATE)


def _with_slash(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/", 307)


def _page(reviews: Reviews, request: Request, review: Review) -> Response:
    return _html("review.html")


def _html(name: str) -> Response:
    return HTMLResponse((_FOLDER / name).read_text("utf-8"), headers=_PRIVATE)


def _page_json(reviews: Reviews, request: Request, review: Review) -> Response:
    more = {
        "number": review.past.number,
        "about": _about(review),
        "reviewed": None,
        "next": None,
        "may_write": True,
        "clip": reviews.clip_json(review),
        "notes": json.loads(review.session.notes.to_json()),
        "revision": revision_of(review.session),
    }
    kept = reviews.facts(review)
    headers = dict(_PRIVATE) | {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(gzipped(kept, more), headers=headers, media_type="application/json")
    return Response(plain(kept, more), headers=headers, media_type="application/json")


def _about(review: Review) -> dict[str, Any]:
    about, past = review.session.about, review.past
    return {
        "source": about.source,
        "began": past.began.isoformat(),
        "person": getattr(past, "person", "") or about.person,
        "ended": about.ended.value,
        "set_up": about.set_up,
        "tags": list(getattr(past, "tags", ())),
    }


def _clip_json(reviews: Reviews, request: Request, review: Review) -> Response:
    return JSONResponse({"clip": reviews.clip_json(review)}, headers=_PRIVATE)


def _clip(reviews: Reviews, request: Request, review: Review) -> Response:
    path = reviews.clip(review)
    if path is None:
        raise InputError("no clip was kept of this session")
    return FileResponse(path, media_type="video/mp4", headers=_PRIVATE)


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


def _colours() -> str:
    """The colours of both themes as CSS variables."""
    names = tuple(PageColours.__dataclass_fields__)
    light, dark = (
        " ".join(f"--fc-{name}: {getattr(of, name)};" for name in names)
        for of in (LIGHT_PAGE, DARK_PAGE)
    )
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )
