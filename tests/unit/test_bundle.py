from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from formcheck.cli import main
from formcheck.errors import BundleError, InputError, OutputError
from formcheck.media import bundle as bundle_module
from formcheck.media.bundle import (
    MANIFEST,
    copy_bundle,
    is_bundle,
    open_bundle,
    seal,
    update_bundle,
    write_bundle,
)
from formcheck.media.manifest import MAX_PARTS, Manifest, Part

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
CLIP = random.Random(1).randbytes(200_000)
PARTS = {"clip": ("clip.mp4", CLIP), "report": ("report.json", b'{"said": "nothing"}\n' * 50)}


def make(path: Path) -> Path:
    write_bundle(path, "session", PARTS, "formcheck 0.1.0", MADE)
    return path


def tree(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*"))
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else b"" for p in files}


def manifest_bytes(files: dict[str, bytes], change: Callable[[dict[str, Any]], None]) -> bytes:
    """The manifest of some files, sealed after it was changed: a forger knows how to seal."""
    parts = {
        f"part{n}": {
            "file": name,
            "size_bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        for n, (name, data) in enumerate(files.items())
    }
    plain: dict[str, Any] = {
        "format": "formcheck-bundle",
        "schema": 1,
        "kind": "session",
        "made_by": "somebody",
        "made": "2026-01-02",
        "parts": parts,
    }
    change(plain)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return json.dumps({**plain, "seal": hashlib.sha256(text.encode()).hexdigest()}).encode()


def forge(
    path: Path,
    files: dict[str, bytes],
    change: Callable[[dict[str, Any]], None] = lambda plain: None,
    entry: Callable[[zipfile.ZipInfo], None] = lambda info: None,
    extra: dict[str, bytes] | None = None,
) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MANIFEST, manifest_bytes(files, change))
        for name, data in {**files, **(extra or {})}.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            entry(info)
            archive.writestr(info, data)
    return path


def refused(path: Path, *words: str) -> None:
    """Opening, verifying and importing all say one sentence, and nothing is written."""
    inside = path.parent
    before = tree(inside)
    for act in (
        lambda: open_bundle(path).verify(),
        lambda: copy_bundle(path, inside / "a" / "b" / "imported"),
    ):
        with pytest.raises(BundleError) as told:
            act()
        sentence = str(told.value)
        assert path.name in sentence
        assert all(word in sentence for word in words), sentence
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert sentence.isascii()
    assert tree(inside) == before
    assert not (inside.parent / "escaped").exists()


@pytest.mark.parametrize("name", ["a-folder", "a-file.formcheck"])
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    opened = open_bundle(make(tmp_path / "deep" / name))
    opened.verify()
    assert {role: opened.read(role) for role in opened.manifest.parts} == {
        role: data for role, (_, data) in PARTS.items()
    }
    assert opened.manifest.kind == "session"
    assert opened.manifest.made_by == "formcheck 0.1.0"
    assert datetime.fromisoformat(opened.manifest.made) == MADE
    assert "clip" in opened
    assert "notes" not in opened
    assert (opened.file_of("clip") is None) == (name == "a-file.formcheck")
    opened.copy("clip", tmp_path / "out" / "copied.mp4")
    assert (tmp_path / "out" / "copied.mp4").read_bytes() == CLIP
    with pytest.raises(BundleError, match="holds no notes"):
        opened.read("notes")
    assert is_bundle(opened.path)
    assert not is_bundle(tmp_path)
    assert list(tmp_path.rglob(".*")) == []


def test_folder_and_file_become_each_other_byte_for_byte(tmp_path: Path) -> None:
    folder, file = make(tmp_path / "one"), make(tmp_path / "one.formcheck")
    copy_bundle(folder, tmp_path / "packed.formcheck")
    copy_bundle(file, tmp_path / "unpacked")
    assert (tmp_path / "packed.formcheck").read_bytes() == file.read_bytes()
    assert tree(tmp_path / "unpacked") == tree(folder)


def test_any_unzip_program_reads_it_without_this_one(tmp_path: Path) -> None:
    with zipfile.ZipFile(make(tmp_path / "one.formcheck")) as archive:
        plain = json.loads(archive.read(MANIFEST))
        assert archive.namelist() == [MANIFEST, "clip.mp4", "report.json"]
        for part in plain["parts"].values():
            data = archive.read(part["file"])
            assert len(data) == part["size_bytes"]
            assert hashlib.sha256(data).hexdigest() == part["sha256"]


def test_a_file_packed_again_by_another_program_is_read(tmp_path: Path) -> None:
    folder = make(tmp_path / "one")
    with zipfile.ZipFile(tmp_path / "other.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir(), reverse=True):
            archive.write(path, path.name)
    open_bundle(tmp_path / "other.zip").verify()


@pytest.mark.parametrize("name", ["here", "here.formcheck"])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    make(tmp_path / name)
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="is there already"):
        make(tmp_path / name)
    with pytest.raises(OutputError, match="is there already"):
        copy_bundle(tmp_path / name, tmp_path / name)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["here", "here.formcheck"])
def test_a_part_is_replaced_and_the_others_stay(tmp_path: Path, name: str) -> None:
    path = make(tmp_path / name)
    for text in (b"first", b"second", b"third"):
        opened = update_bundle(path, {"notes": ("notes.json", text)})
        opened.verify()
        assert opened.read("notes") == text
        assert opened.read("clip") == CLIP
        assert opened.manifest.made == open_bundle(path).manifest.made
    assert len(tree(tmp_path)) == (5 if name == "here" else 1)


@pytest.mark.parametrize("name", ["here", "here.formcheck"])
@pytest.mark.parametrize("failing", ["_commit", "_part_of"])
def test_a_failing_change_leaves_the_bundle_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, failing: str
) -> None:
    path = make(tmp_path / name)
    before = tree(tmp_path)

    def fail(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bundle_module, failing, fail)
    with pytest.raises(KeyboardInterrupt):
        update_bundle(path, {"notes": ("notes.json", b"new")})
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / f"new-{name}")
    assert tree(tmp_path) == before


def test_a_disk_that_fails_after_the_change_leaves_what_the_manifest_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path / "here")
    update_bundle(path, {"notes": ("notes.json", b"first")})

    def fail_for_folders(each: Path) -> None:
        if each.is_dir():
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr("formcheck.media.staging.on_disk", fail_for_folders)
        with pytest.raises(OutputError):
            update_bundle(path, {"notes": ("notes.json", b"second")})
    bundle = open_bundle(path)
    bundle.verify()
    assert bundle.read("notes") in (b"first", b"second")


def test_a_folder_that_may_not_be_looked_into_is_no_bundle_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed, real = tmp_path / "closed", Path.stat
    closed.mkdir()

    def refused(path: Path, **how: bool) -> os.stat_result:
        if path.parent == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, **how)

    monkeypatch.setattr(Path, "stat", refused)
    assert not is_bundle(closed)
    assert main(["bundle", "verify", str(closed)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from formcheck.media.bundle import open_bundle, update_bundle
path, last = Path(sys.argv[1]), int(sys.argv[2])
open_bundle(path).verify()
left = last
def count(event, args):
    global left
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
for turn in range(last + 1):
    child = os.fork()
    if child == 0:
        left = turn
        sys.addaudithook(count)
        update_bundle(path, {"notes": ("notes.json", b"turn %d" % turn)})
        os._exit(0)
    os.waitpid(child, 0)
    bundle = open_bundle(path)
    bundle.verify()
    print(bundle.read("notes").decode() if "notes" in bundle else "none")
"""


@pytest.mark.parametrize("name", ["here", "here.formcheck"])
def test_killed_anywhere_while_it_is_changed_it_is_whole(tmp_path: Path, name: str) -> None:
    path = make(tmp_path / name)
    command = [sys.executable, "-c", KILLED_AT, str(path), "60"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    notes = done.stdout.split("\n")[:-1]
    assert len(notes) == 61
    assert notes[0] == "none"
    assert notes[-1] == "turn 60"
    # Each is what it was before, or what it should become.
    for turn in range(1, 61):
        assert notes[turn] in (notes[turn - 1], f"turn {turn}")
    assert len(set(notes)) > 2


def test_a_cut_file_is_refused_wherever_it_was_cut(tmp_path: Path) -> None:
    data = make(tmp_path / "one.formcheck").read_bytes()
    (tmp_path / "in").mkdir()
    cut = tmp_path / "in" / "cut.formcheck"
    rng = random.Random(1)
    for size in [0, 1, 3, 30, *(rng.randrange(len(data)) for _ in range(30)), len(data) - 1]:
        cut.write_bytes(data[:size])
        refused(cut)


def test_a_flipped_bit_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    path = make(tmp_path / "one.formcheck")
    data = path.read_bytes()
    rng = random.Random(2)
    first, last = data.index(CLIP[:16]), data.index(CLIP[-16:])
    ends = [*range(first), *range(last + 16, len(data))]
    places = [*rng.sample(ends, 400), *rng.sample(range(first, last), 40)]
    n_refused = 0
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        try:
            opened = open_bundle(path)
            opened.verify()
            assert {role: opened.read(role) for role in PARTS} == {
                role: part for role, (_, part) in PARTS.items()
            }
            assert not first <= place < last
        except BundleError:
            n_refused += 1
    assert n_refused > len(places) / 2


@pytest.mark.parametrize("part", ["clip.mp4", "report.json", MANIFEST])
@pytest.mark.parametrize("damage", ["flipped", "cut", "longer", "missing"])
def test_a_damaged_folder_is_refused(tmp_path: Path, part: str, damage: str) -> None:
    file = make(tmp_path / "in" / "one") / part
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    new = {"flipped": data, "cut": data[:-7], "longer": file.read_bytes() + b"}"}
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(new[damage])
    refused(tmp_path / "in" / "one", "one")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../escaped", "leads out of its folder"),
        ("a/../../escaped", "leads out of its folder"),
        ("..\\escaped", "leads out of its folder"),
        ("..", "leads out of its folder"),
        ("/escaped", "absolute"),
        ("//server/escaped", "absolute"),
        ("\\escaped", "absolute"),
        ("C:\\escaped", "absolute"),
        ("c:escaped", "absolute"),
        ("folder/clip.mp4", "lies in a folder"),
        ("clip.mp4/", "lies in a folder"),
        (".hidden", "no file name"),
        ("Clip.mp4", "no file name"),
        ("clip.mp4.", "no file name"),
        ("clip .mp4", "no file name"),
        ("clip\n.mp4", "no file name"),
        ("\x1b[31mclip", "no file name"),
        ("clip\u202e4pm", "no file name"),
        ("con.json", "no file name"),
        ("x" * 300, "no file name"),
        ("clip.mp4:stream", "no file name"),
    ],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str, words: str) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    refused(forge(inside / "one.formcheck", {name: b"evil"}), words)
    # The same in the manifest of a folder.
    folder = inside / "folder"
    folder.mkdir()
    (folder / MANIFEST).write_bytes(manifest_bytes({name: b"evil"}, lambda plain: None))
    refused(folder, words)


def test_a_name_with_a_nul_is_not_what_it_seems(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    path = forge(inside / "one.formcheck", {"clip.mp4": b"a", "xxxxxxxxxx": b"b"})
    path.write_bytes(path.read_bytes().replace(b"xxxxxxxxxx", b"clip.mp4\0x"))
    refused(path)


def test_two_files_of_one_name(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    for second in ("clip.mp4", "CLIP.mp4", "Clip.MP4"):
        path = forge(inside / "one.formcheck", {"clip.mp4": b"a", "xxxx.xxx": b"b"})
        path.write_bytes(path.read_bytes().replace(b"xxxx.xxx", second.encode()))
        refused(path, "twice")
    path = forge(inside / "one.formcheck", {"clip.mp4": b"a", "manifest.jsox": b"b"})
    path.write_bytes(path.read_bytes().replace(b"manifest.jsox", b"manifest.json"))
    refused(path, "twice")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_a_file(tmp_path: Path, kind: int) -> None:
    inside = tmp_path / "in"
    inside.mkdir()

    def entry(info: zipfile.ZipInfo) -> None:
        info.external_attr = (kind | 0o777) << 16

    refused(forge(inside / "one.formcheck", {"clip.mp4": b"/etc/passwd"}, entry=entry), "link")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("part", ["clip.mp4", MANIFEST])
def test_links_and_devices_in_a_folder(tmp_path: Path, part: str) -> None:
    folder = make(tmp_path / "in" / "one")
    opened = open_bundle(folder)
    (folder / part).rename(tmp_path / "elsewhere")
    (folder / part).symlink_to(tmp_path / "elsewhere")
    refused(folder, "link")
    if part == "clip.mp4":
        with pytest.raises(BundleError, match="link"):
            opened.file_of("clip")
    (folder / part).unlink()
    os.mkfifo(folder / part)
    with pytest.raises(BundleError, match="device"):
        open_bundle(folder).verify()


def test_bombs(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    path = inside / "one.formcheck"
    zeros = bytes(8 * 2**20)

    def deflated(info: zipfile.ZipInfo) -> None:
        info.compress_type = zipfile.ZIP_DEFLATED

    refused(forge(path, {"clip.mp4": zeros}, entry=deflated), "100 times")

    def odd(info: zipfile.ZipInfo) -> None:
        info.compress_type = zipfile.ZIP_LZMA

    refused(forge(path, {"clip.mp4": zeros}, entry=odd), "packed in a way")
    many = {f"clip{n}.mp4": b"" for n in range(MAX_PARTS + 1)}
    refused(forge(path, many), "more than")
    refused(forge(path, {"clip.mp4": b"a"}, extra={"more.mp4": b"b"}), "does not name")

    def huge(plain: dict[str, Any]) -> None:
        plain["parts"]["part0"]["size_bytes"] = 2**60

    refused(forge(path, {"clip.mp4": b"a"}, huge))


def test_a_bomb_that_understates_its_size(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    path = inside / "one.formcheck"
    said, real = 1000, 50 * 2**20

    def small(plain: dict[str, Any]) -> None:
        plain["parts"]["part0"] |= {
            "size_bytes": said,
            "sha256": hashlib.sha256(bytes(said)).hexdigest(),
        }

    def deflated(info: zipfile.ZipInfo) -> None:
        info.compress_type = zipfile.ZIP_DEFLATED

    forge(path, {"clip.mp4": bytes(real)}, small, deflated)
    # In the directory at the end and in the header of the part itself.
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", real), struct.pack("<L", said)))
    refused(path)


def test_parts_that_share_their_bytes(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    path = forge(inside / "one.formcheck", {"a.mp4": CLIP, "b.mp4": CLIP})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        first, second = archive.getinfo("a.mp4"), archive.getinfo("b.mp4")
    entry = data.rindex(b"b.mp4") - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    assert struct.unpack_from("<L", data, entry + 42)[0] == second.header_offset
    struct.pack_into("<L", data, entry + 42, first.header_offset)
    path.write_bytes(data)
    refused(path, "overlap")


def test_a_directory_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    path = inside / "one.formcheck"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(20_000):
            archive.writestr(f"{n:060}.json", b"")
    assert path.stat().st_size > 2**21
    refused(path, "cut short or damaged")


def test_an_encrypted_part(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    path = forge(inside / "one.formcheck", {"clip.mp4": b"a"})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 8] |= 1
    path.write_bytes(data)
    refused(path, "encrypted")


@pytest.mark.parametrize("form", ["folder", "file"])
def test_a_newer_schema_is_told_first(tmp_path: Path, form: str) -> None:
    def newer(plain: dict[str, Any]) -> None:
        plain |= {"schema": 2, "parts": {"Ω": {"of": ["another", "form"]}}}

    inside = tmp_path / "in"
    inside.mkdir()
    if form == "file":
        return refused(forge(inside / "one.formcheck", {}, newer), "newer", "update formcheck")
    (inside / "one").mkdir()
    (inside / "one" / MANIFEST).write_bytes(manifest_bytes({}, newer))
    return refused(inside / "one", "newer", "update formcheck")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{" + b" " * 300_000 + b"}",
        b'{"format": "formcheck-bundle", "schema": true}',
        b'{"format": "formcheck-bundle", "schema": 0}',
        b'{"format": "other", "schema": 1}',
        b'{"format": "formcheck-bundle", "schema": 1, "parts": {}}',
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, text: bytes) -> None:
    folder = tmp_path / "in" / "one"
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_bytes(text)
    refused(folder)


@pytest.mark.parametrize(
    "part",
    [
        None,
        7,
        {"file": "a.mp4"},
        {"file": "a.mp4", "size_bytes": True, "sha256": "0" * 64},
        {"file": "a.mp4", "size_bytes": -1, "sha256": "0" * 64},
        {"file": "a.mp4", "size_bytes": 1.5, "sha256": "0" * 64},
        {"file": "a.mp4", "size_bytes": 1, "sha256": "xyz"},
        {"file": MANIFEST, "size_bytes": 1, "sha256": "0" * 64},
        {"file": ["a.mp4"], "size_bytes": 1, "sha256": "0" * 64},
    ],
)
def test_a_sealed_manifest_that_makes_no_sense(tmp_path: Path, part: object) -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["parts"] = {"clip": part}

    folder = tmp_path / "in" / "one"
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_bytes(manifest_bytes({}, change))
    refused(folder, "not to be trusted")


def test_other_files(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for data in (b"text", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), bytes(1000)):
        (tmp_path / "in" / "other.formcheck").write_bytes(data)
        refused(tmp_path / "in" / "other.formcheck")
    with pytest.raises(InputError, match="is not there"):
        open_bundle(tmp_path / "nothing")
    with pytest.raises(BundleError, match="not a formcheck bundle"):
        open_bundle(tmp_path / "in")


def test_what_no_bundle_may_hold_is_not_written_either(tmp_path: Path) -> None:
    for role, name in (("Clip", "clip.mp4"), ("clip", "../clip.mp4"), ("clip", "Clip.mp4")):
        with pytest.raises(ValueError, match=r"name|leads"):
            Manifest("session", "me", "now", {role: Part(name, 0, "0" * 64)})
    (tmp_path / "clip.mp4").write_bytes(b"a")
    with pytest.raises(ValueError, match="twice"):
        seal(tmp_path, "session", {"clip": "clip.mp4", "more": "clip.mp4"}, "me", MADE)
    assert sorted(tree(tmp_path)) == ["clip.mp4"]


def test_a_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "one.formcheck")
    before = tree(tmp_path)
    usage = bundle_module.shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(bundle_module.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(OutputError, match="free some space"):
        copy_bundle(tmp_path / "one.formcheck", tmp_path / "new")
    assert tree(tmp_path) == before
