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
from importlib.resources import files

from formcheck.presentation.voice import recording
from formcheck_rules.plank import PLANK

for check in PLANK.checks:
    assert recording(check.cue) is not None, f"no recording of {check.cue!r} in the wheel"
assert files("formcheck").joinpath("py.typed").is_file()
PYTHON
echo "the wheel works"
