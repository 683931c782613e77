"""Signing in: off unless it is set up, and then nobody sees anything that is not theirs.

``setup`` is how it is set up, ``identity`` who a browser says it is, ``desk`` who may come in,
``viewers`` who asks (for routes and for pages), ``door`` the middleware before everything,
``access_log`` what is written down, ``screen`` what the pages show of it.
"""

from __future__ import annotations

from formcheck.web.signin.viewers import refuse, viewer, viewer_of

__all__ = ["refuse", "viewer", "viewer_of"]
