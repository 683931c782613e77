"""The absolute hip-line band on public landmark tables labelled correct, high and low.

The tables are those of NgoQuocBao1010/Exercise-Correction (MIT): 17 MediaPipe landmarks a row in
normalised coordinates, labels C (correct), H (hips high), L (hips low). The shape of the video was
not recorded; 16:9 is assumed.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from formcheck.kinematics.geometry import bend_deg, point
from formcheck_rules.plank import PIKE, SAG

JOINTS = ("shoulder", "hip", "knee", "ankle")
WORDS = {"C": "correct", "H": "hips high", "L": "hips low"}


def hip_line_deg(row: dict[str, str]) -> float:
    """The hip line of the side that is seen better."""

    def seen(side: str) -> float:
        return sum(float(row[f"{side}_{joint}_v"]) for joint in JOINTS)

    side = max(("left", "right"), key=seen)
    shoulder, hip, ankle = (
        point(16.0 * float(row[f"{side}_{j}_x"]), 9.0 * float(row[f"{side}_{j}_y"]))
        for j in ("shoulder", "hip", "ankle")
    )
    return bend_deg(shoulder, hip, ankle)


def main() -> None:
    """Prints one row a label."""
    lines = defaultdict(list)
    for table in sorted(Path(sys.argv[1]).glob("plank_*.csv.gz")):
        with gzip.open(table, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                lines[row["label"]].append(hip_line_deg(row))
    assert SAG.absolute is not None
    assert PIKE.absolute is not None
    columns = ("label", "frames", "5 / 50 / 95 %, deg", "sag fault", "sag warning")
    print(f"| {' | '.join(columns)} | pike warning | pike fault |")
    print("|---|---|---|---|---|---|---|")
    for label, values in sorted(lines.items()):
        line = np.array(values)
        low, middle, high = np.percentile(line, (5, 50, 95))
        sag = np.array([SAG.absolute.excess(v) for v in line])
        pike = np.array([PIKE.absolute.excess(v) for v in line])
        shares = ((sag > 1), (sag > 0) & (sag <= 1), (pike > 0) & (pike <= 1), (pike > 1))
        cells = " | ".join(f"{100 * share.mean():.1f} %" for share in shares)
        line_cell = f"{low:+.0f} / {middle:+.0f} / {high:+.0f}"
        print(f"| {WORDS[label]} | {len(line)} | {line_cell} | {cells} |")


if __name__ == "__main__":
    main()
