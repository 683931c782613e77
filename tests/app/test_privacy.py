"""Nothing leaves the machine: the kernel kills the program if it opens an internet socket."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

CLIP = Path(__file__).parents[2] / "test_videos" / "plank" / "sag_20.mp4"

# A seccomp filter sees every thread and every C++ library, which no Python hook does.
GUARD = """
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

forbid_internet_sockets()
"""

pytestmark = [
    pytest.mark.pose,
    pytest.mark.skipif(platform.system() != "Linux", reason="the guard is the Linux kernel's"),
]


def guarded(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", GUARD + code, *(str(a) for a in arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_the_guard_kills_whoever_opens_an_internet_socket(family: str) -> None:
    assert guarded(f"import socket; socket.socket(socket.{family})").returncode < 0


def test_the_guard_lets_local_sockets_pass() -> None:
    assert guarded("import socket; socket.socket(socket.AF_UNIX)").returncode == 0


def test_analysing_a_clip_opens_no_internet_socket_and_logs_nothing(tmp_path: Path) -> None:
    code = (
        "from formcheck.cli import main\n"
        "sys.exit(main(['analyze', sys.argv[1], '--exercise', 'plank', '--out', sys.argv[2]]))"
    )
    result = guarded(code, CLIP, tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "sag_20" / "annotated.mp4").is_file()
    assert result.stderr == ""


def test_a_live_session_opens_no_internet_socket(tmp_path: Path) -> None:
    code = (
        "from formcheck.cli import main\n"
        "sys.exit(main(['live', '--source', sys.argv[1], '--exercise', 'plank', '--no-window',"
        " '--mute']))"
    )
    result = guarded(code, CLIP, tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "Lift your hips" in result.stdout
