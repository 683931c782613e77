"""A client's profile: the limits that were changed for one person, why, by whom and when.

One JSON file a person, ``profiles/NAME.json`` below the app's home. It keeps every change ever
made, in order; of two of one boundary the later counts, and one without a value takes the boundary
back to where the rule has it. So it can be told of any past day which limits held. Schema 1:

==========  ===========================================================================
key         meaning
==========  ===========================================================================
format      ``formcheck-profile``
schema      1; raised when a key changes its meaning or goes away
name        the person, as typed
entries     list of changes, in order: ``exercise``, ``check``, ``boundary`` (``good`` or
            ``fault``), ``absolute`` (bool), ``value`` (number, or null: as in the rule),
            ``rule_version`` (of the rule that it was chosen for), ``why``, ``by`` and
            ``at`` (UTC, ISO 8601)
==========  ===========================================================================
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

from formcheck.errors import InputError, OutputError
from formcheck.judgement.overrides import Change, base_version, changed
from formcheck.judgement.rule import Exercise

__all__ = [
    "Entry",
    "Profile",
    "changes_of",
    "delete_profile",
    "exercise_for",
    "has_profile",
    "load_profile",
    "profile_names",
    "rename_profile",
    "save_profile",
    "taken_back",
    "with_changes",
]

FOLDER = "profiles"
SCHEMA = 1
_FORMAT = "formcheck-profile"
_LONGEST_FILE_NAME = 200
_BOUNDARIES = ("good", "fault")


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one boundary.

    Attributes:
        exercise: Name of the exercise.
        check: Code of the check.
        boundary: ``good`` or ``fault``.
        absolute: Whether the band is meant that stands in while there is no neutral.
        value: Where the boundary is put; None: back to where the rule has it.
        rule_version: Of the rule that it was chosen for.
        why: In the words of whoever did it.
        by: Who did it.
        at: When, UTC.
    """

    exercise: str
    check: str
    boundary: str
    absolute: bool
    value: float | None
    rule_version: str
    why: str
    by: str
    at: datetime

    @property
    def key(self) -> tuple[str, str, str, bool]:
        """Which boundary it is about."""
        return self.exercise, self.check, self.boundary, self.absolute


@dataclass(frozen=True, slots=True)
class Profile:
    """The limits of one person.

    Attributes:
        name: The person.
        entries: Every change ever made, in order.
    """

    name: str
    entries: tuple[Entry, ...] = ()

    @property
    def revision(self) -> int:
        """Grows with every change."""
        return len(self.entries)

    @property
    def current(self) -> tuple[Entry, ...]:
        """The changes that hold now."""
        last = {entry.key: entry for entry in self.entries}
        return tuple(entry for entry in last.values() if entry.value is not None)


def changes_of(profile: Profile) -> list[Change]:
    """The changes that hold now, of every exercise."""
    return [
        Change(entry.exercise, entry.check, entry.boundary, entry.value, entry.absolute)
        for entry in profile.current
        if entry.value is not None
    ]


def exercise_for(exercise: Exercise, profile: Profile) -> Exercise:
    """The exercise with the limits of this person; the exercise itself where none was changed.

    Raises:
        InputError: the rule has changed so that a limit can't be put where the profile has it.
    """
    try:
        return changed(exercise, changes_of(profile))
    except InputError as error:
        raise InputError(f"the profile of {profile.name} does not fit any more: {error}") from error


def with_changes(
    profile: Profile,
    exercise: Exercise,
    changes: Iterable[Change],
    *,
    why: str,
    by: str,
    at: datetime | None = None,
) -> Profile:
    """The profile with limits of one exercise changed, each with its reason.

    Args:
        profile: As it is.
        exercise: As the rule has it, without anybody's changes.
        changes: New limits; those of other exercises are left out.
        why: The reason, in words.
        by: Who changes them.
        at: When; None: now.

    Raises:
        InputError: reason or name is missing, or the limits do not fit together.
    """
    version = base_version(exercise.version)
    signed = _signed(why, by, at)
    new = replace(
        profile,
        entries=profile.entries
        + tuple(
            Entry(c.exercise, c.check, c.boundary, c.absolute, c.value, version, *signed)
            for c in changes
            if c.exercise == exercise.name
        ),
    )
    exercise_for(exercise, new)
    return new


def taken_back(
    profile: Profile, band: Sequence[str], *, why: str, by: str, at: datetime | None = None
) -> Profile:
    """The profile with a band back where the rule has it.

    Args:
        profile: As it is.
        band: As :attr:`Change.band` names it, e.g. ``("plank", "hips-sag")``.
        why: The reason, in words.
        by: Who takes it back.
        at: When; None: now.

    Raises:
        InputError: the profile does not change this band, or reason or name is missing.
    """
    held = [c for c in changes_of(profile) if c.band == tuple(band)]
    if not held:
        raise InputError(f"the profile of {profile.name} does not change {'.'.join(band)}")
    versions = {entry.key: entry.rule_version for entry in profile.current}
    entries = []
    for c in held:
        key = (c.exercise, c.check, c.boundary, c.absolute)
        entries.append(Entry(*key, None, versions[key], *_signed(why, by, at)))
    return replace(profile, entries=profile.entries + tuple(entries))


def _signed(why: str, by: str, at: datetime | None) -> tuple[str, str, datetime]:
    """Reason, name and moment of a change as they are kept.

    Raises:
        InputError: reason or name is missing.
    """
    why, by = " ".join(why.split()), " ".join(by.split())
    if not why or not by:
        raise InputError("a changed limit is kept with its reason and who changed it; say both")
    when = datetime.now(timezone.utc) if at is None else at.astimezone(timezone.utc)
    return why, by, when.replace(microsecond=0)


def save_profile(home: Path, profile: Profile) -> Path:
    """Writes a profile; all of it, or nothing.

    Args:
        home: The app's folder.
        profile: What is written; it has to continue what is kept under its name.

    Raises:
        InputError: somebody else changed the profile since it was read, or the name can't be used.
        OutputError: the file can't be written.
    """
    path = _path(home, profile.name)
    if path.exists():
        kept = load_profile(home, profile.name).entries
        if profile.entries[: len(kept)] != kept:
            raise InputError(
                f"the profile of {profile.name} was changed in the meantime; read it again first"
            )
    text = json.dumps(_plain(profile), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        raise OutputError(
            f"the profile {path.name} can't be written: {error.strerror}; mend {path.parent}"
        ) from error
    return path


def load_profile(home: Path, name: str) -> Profile:
    """Reads the profile of a person, upper and lower case alike.

    Raises:
        InputError: there is none, or it is damaged, or of a newer formcheck.
    """
    path = _path(home, name)
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(_unknown(home, name)) from None
    except (OSError, ValueError) as error:
        raise InputError(f"the profile {path.name} can't be read: {error}") from error
    if not isinstance(plain, dict) or plain.get("format") != _FORMAT:
        raise InputError(f"{path.name} is not a profile of formcheck; move it away")
    schema = plain.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise InputError(
            f"the profile {path.name} was written by a newer formcheck (schema {schema}, this one "
            f"reads {SCHEMA}): update formcheck"
        )
    try:
        kept = str(plain["name"])
        # A rename that was cut short leaves the former name in the file.
        known = kept if _path(home, kept) == path else " ".join(name.split())
        return Profile(known, tuple(_entry(one) for one in plain["entries"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"the profile {path.name} is damaged: {error!r}") from error


def has_profile(home: Path, name: str) -> bool:
    """Whether anything is kept for a person.

    Raises:
        InputError: this can't be anybody's name.
    """
    return _path(home, name).is_file()


def rename_profile(home: Path, name: str, new: str) -> bool:
    """Gives the profile of a person another name; what was changed, why and by whom stays.

    Args:
        home: The app's folder.
        name: As it was.
        new: As it is from now on; another way of writing the same name will do.

    Returns:
        Whether there was one.

    Raises:
        InputError: somebody else's profile has the new name, or it can't be used, or the profile
            is damaged.
        OutputError: it can't be written.
    """
    old, path = _path(home, name), _path(home, new)
    if not old.is_file():
        return False
    if path != old and path.exists():
        raise InputError(f"there is a profile of {new!r} already; choose another name")
    kept = load_profile(home, name)
    try:
        # Moved first and written after: whatever cuts in between, nothing is left under the old
        # name that a deletion under the new one would not find.
        old.replace(path)
    except OSError as error:
        raise OutputError(f"the profile {old.name} can't be renamed: {error.strerror}") from error
    save_profile(home, replace(kept, name=" ".join(new.split())))
    return True


def delete_profile(home: Path, name: str) -> bool:
    """Deletes all that is kept of a person's limits, the reasons too.

    Returns:
        Whether there was anything.

    Raises:
        InputError: this can't be anybody's name.
        OutputError: it can't be deleted.
    """
    path = _path(home, name)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise OutputError(f"the profile {path.name} can't be deleted: {error.strerror}") from error
    return True


def profile_names(home: Path) -> Sequence[str]:
    """Everybody who has a profile, by name; files that can't be read are left out."""
    names = []
    for path in sorted((home / FOLDER).glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            names.append(str(json.loads(path.read_text(encoding="utf-8"))["name"]))
    return sorted(names, key=str.casefold)


def _path(home: Path, name: str) -> Path:
    """Where a profile lies; every name has a file of its own, and none lies elsewhere.

    Raises:
        InputError: the name is empty or too long.
    """
    known = unicodedata.normalize("NFC", " ".join(name.split())).casefold()
    # Letters, digits and "_-~" stay; a dot becomes a word so that no name is a path.
    file = quote(known, safe=" ").replace(".", "%2E")
    if not known or len(file) > _LONGEST_FILE_NAME:
        raise InputError(f"{name!r} can't be the name of a profile; give a shorter one")
    return home / FOLDER / f"{file}.json"


def _unknown(home: Path, name: str) -> str:
    names = profile_names(home)
    if not names:
        return f"there is no profile of {name!r}, nor of anybody yet; --save-as makes one"
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}."
    return f"there is no profile of {name!r}; {hint}"


def _plain(profile: Profile) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "schema": SCHEMA,
        "name": profile.name,
        "entries": [
            {
                "exercise": one.exercise,
                "check": one.check,
                "boundary": one.boundary,
                "absolute": one.absolute,
                "value": one.value,
                "rule_version": one.rule_version,
                "why": one.why,
                "by": one.by,
                "at": one.at.isoformat(),
            }
            for one in profile.entries
        ],
    }


def _entry(plain: Any) -> Entry:
    """One change as it was written.

    Raises:
        KeyError: something is missing.
        ValueError: something can't be what it says it is.
    """
    value = None if plain["value"] is None else float(plain["value"])
    at = datetime.fromisoformat(plain["at"])
    if plain["boundary"] not in _BOUNDARIES or at.tzinfo is None:
        raise ValueError(f"{plain['boundary']} at {plain['at']}")
    if value is not None and not math.isfinite(value):
        raise ValueError(f"a limit of {value}")
    return Entry(
        exercise=str(plain["exercise"]),
        check=str(plain["check"]),
        boundary=plain["boundary"],
        absolute=bool(plain["absolute"]),
        value=value,
        rule_version=str(plain["rule_version"]),
        why=str(plain["why"]),
        by=str(plain["by"]),
        at=at,
    )


def _replace(path: Path, text: str) -> None:
    """Puts a file in the place of another in one step that a crash can't cut in two."""
    handle, name = tempfile.mkstemp(prefix=".formcheck-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
