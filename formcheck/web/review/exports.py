"""What is handed to a client: the clip with the notes drawn in, and the sheet. Made as jobs.

A job is named by what it makes, so that the same is made once, and its file is beside the session.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from formcheck.errors import InputError
from formcheck.rendering import exercise_of
from formcheck.web.childprocess import State
from formcheck.web.review import tasks
from formcheck.web.review.files import made_in
from formcheck.web.review.page_json import facts_key
from formcheck.web.review.reviews import Review, Reviews, revision_of
from formcheck.web.review.tasks import Task
from formcheck.web.review.workshop import Status

__all__ = ["KINDS", "Export", "Kind", "begin", "export_of"]

_FORM = 3
"""Raised with every change of what is made, so that older files are not handed out."""
_JOB = re.compile(r"(clip|page)-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of export.

    Attributes:
        task: What the workshop does.
        suffix: Of the file.
        media_type: Of the file.
        words: Behind the name of the clip in the name under which it is saved.
    """

    task: str
    suffix: str
    media_type: str
    words: str


KINDS = {
    "clip": Kind(tasks.EXPORT_CLIP, ".mp4", "video/mp4", "with-notes"),
    "page": Kind(tasks.EXPORT_PAGE, ".html", "text/html; charset=utf-8", "sheet"),
}


@dataclass(frozen=True, slots=True)
class Export:
    """One export of one session, made or not.

    Attributes:
        job: Its name.
        kind: Of which kind it is.
        path: Where its file is once it is made.
        status: How far it is.
    """

    job: str
    kind: Kind
    path: Path
    status: Status


def begin(reviews: Reviews, review: Review, kind: str) -> Export:
    """Has an export made of the session and its notes as they are now, if it is not there yet.

    Raises:
        InputError: there is no such kind, or the app is being closed.
        FormcheckError: the session can't be read.
    """
    if kind not in KINDS:
        raise InputError(f"there are exports of these kinds: {', '.join(KINDS)}")
    exercise = exercise_of(review.session, reviews.exercises)
    person, revision = review.past.person, revision_of(review.session)
    made_from = "\n".join((str(_FORM), facts_key(review.session, exercise), revision, person))
    job = f"{kind}-{hashlib.sha256(made_from.encode()).hexdigest()[:32]}"
    known = export_of(reviews, review, job)
    if known is not None and known.status.state not in (State.FAILED, State.CANCELLED):
        return known
    name = _file(job)
    more = {"person": person}
    task = Task(KINDS[kind].task, review.folder, review.folder, name, reviews.rules, more)
    reviews.make(review, task, job, instead_of=f"export-{kind}-*")
    found = export_of(reviews, review, job)
    assert found is not None
    return found


def export_of(reviews: Reviews, review: Review, job: str) -> Export | None:
    """The export of a name, or None when there is and was none.

    Args:
        reviews: What all reviews share.
        review: The session.
        job: As a client sent it; anything that is no name of a job is none.
    """
    if _JOB.fullmatch(job) is None:
        return None
    kind = KINDS[job.partition("-")[0]]
    path = made_in(review.folder) / _file(job)
    if path.is_file():
        return Export(job, kind, path, Status(State.DONE, 1.0))
    status = reviews.status_of(review, job)
    if status is None or status.state is State.DONE:  # made, and thrown away since
        return None
    return Export(job, kind, path, status)


def _file(job: str) -> str:
    return f"export-{job}{KINDS[job.partition('-')[0]].suffix}"
