"""A seccomp filter for tests: the kernel kills a program that opens an internet socket.

It sees every child, every thread that begins after it and every C++ library, which no Python hook
does.
"""

from __future__ import annotations

DEFINITION = """
import ctypes, platform, struct, sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
KILL, ALLOW = 0x80000000, 0x7FFF0000
AF_INET, AF_INET6 = 2, 10
SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]

def op(code, jt, jf, k):
    return struct.pack("HBBI", code, jt, jf, k)

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
program = b"".join([
    op(LOAD, 0, 0, 0),            # system call number
    op(EQUAL, 0, 4, SOCKET),
    op(LOAD, 0, 0, 16),           # first argument: address family
    op(EQUAL, 1, 0, AF_INET),
    op(EQUAL, 0, 1, AF_INET6),
    op(RETURN, 0, 0, KILL),
    op(RETURN, 0, 0, ALLOW),
])

class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_char_p)]

def forbid_internet_sockets():
    libc = ctypes.CDLL(None, use_errno=True)
    rules = Filter(len(program) // 8, program)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(rules), 0, 0) == 0
"""
"""Runs first in ``python -c``; from ``forbid_internet_sockets()`` on the kernel looks."""

GUARD = f"{DEFINITION}\nforbid_internet_sockets()\n"
"""Runs first in ``python -c``: nothing may open an internet socket."""

GUARD_OF_A_SERVER = f"""{DEFINITION}
import formcheck.web.serving as serving

listening = serving.listening

def and_no_other(*given, **named):
    door = listening(*given, **named)
    forbid_internet_sockets()
    return door

serving.listening = and_no_other
"""
"""Runs first in ``python -c``: nothing may open an internet socket once the app listens.

What the app accepts there needs no new socket of its own making.
"""
