from __future__ import annotations

import os

import pytest

from formcheck.native_stderr import without_library_logs


def test_library_lines_go_and_others_stay(capfd: pytest.CaptureFixture[str]) -> None:
    with without_library_logs():
        os.write(2, b"W0000 00:00:1795253478.405887    1967 some.cc:186] Using NORM_RECT\n")
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"[ WARN:0@0.025] global cap_v4l.cpp:914 open can't open camera\n")
        os.write(2, b"WARNING: my own\nhalf a line")
    assert capfd.readouterr().err == "WARNING: my own\nhalf a line"


def test_restored_after_an_exception_and_when_nested(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with without_library_logs(), without_library_logs():
            os.write(2, b"before\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    os.write(2, b"W0000 00:00:1.5 1 a.cc:1] after\n")
    assert capfd.readouterr().err == "before\nW0000 00:00:1.5 1 a.cc:1] after\n"


def test_no_descriptor_is_left_open() -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a listing, not a walk

    if not os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        pytest.skip("reads /proc")
    before = count()
    for _ in range(5):
        with without_library_logs():
            pass
    assert count() == before
