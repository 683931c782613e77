#!/usr/bin/env bash
# Writes constraints.txt: the tested set of versions, names and numbers only.
set -euo pipefail
cd "$(dirname "$0")/.."
uv lock --quiet
{
  echo "# The tested set, for pip: pip install -c constraints.txt ."
  echo "# Written by tools/update_constraints.sh; do not edit."
  uv export --frozen --quiet --no-hashes --no-header --no-annotate --no-emit-project --no-dev
} > constraints.txt
