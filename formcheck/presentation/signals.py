"""Per-frame rows for ``signals.csv``: what was measured and judged in every single frame."""

from __future__ import annotations

import csv
import io
import math
from array import array
from pathlib import Path
from typing import TextIO

import numpy as np

from formcheck.errors import OutputError
from formcheck.judgement.rule import Exercise
from formcheck.presentation.series import Series
from formcheck.types import Level, Phase, StepOutput

_PHASES = tuple(Phase)
_DIGITS = 6


class SignalLog:
    """Collects the rows of one clip in flat arrays: about 100 bytes a frame.

    Args:
        exercise: Gives the columns: its features and its checks.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._features = tuple(feature.name for feature in exercise.features)
        self._checks = tuple(check.code for check in exercise.checks)
        self._reasons: dict[str, int] = {"": 0}
        self._t_s = array("d")
        self._small = array("B")
        self._reason = array("H")
        self._values = array("f")

    def __len__(self) -> int:
        return len(self._t_s)

    def add(self, step: StepOutput) -> None:
        """Add one frame."""
        code = step.reason.code if step.reason is not None else ""
        self._t_s.append(step.t_s)
        self._reason.append(self._reasons.setdefault(code, len(self._reasons)))
        self._small.append(_PHASES.index(step.phase))
        self._small.append(step.judged)
        self._values.append(_or_nan(step.score))
        self._values.extend(step.measures.get(name, math.nan) for name in self._features)
        for check in self._checks:
            state = step.checks.get(check)
            self._small.append(Level.NOT_JUDGED if state is None else state.level)
            self._values.append(_or_nan(None if state is None else state.value))
            self._values.append(_or_nan(None if state is None else state.score))

    def header(self) -> list[str]:
        """Names of the columns; the measures carry their units."""
        names = ["t_s", "phase", "judged", "reason", "score", *self._features]
        for check in self._checks:
            names += [f"{check}.level", f"{check}.value", f"{check}.score"]
        return names

    def row(self, i: int) -> list[str]:
        """The cells of one frame; an empty one means not seen or not judged."""
        n_small, n_values = self._row_sizes()
        phase, judged, *levels = self._small[i * n_small : (i + 1) * n_small]
        score, *values = self._values[i * n_values : (i + 1) * n_values]
        reason = list(self._reasons)[self._reason[i]]
        cells = [f"{self._t_s[i]:.6f}", _PHASES[phase].value, str(judged), reason, _cell(score)]
        n = len(self._features)
        cells += [_cell(value) for value in values[:n]]
        for place, level in enumerate(levels):
            value, check_score = values[n + 2 * place : n + 2 * place + 2]
            cells += [Level(level).name.lower().replace("_", "-"), _cell(value), _cell(check_score)]
        return cells

    def series(self, name: str) -> Series:
        """One column over time.

        Args:
            name: ``score`` or the name of a feature.

        Raises:
            ValueError: there is no such column.
        """
        columns = ("score", *self._features)
        n_small, n_values = self._row_sizes()
        values = np.frombuffer(self._values, np.float32).reshape(-1, n_values)
        small = np.frombuffer(self._small, np.uint8).reshape(-1, n_small)
        return Series(
            # Copies, as a view would stop the log from growing.
            t_s=np.array(self._t_s, np.float64),
            value=values[:, columns.index(name)].astype(np.float64),
            judged=small[:, 1].astype(np.bool_),
        )

    def to_csv(self) -> str:
        """The whole table: a header, then one row a frame."""
        out = io.StringIO()
        self._write_to(out)
        return out.getvalue()

    def write(self, path: Path) -> None:
        """Write ``signals.csv``.

        Raises:
            OutputError: the file can't be written.
        """
        try:
            with path.open("w", encoding="utf-8", newline="") as out:
                self._write_to(out)
        except OSError as error:
            raise OutputError(f"{path.name} can't be written: {error.strerror}.") from error

    def _row_sizes(self) -> tuple[int, int]:
        n_checks = len(self._checks)
        return 2 + n_checks, 1 + len(self._features) + 2 * n_checks

    def _write_to(self, out: TextIO) -> None:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.header())
        writer.writerows(self.row(i) for i in range(len(self)))


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _cell(value: float) -> str:
    if not math.isfinite(value):
        return ""
    # Single precision holds seven digits; the rest would be noise of the storage.
    return f"{value:.{_DIGITS}g}"
