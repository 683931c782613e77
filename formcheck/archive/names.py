"""Names and words as people type them, and as they are compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from formcheck.archive.tables import NAME_LENGTH, TAG_LENGTH
from formcheck.errors import InputError

__all__ = ["clean_name", "clean_tags", "key_of", "plain"]

MOST_TAGS = 50


def plain(words: str, length: int | None = None) -> str:
    """Words on one line, without what can't be seen or written down.

    Args:
        words: As they came; a file name may hold anything.
        length: The rest is cut off.
    """
    visible = "".join(c for c in " ".join(words.split()) if c.isprintable())
    return visible[:length].strip()


def key_of(words: str) -> str:
    """Words as they are compared: composed, upper and lower case alike."""
    return unicodedata.normalize("NFC", plain(words)).casefold()


def clean_name(name: str) -> str:
    """The name of a person.

    Raises:
        InputError: it is empty or too long.
    """
    clean = plain(name)
    if not clean:
        raise InputError("a person needs a name; type one")
    if len(clean) > NAME_LENGTH:
        raise InputError(f"a name has at most {NAME_LENGTH} letters; shorten it")
    return clean


def clean_tags(tags: Iterable[str]) -> dict[str, str]:
    """Key → tag, in order of the keys; empty ones are left out, the first of two alike stays.

    Raises:
        InputError: one is too long, or there are too many.
    """
    found: dict[str, str] = {}
    for tag in map(plain, tags):
        if len(tag) > TAG_LENGTH:
            raise InputError(f"a tag has at most {TAG_LENGTH} letters; shorten {tag[:20]!r}…")
        if tag:
            found.setdefault(key_of(tag), tag)
    if len(found) > MOST_TAGS:
        raise InputError(f"a session has at most {MOST_TAGS} tags; leave some out")
    return dict(sorted(found.items()))
