"""Serves the files of a visit's results, by a random token and fixed names; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from formcheck import recording
from formcheck.web.clips.analysing import ALL_ZIP, PAGE, RESULTS, STILLS
from formcheck.web.clips.visits import Result, Visits
from formcheck.web.signin import refuse, viewer_of

__all__ = ["DOWNLOADS", "RESULTS_PATH", "result_in", "result_routes"]

RESULTS_PATH = "/formcheck/results/"
DOWNLOADS: dict[str, str] = {
    recording.ANNOTATED: "the clip with everything drawn in",
    recording.SLOW_MOTION: "the same, slowed down around each landing",
    recording.REPORT_HTML: "the whole report as one page",
    recording.REPORT_JSON: "the report for programs",
    recording.REPS: "a table of all repetitions",
    recording.JUMPS: "a table of all jumps",
    recording.SIGNALS: "what was measured in every picture",
    recording.CUES: "what was said, as subtitles",
    recording.TRACE: "what was seen, to judge it again without the clip",
}
"""What ``formcheck analyze`` writes, and what it is, in the order of the page."""

_TYPES = {
    ".mp4": "video/mp4",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".npz": "application/octet-stream",
    ".jpg": "image/jpeg",
    ".zip": "application/zip",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def result_in(folder: Path, token: str, name: str) -> Result:
    """What the browser may have of a finished task.

    Args:
        folder: Folder of the task.
        token: Stands in the addresses.
        name: Name of the clip.
    """
    files = {each: folder / RESULTS / each for each in DOWNLOADS}
    files |= {each: folder / each for each in (PAGE, ALL_ZIP)}
    files |= {still.name: still for still in (folder / STILLS).glob("still-*.jpg")}
    stem = PurePath(name).stem or "clip"
    return Result(token, stem, {each: path for each, path in files.items() if path.is_file()})


def result_routes(visits: Callable[[], Visits]) -> list[BaseRoute]:
    """Serves the results; players ask for parts of a clip to seek in it, and get them.

    Args:
        visits: Gives all visits.
    """

    def serve(request: Request) -> Response:
        token = request.path_params["token"]
        visit = visits().holding(token)
        if visit is not None and visit.viewer.account != viewer_of(request).account:
            refuse(request)
            visit = None
        result = None if visit is None else visit.results.get(token)
        name = request.path_params["name"]
        path = None if result is None else result.files.get(name)
        if result is None or path is None or not path.is_file():
            return PlainTextResponse("This result is not there any more; analyse it again.", 404)
        suffix = PurePath(name).suffix
        filename = None
        if "download" in request.query_params:
            own = "formcheck" if name == ALL_ZIP else PurePath(name).stem
            filename = f"{result.name}-{own}{suffix}"
        return FileResponse(path, headers=_HEADERS, media_type=_TYPES[suffix], filename=filename)

    return [Route(f"{RESULTS_PATH}{{token}}/{{name}}", serve, methods=["GET"])]
