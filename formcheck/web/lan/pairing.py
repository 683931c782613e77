"""Who may come in from the local network: a code to pair a device, and what a paired one carries.

Nothing here is kept on disk: a restart forgets every code and every device.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv6Address

from formcheck.web.lan.addresses import Reach, without_zone
from formcheck.web.security import LOCAL_NAMES

__all__ = [
    "ALPHABET",
    "CODE_LENGTH",
    "CODE_S",
    "Answer",
    "Pairing",
    "Tried",
    "code_from",
    "lan_hosts",
    "spelled",
]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that looks like a digit (https://www.crockford.com/base32.html)."""

CODE_LENGTH = 10
"""50 bits: with at most ``TRIES_OF_ALL`` guesses in ten minutes it is not found by trying."""

CODE_S = 600.0
"""How long a code can be used."""

DEVICE_S = 12 * 3600.0
"""How long a device stays paired."""

TRIES_OF_ONE = 5
TRIES_OF_ALL = 30
LOCK_S = 600.0
"""So many wrong tries within this time lock an address, or everybody out for as long."""

_SLOWEST_S = 4.0
_SPENT_KEPT = 32
_LOOKS_LIKE = str.maketrans("OIL", "011")


class Answer(Enum):
    """What becomes of a code that somebody enters."""

    RIGHT = "right"
    WRONG = "wrong"
    USED = "used"
    EXPIRED = "expired"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcome of a try.

    Attributes:
        answer: What became of it.
        token: For the right code: what the device carries from now on, 256 random bits.
        wait_s: After a wrong one: how long the reply is held back. When locked: for how long.
    """

    answer: Answer
    token: str | None = None
    wait_s: float = 0.0


@dataclass(slots=True)
class _Code:
    words: str
    ends_s: float
    used: bool = False


@dataclass(slots=True)
class _Tries:
    """The times of wrong tries within the last ``LOCK_S`` seconds."""

    most: int
    at_s: deque[float] = field(default_factory=deque)

    def recent(self, now_s: float) -> int:
        while self.at_s and self.at_s[0] <= now_s - LOCK_S:
            self.at_s.popleft()
        return len(self.at_s)

    def locked_s(self, now_s: float) -> float:
        """For how long nobody may try, in seconds; 0 when somebody may."""
        if self.recent(now_s) < self.most:
            return 0.0
        return self.at_s[-self.most] + LOCK_S - now_s


class Pairing:
    """The codes that are out, the devices that are in, and the tries that were wrong.

    May be used from several threads.

    Args:
        clock: Seconds that never go back.
        on_paired: Called with the address of a device that was paired.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        on_paired: Callable[[str], None] = lambda address: None,
    ) -> None:
        self._clock = clock
        self._on_paired = on_paired
        self._lock = threading.Lock()
        self._codes: deque[_Code] = deque(maxlen=_SPENT_KEPT)
        # Digests, so that how long a look-up takes says nothing of a token.
        self._devices: dict[bytes, float] = {}
        self._wrong: dict[str, _Tries] = {}
        self._wrong_of_all = _Tries(TRIES_OF_ALL)

    def new_code(self) -> str:
        """A code that pairs one device within the next ``CODE_S`` seconds."""
        words = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        with self._lock:
            self._codes.append(_Code(words, self._clock() + CODE_S))
        return words

    def try_code(self, words: str, address: str) -> Tried:
        """Uses a code up.

        Args:
            words: As a person typed it: case, spaces and hyphens do not matter.
            address: Where it came from.
        """
        with self._lock:
            tried = self._tried(code_from(words), _source(address))
        if tried.answer is Answer.RIGHT:
            self._on_paired(address)
        return tried

    def is_paired(self, token: str) -> bool:
        """Whether a device that carries ``token`` may come in."""
        digest = _digest(token)
        with self._lock:
            ends_s = self._devices.get(digest)
            if ends_s is not None and ends_s <= self._clock():
                del self._devices[digest]
                return False
            return ends_s is not None

    def _tried(self, words: str, source: str) -> Tried:
        now_s = self._clock()
        self._forget(now_s)
        mine = self._wrong.get(source, _Tries(TRIES_OF_ONE))
        locked_s = max(mine.locked_s(now_s), self._wrong_of_all.locked_s(now_s))
        if locked_s > 0:
            return Tried(Answer.LOCKED, wait_s=locked_s)
        match = self._match(words)
        if match is not None and not match.used and match.ends_s > now_s:
            match.used = True
            token = secrets.token_urlsafe(32)
            self._devices[_digest(token)] = now_s + DEVICE_S
            return Tried(Answer.RIGHT, token)
        return self._refused(match, source, mine, now_s)

    def _match(self, words: str) -> _Code | None:
        """The code of these letters; takes as long whichever it is."""
        found = None
        for code in self._codes:
            if secrets.compare_digest(code.words.encode(), words.encode()):
                found = code
        return found

    def _refused(self, match: _Code | None, source: str, mine: _Tries, now_s: float) -> Tried:
        mine.at_s.append(now_s)
        self._wrong[source] = mine
        self._wrong_of_all.at_s.append(now_s)
        if self._wrong_of_all.recent(now_s) >= TRIES_OF_ALL:
            # Somebody is guessing: what is out is worth nothing any more.
            self._codes.clear()
        wait_s = min(_SLOWEST_S, 0.25 * 2 ** mine.recent(now_s))
        if match is None:
            return Tried(Answer.WRONG, wait_s=wait_s)
        return Tried(Answer.USED if match.used else Answer.EXPIRED, wait_s=wait_s)

    def _forget(self, now_s: float) -> None:
        """Lets go of addresses whose tries are long ago, so that they can't fill the memory."""
        for source in [s for s, tries in self._wrong.items() if tries.recent(now_s) == 0]:
            del self._wrong[source]


def code_from(words: str) -> str:
    """What somebody typed, in the alphabet of codes; empty when it can't be a code."""
    typed = "".join(words.upper().translate(_LOOKS_LIKE).split()).replace("-", "")
    if len(typed) != CODE_LENGTH or not set(typed) <= set(ALPHABET):
        return ""
    return typed


def spelled(code: str) -> str:
    """A code as it is shown: in two halves."""
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


def lan_hosts(here: Reach) -> frozenset[str]:
    """What a browser may call this computer in its ``Host`` header, without the port.

    A foreign name that was made to point here (DNS rebinding) is not among them.
    """
    addresses = (f"[{a}]" if isinstance(a, IPv6Address) else str(a) for a in here.addresses)
    return LOCAL_NAMES.union(here.names, addresses)


def _source(address: str) -> str:
    """What counts as one guesser: an IPv4 address, or the network of an IPv6 one.

    A device may change its IPv6 address within its network at will.
    """
    found = without_zone(address)
    if isinstance(found, IPv6Address):
        return found.exploded[:19]
    return address if found is None else str(found)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
