"""Other limits for a client: what would have been said with them, and keeping them as theirs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from formcheck.archive.access import Role
from formcheck.archive.people import Person
from formcheck.archive.store import Library
from formcheck.errors import FormcheckError, InputError, NotAllowedError
from formcheck.judgement.overrides import Change, changed, moved, parse_change
from formcheck.judgement.rule import Exercise
from formcheck.presentation.limits import history_rows, limit_rows
from formcheck.presentation.rescored import told_limits
from formcheck.profiles import (
    Profile,
    changes_of,
    exercise_for,
    has_profile,
    load_profile,
    save_profile,
    taken_back,
    with_changes,
)
from formcheck.rendering import exercise_of
from formcheck.web.review.bodies import body_of
from formcheck.web.review.remeasuring import Trials
from formcheck.web.review.reviews import Review, Reviews
from formcheck.web.signin.viewers import refuse, signed_in, viewer_of

__all__ = ["review_limit_routes"]

BASE = "/formcheck/review/{number:int}"
_Act = Callable[[Request, Review, bytes], dict[str, Any]]
MOST_BODY_BYTES = 2**16
MOST_CHANGES = 200
LONGEST_WHY = 1000
_LONGEST_NAME = 200
_COACH = "coach"
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NOT_THERE = "There is no such session here, or it is not yours to see."
_ONLY_A_COACH = "Only a coach keeps other limits for a person; trying them changes nothing."
_NOBODYS = (
    "This session is nobody's in particular. Say in the library whose it is, then their limits can "
    "be kept."
)


class _BadRequestError(InputError):
    """What was sent makes no sense, or does not fit."""


def review_limit_routes(
    reviews: Reviews, library: Callable[[], Library], home: Path
) -> list[BaseRoute]:
    """Serves what the panel of limits on the review page needs.

    Args:
        reviews: The sessions under review.
        library: Gives the list of sessions and people.
        home: The app's folder; the profiles are below it.
    """
    desk = _Desk(reviews, library, home)

    def route(
        path: str, method: str, act: Callable[[Request, Review, bytes], dict[str, Any]]
    ) -> Route:
        async def answer(request: Request) -> Response:
            body = await body_of(request, MOST_BODY_BYTES)
            if body is None:
                return _said("That is more than any change of limits needs.", 413)
            acts = partial(_answer, reviews, request, lambda review: act(request, review, body))
            return await run_in_threadpool(acts)

        return Route(f"{BASE}/{path}", answer, methods=[method])

    return [
        route("limits.json", "GET", desk.limits),
        route("rescored", "POST", desk.rescored),
        route("profile", "POST", desk.keep),
    ]


def _answer(
    reviews: Reviews, request: Request, act: Callable[[Review], dict[str, Any]]
) -> Response:
    try:
        review = reviews.find(request.path_params["number"], viewer_of(request))
        return JSONResponse(act(review), headers=_PRIVATE)
    except NotAllowedError:
        refuse(request)
        return _said(_NOT_THERE, 404)
    except FormcheckError as error:
        return _said(f"{error}", 422)
    except OSError as error:
        return _said(f"The disk says: {error.strerror}.", 507)


def _said(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status, _PRIVATE)


class _Desk:
    """Answers what is asked of the limits of a session."""

    def __init__(self, reviews: Reviews, library: Callable[[], Library], home: Path) -> None:
        self._reviews = reviews
        self._library = library
        self._home = home
        self._trials = Trials(home)
        self._keeping = threading.Lock()

    def limits(self, request: Request, review: Review, body: bytes) -> dict[str, Any]:
        """Every limit: as the rule has it, as it was in force, as the person has it."""
        del request, body
        rule = self._rule(review)
        person, profile = self._whose(review)
        others = {"session": exercise_of(review.session, self._reviews.exercises)}
        problem = ""
        if profile is not None:
            try:
                others["person"] = exercise_for(rule, profile)
            except InputError as error:
                problem = f"{error}"
        return {
            "exercise": {"name": rule.name, "title": rule.title, "version": rule.version},
            "person": "" if person is None else person.name,
            "problem": problem,
            "history": [] if profile is None else history_rows(profile, rule),
            "keeps": self._why_not_kept(review, person),
            "limits": limit_rows(rule, others),
        }

    def rescored(self, request: Request, review: Review, body: bytes) -> dict[str, Any]:
        """What would have been said with other limits than the rule's."""
        del request
        rule = self._rule(review)
        new = changed(rule, self._changes(rule, _object(body)))
        return self._trials.tried(
            review.session, exercise_of(review.session, self._reviews.exercises), new
        )

    def keep(self, request: Request, review: Review, body: bytes) -> dict[str, Any]:
        """Keeps limits as those of the person; what is not among them is as in the rule."""
        person, _ = self._whose(review)
        refused = self._why_not_kept(review, person)
        if person is None or refused:
            raise _BadRequestError(refused)
        rule, sent = self._rule(review), _object(body)
        wanted = self._changes(rule, sent)
        why = sent.get("why")
        if not isinstance(why, str) or not why.strip() or len(why) > LONGEST_WHY:
            raise _BadRequestError("Say in a few words why these limits are right for them.")
        by = signed_in(request).name[:_LONGEST_NAME] or _COACH
        with self._keeping:
            before = self._profile(person) or Profile(person.profile)
            after = _put(before, rule, wanted, why, by)
            if after == before:
                raise _BadRequestError("These are the limits that are kept already.")
            save_profile(self._home, after)
        kept = exercise_for(rule, after)
        return {
            "person": person.name,
            "limits": told_limits(moved(rule, kept)),
            "history": history_rows(after, rule),
        }

    def _rule(self, review: Review) -> Exercise:
        # Also tells when there is no such rule any more.
        exercise_of(review.session, self._reviews.exercises)
        return self._reviews.exercises[review.session.exercise]

    def _whose(self, review: Review) -> tuple[Person | None, Profile | None]:
        number = review.past.person_number
        if number is None:
            return None, None
        person = self._library().person(number, review.viewer)
        return person, self._profile(person)

    def _profile(self, person: Person) -> Profile | None:
        kept = has_profile(self._home, person.profile)
        return load_profile(self._home, person.profile) if kept else None

    @staticmethod
    def _why_not_kept(review: Review, person: Person | None) -> str:
        """Why the viewer can't keep limits for the person of a session; empty: they can."""
        if review.viewer.role is Role.OWNER:
            return _ONLY_A_COACH
        return _NOBODYS if person is None else ""

    def _changes(self, rule: Exercise, sent: Mapping[str, Any]) -> list[Change]:
        texts = sent.get("changes")
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise _BadRequestError('say {"changes": ["plank.hips-sag.warn=-12"]}')
        if len(texts) > MOST_CHANGES:
            raise _BadRequestError("that is more changes than there are limits")
        changes = [parse_change(text[:200], self._reviews.exercises) for text in texts]
        if any(change.exercise != rule.name for change in changes):
            raise _BadRequestError(f"this session is of {rule.name}; change its limits only")
        return changes


def _put(profile: Profile, rule: Exercise, wanted: Sequence[Change], why: str, by: str) -> Profile:
    """The profile with exactly these limits of one exercise; what is so already stays as it is.

    Raises:
        InputError: they do not fit together.
    """
    target = {change.name: change for change in _moves(rule, changed(rule, wanted))}
    own = {change.name: change for change in changes_of(profile) if change.exercise == rule.name}
    # A band goes back as a whole; what is still changed of it is put there again.
    back = {change.band for name, change in own.items() if name not in target}
    for band in sorted(back):
        profile = taken_back(profile, band, why=why, by=by)
    new = [
        change for name, change in target.items() if change.band in back or own.get(name) != change
    ]
    return with_changes(profile, rule, new, why=why, by=by) if new else profile


def _moves(rule: Exercise, new: Exercise) -> list[Change]:
    """The boundaries that are not where the rule has them."""
    return [
        Change(rule.name, one.check.code, boundary, getattr(one.after, boundary), one.absolute)
        for one in moved(rule, new)
        for boundary in ("good", "fault")
        if getattr(one.after, boundary) != getattr(one.before, boundary)
    ]


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _BadRequestError("that is no JSON") from error
    if not isinstance(plain, dict):
        raise _BadRequestError("that is no JSON object")
    return plain
