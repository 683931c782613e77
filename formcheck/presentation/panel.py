"""The panel above the picture: timer, what to do now, and the form score."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.rule import Exercise
from formcheck.presentation import palette, text
from formcheck.presentation.canvas import Canvas
from formcheck.presentation.glance import Clock, Glance, Message
from formcheck.presentation.icons import icon
from formcheck.types import Level, StepOutput


@dataclass(frozen=True, slots=True)
class _Box:
    x: int
    y: int
    width: int
    height: int


class Panel:
    """Draws the panel and redraws only the parts whose content changed.

    Args:
        exercise: Gives the title and the names of the faults.
        canvas: Gives the size.
    """

    def __init__(self, exercise: Exercise, canvas: Canvas) -> None:
        self._exercise = exercise
        self._glance = Glance(exercise)
        self._unit = canvas.unit
        width, height = canvas.width_px, canvas.panel_height_px
        self.image: NDArray[np.uint8] = np.empty((height, width, 3), np.uint8)
        self.image[:] = palette.PANEL
        pad = self._px(14)
        row = height // 2 if canvas.two_rows else height
        side = round(width * (0.5 if canvas.two_rows else 0.235))
        self._timer_box = _Box(pad, 0, side - 2 * pad, row)
        self._score_box = _Box(width - side + pad, 0, side - 2 * pad, row)
        if canvas.two_rows:
            self._message_box = _Box(pad, row - self._px(4), width - 2 * pad, row - self._px(6))
        else:
            gap = self._px(10)
            self._message_box = _Box(side, gap, width - 2 * side, row - 2 * gap)
        self._shown: dict[str, object] = {}

    def update(self, step: StepOutput) -> NDArray[np.uint8]:
        """Bring the panel up to date.

        Returns:
            uint8 (height, width, 3), valid until the next call.
        """
        seen = self._glance.update(step)
        if self._changed("clock", seen.clock):
            self._draw_clock(seen.clock)
        if self._changed("score", (seen.score, seen.level)):
            self._draw_score(seen.score, seen.level)
        if self._changed("message", seen.message):
            self._draw_message(seen.message)
        return self.image

    def _px(self, size: float) -> int:
        return max(1, round(size * self._unit))

    def _changed(self, part: str, content: object) -> bool:
        if self._shown.get(part) == content:
            return False
        self._shown[part] = content
        return True

    def _clear(self, box: _Box, colour: palette.Rgb = palette.PANEL) -> None:
        self._part(box)[:] = colour

    def _write(
        self, words: str, at: tuple[int, int], size: int, colour: palette.Rgb, *, bold: bool = False
    ) -> int:
        """Write one line and return its width."""
        letters = text.mask(words, size, bold)
        text.paste(self.image, letters, *at, colour)
        return int(letters.shape[1])

    def _draw_clock(self, clock: Clock) -> None:
        """The number; it lights up for a moment with every repetition."""
        level = clock.level
        ink = palette.INK if level is None else palette.LEVEL_RGB[level]
        x = self._draw_number(clock.number, ink)
        if level is not None:
            sign = self._px(28)
            text.paste(self.image, icon(level, sign), x, self._line_y(1) - sign // 2, ink)
            x += sign + self._px(8)
        self._fitted(clock.title, x, 0, palette.INK)
        self._fitted(clock.note, x, 1, palette.INK_SOFT)

    def _draw_number(self, number: str, ink: palette.Rgb) -> int:
        """The title and a big number; gives where the words beside it begin."""
        box = self._timer_box
        self._clear(box)
        title = text.fit(
            self._exercise.title,
            box.width,
            self._px(24),
            largest_px=self._px(17),
            smallest_px=self._px(15),
            bold=True,
        )
        self._write(title.lines[0], (box.x, self._px(9)), title.size_px, palette.INK, bold=True)
        width = self._write(number, (box.x, self._px(36)), self._px(38), ink, bold=True)
        return box.x + width + self._px(10)

    def _line_y(self, row: int) -> int:
        """Upper edge of a line beside the big number: 0 or 1."""
        line = text.line_height_px(self._px(15))
        free = text.line_height_px(self._px(38)) - 2 * line
        return self._px(36) + free // 2 + self._px(1) + row * line

    def _fitted(self, words: str, x: int, row: int, colour: palette.Rgb) -> None:
        """A line beside the big number, smaller where the room is short."""
        box, small = self._timer_box, self._px(15)
        line = text.line_height_px(small)
        fitted = text.fit(
            words,
            box.x + box.width - x,
            line,
            largest_px=small,
            smallest_px=self._px(10),
            bold=False,
        )
        self._write(fitted.lines[0], (x, self._line_y(row)), fitted.size_px, colour)

    def _draw_score(self, score: int | None, level: Level) -> None:
        box, small, big = self._score_box, self._px(15), self._px(32)
        self._clear(box)
        number = "–" if score is None else str(score)
        number_width = text.width_px(number, big, True)
        of_all = "" if score is None else " / 100"
        end = box.x + box.width
        x = end - number_width - text.width_px(of_all, small)
        y = self._px(14)
        self._write(number, (x, y), big, palette.INK, bold=True)
        drop = text.line_height_px(big) - text.line_height_px(small) - self._px(5)
        self._write(of_all, (end - text.width_px(of_all, small), y + drop), small, palette.INK_SOFT)
        label = "Form score"
        if box.x + text.width_px(label, small) > x - self._px(8):
            label = "Form"
        self._write(label, (box.x, y + drop), small, palette.INK_SOFT)
        bar_y, bar_height = self._px(63), self._px(12)
        self._bar(_Box(box.x, bar_y, box.width, bar_height), palette.PANEL_RAISED)
        if score is not None:
            filled = max(bar_height + 1, round(box.width * score / 100))
            self._bar(_Box(box.x, bar_y, filled, bar_height), palette.LEVEL_RGB[level])
        for share in (0.25, 0.5, 0.75):
            x = box.x + round(box.width * share)
            self.image[bar_y : bar_y + bar_height, x : x + self._px(1)] = palette.PANEL

    def _draw_message(self, said: Message) -> None:
        box = self._message_box
        self._clear(box)
        colour = palette.INFO if said.level is None else palette.LEVEL_RGB[said.level]
        if said.strong:
            self._rounded(box, palette.PANEL_RAISED)
            self._clear(
                _Box(box.x, box.y + self._px(7), self._px(6), box.height - self._px(14)), colour
            )
        sign = self._px(40 if said.strong else 30) if said.level is not None else 0
        gap = self._px(14) if sign else 0
        room = box.width - sign - gap - self._px(32)
        block = text.fit(
            said.text,
            room,
            box.height - self._px(8),
            largest_px=self._px(40 if said.strong else 26),
            smallest_px=self._px(15),
            bold=said.strong,
        )
        line = text.line_height_px(block.size_px)
        widest = max(text.width_px(words, block.size_px, said.strong) for words in block.lines)
        x = box.x + self._px(6) + (box.width - self._px(6) - widest - sign - gap) // 2
        if said.level is not None:
            text.paste(
                self.image, icon(said.level, sign), x, box.y + (box.height - sign) // 2, colour
            )
        y = box.y + (box.height - line * len(block.lines)) // 2
        ink = palette.INK if said.strong or said.level is not None else palette.INK_SOFT
        for i, words in enumerate(block.lines):
            self._write(words, (x + sign + gap, y + i * line), block.size_px, ink, bold=said.strong)

    def _part(self, box: _Box) -> NDArray[np.uint8]:
        """The pixels of a box: what is drawn into them can't spill over its edge."""
        return self.image[box.y : box.y + box.height, box.x : box.x + box.width]

    def _bar(self, box: _Box, colour: palette.Rgb) -> None:
        # A thick line has the round ends that a bar wants.
        radius = box.height / 2
        y, ends = round(radius * 16), (round(radius * 16), round((box.width - radius) * 16))
        cv2.line(
            self._part(box), (ends[0], y), (ends[1], y), colour, box.height - 1, cv2.LINE_AA, 4
        )

    def _rounded(self, box: _Box, colour: palette.Rgb) -> None:
        part = self._part(box)
        radius = (min(box.height, self._px(18)) - 1) // 2
        right, low = box.width - 1, box.height - 1
        cv2.rectangle(part, (radius, 0), (right - radius, low), colour, cv2.FILLED)
        cv2.rectangle(part, (0, radius), (right, low - radius), colour, cv2.FILLED)
        for x in (radius, right - radius):
            for y in (radius, low - radius):
                cv2.circle(
                    part, (x * 16, y * 16), radius * 16 + 4, colour, cv2.FILLED, cv2.LINE_AA, 4
                )
