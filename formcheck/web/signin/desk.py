"""The desk: who may come in, who is who, and who has left, while signing in is switched on."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from formcheck.archive.access import Role, Viewer
from formcheck.archive.accounts import Accounts
from formcheck.web.signin.identity import LASTS_DAYS, Identity
from formcheck.web.signin.setup import SignIn

__all__ = ["NOBODY", "NOT_ALLOWED", "UNVERIFIED", "Desk", "SignedIn"]

NOBODY = Viewer(0, Role.OWNER)
"""Somebody who is not signed in while one has to be. No account has the number 0, so nothing is
theirs."""

UNVERIFIED = "unverified"
NOT_ALLOWED = "not-allowed"

_MOST_TABS = 10_000
_MOST_LEFT = 100_000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a request comes from.

    Attributes:
        viewer: What they may see.
        login: Names this one time of signing in; empty for nobody and without signing in.
        name: What they are called, for themselves.
        email: Their address, for themselves.
        subject: "issuer|subject", for themselves.
    """

    viewer: Viewer
    login: str = ""
    name: str = ""
    email: str = ""
    subject: str = ""


class Desk:
    """Thread-safe.

    Args:
        setup: How signing in is set up.
        accounts: The library.
        signed_out: Told the login that has ended, to end what it holds.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        setup: SignIn,
        accounts: Accounts,
        signed_out: Callable[[str], None] = lambda login: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.setup = setup
        self._accounts = accounts
        self._signed_out = signed_out
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, float] = OrderedDict()
        self._tabs: OrderedDict[str, int | None] = OrderedDict()
        self._sockets: dict[str, set[Callable[[], None]]] = {}

    def who(self, identity: Identity | None) -> SignedIn:
        """Who somebody is: an account that is there, may come in and has not signed out.

        Raises:
            LibraryError: the library can't be read.
        """
        if identity is None or self._has_left(identity.login) or self._objection(identity):
            return SignedIn(NOBODY)
        account = self._accounts.account_of(identity.subject)
        if account is None:
            return SignedIn(NOBODY)
        admin = identity.named_in(self.setup.admins)
        viewer = Viewer(account.number, Role.ADMIN if admin else account.role)
        return SignedIn(viewer, identity.login, identity.name, identity.email, identity.subject)

    def admit(self, identity: Identity) -> str:
        """Somebody signed in with the provider: makes their account, if they may have one.

        Returns:
            Empty, or why they may not come in: :data:`UNVERIFIED` or :data:`NOT_ALLOWED`.

        Raises:
            LibraryError: the library can't be written.
        """
        objection = self._objection(identity)
        if not objection:
            account = self._accounts.account_for(identity.subject, identity.email, identity.name)
            if account.role is Role.OWNER and identity.named_in(self.setup.admins):
                # So that people can be given to them; no longer named, they keep theirs alone.
                self._accounts.set_role(account.number, Role.COACH)
        return objection

    def sign_out(self, login: str) -> None:
        """Ends a login: its cookie is worth nothing any more, and what it holds goes."""
        if not login:
            return
        with self._lock:
            self._left[login] = self._clock() + LASTS_DAYS * 86400
            while len(self._left) > _MOST_LEFT:
                self._left.popitem(last=False)
            sockets = self._sockets.pop(login, set())
        for hang_up in sockets:
            hang_up()
        self._signed_out(login)

    def seat(self, tab: str, account: int | None) -> None:
        """Remembers whose a tab is: Streamlit itself gives it to whoever knows its name."""
        with self._lock:
            self._tabs[tab] = account
            self._tabs.move_to_end(tab)
            while len(self._tabs) > _MOST_TABS:
                self._tabs.popitem(last=False)

    def account_at(self, tab: str) -> int | None:
        """Whose a tab is; None when that is not known."""
        with self._lock:
            return self._tabs.get(tab)

    def connected(self, login: str, hang_up: Callable[[], None]) -> Callable[[], None]:
        """A socket of a login is open; it is hung up when the login ends.

        Returns:
            To be called when the socket is closed.
        """
        if not login:
            return lambda: None
        with self._lock:
            self._sockets.setdefault(login, set()).add(hang_up)

        def closed() -> None:
            with self._lock:
                hung = self._sockets.get(login, set())
                hung.discard(hang_up)
                if not hung:
                    self._sockets.pop(login, None)

        return closed

    def _has_left(self, login: str) -> bool:
        with self._lock:
            now_s = self._clock()
            while self._left and next(iter(self._left.values())) < now_s:
                self._left.popitem(last=False)
            return login in self._left

    def _objection(self, identity: Identity) -> str:
        if identity.verified is False:
            return UNVERIFIED
        setup = self.setup
        if setup.allow and not identity.named_in(setup.allow | setup.admins):
            return NOT_ALLOWED
        return ""
