#!/usr/bin/env bash
# Builds the wheel, installs it into an empty environment, and uses it from another folder.
# The editable install that the tests use would hide a package or a file that the wheel lacks.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$root" && uv build --quiet --wheel --out-dir "$work/dist")
uv venv --quiet "$work/venv"
uv pip install --quiet --python "$work/venv" --constraint "$root/constraints.txt" "$work"/dist/*.whl
cp "$root/test_videos/plank/sag_20.mp4" "$work/clip.mp4"
(cd "$root" && git ls-files formcheck rules) > "$work/sources.txt"

cd "$work"
mkdir rules # a foreign folder of this name must not get in the way
touch rules/__init__.py
venv/bin/formcheck rules > list.txt
grep -q plank list.txt
venv/bin/formcheck rules plank > card.txt
grep -q "Hips dropped" card.txt
venv/bin/formcheck analyze clip.mp4 --exercise plank --out out > summary.txt
grep -q "Hips dropped" summary.txt
test -s out/clip/annotated.mp4
venv/bin/python - <<'PYTHON'
import re
import zipfile
from importlib.resources import files
from pathlib import Path

from formcheck.presentation.voice import recording
from formcheck_rules.plank import PLANK

for check in PLANK.checks:
    assert recording(check.cue) is not None, f"no recording of {check.cue!r} in the wheel"
assert files("formcheck").joinpath("py.typed").is_file()

# Pages, scripts, styles, recordings, the clip of the demonstration: whatever is in the sources.
(wheel,) = Path("dist").glob("*.whl")
inside = set(zipfile.ZipFile(wheel).namelist())
sources = Path("sources.txt").read_text().split()
missing = [s for s in sources if re.sub("^rules/", "formcheck_rules/", s) not in inside]
assert not missing, f"not in the wheel: {missing}"

# The tables of the library are made by steps that are files of their own.
from formcheck.archive.store import library_in

library = library_in(Path("tables"))
assert [person.number for person in library.people()] == []
assert library.add_person("Anna") == 1
PYTHON

# The app, started from a folder that has nothing of it, on a port that is free.
for command in app demo; do
  venv/bin/python - "$command" <<'PYTHON'
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

command = sys.argv[1]
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
app = subprocess.Popen(
    ["venv/bin/formcheck", command, "--no-browser", "--port", str(port), "--home", "kept"]
)


def get(path):
    """Status and words; no status while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return None, ""


try:
    deadline = time.monotonic() + 120
    while get("/")[0] is None:
        assert app.poll() is None, f"formcheck {command} ended with {app.returncode}"
        assert time.monotonic() < deadline, f"formcheck {command} does not answer"
        time.sleep(0.2)
    script = re.search(r"\./(static/js/[^\"]+\.js)", get("/")[1])[1]
    own = ("/", "/live", "/video?demo=1", "/formcheck/voice/lift-your-hips.wav")
    for path in (*own, f"/{script}", "/_stcore/health"):
        assert get(path)[0] == 200, f"formcheck {command}: {path} answers {get(path)[0]}"
finally:
    app.send_signal(signal.SIGTERM)
    code = app.wait(30)
assert code == 0, f"formcheck {command} ended with {code}"
PYTHON
done
echo "the wheel works"
