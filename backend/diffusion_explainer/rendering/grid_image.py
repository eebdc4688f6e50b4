"""A grid of runs as one picture: the finished pictures, with the two settings that vary along its sides."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from diffusion_explainer.traces.trace import Trace

from .setting_labels import label, shared_settings

_PAPER, _INK, _SOFT = "#FAF9F6", "#1C1B19", "#5C5A55"
_MARGIN = 24  # pixels, as all that follow
_GAP = 8
_TEXT = 15
_LINE = 20
_MOST_LINES = 3
_LABEL = 120  # width of the labels of the rows


def mosaic(traces: Sequence[Sequence[Trace]], row_setting: str, column_setting: str) -> Image.Image:
    """`traces[row][column]` as one picture. Where a seed varies, its label comes with the starting noise."""
    return _Mosaic(traces, row_setting, column_setting).drawn()


class _Mosaic:
    def __init__(self, traces: Sequence[Sequence[Trace]], row_setting: str, column_setting: str) -> None:
        self.traces, self.row_setting, self.column_setting = traces, row_setting, column_setting
        first = traces[0][0]
        self.width, self.height = first.picture.size
        self.font = ImageFont.load_default(_TEXT)
        self.columns = [self._lines(column_setting, trace, self.width) for trace in traces[0]]
        self.rows = [self._lines(row_setting, row[0], _LABEL) for row in traces]
        self.noise_left = row_setting == "seed"
        self.noise_above = column_setting == "seed"
        self.left = _MARGIN + _LABEL + _GAP + (self.width + _GAP if self.noise_left else 0)
        heading = max(map(len, self.columns)) * _LINE + _GAP
        self.top = _MARGIN + heading + (self.height + _GAP if self.noise_above else 0)
        right = self.left + len(traces[0]) * (self.width + _GAP) - _GAP
        caption = self._wrapped(shared_settings(first, row_setting, column_setting), right - _MARGIN)
        bottom = self.top + len(traces) * (self.height + _GAP)
        self.sheet = Image.new("RGB", (right + _MARGIN, bottom + len(caption) * _LINE + _MARGIN), _PAPER)
        self.pen = ImageDraw.Draw(self.sheet)
        self._write(caption, _MARGIN, bottom, _SOFT)

    def drawn(self) -> Image.Image:
        for column, trace in enumerate(self.traces[0]):
            x = self._x(column)
            if self.noise_above:
                self.sheet.paste(trace.steps[0].picture.resize((self.width, self.height)), (x, self._y(-1)))
            self._write(self.columns[column], x, _MARGIN)
        for number, row in enumerate(self.traces):
            y = self._y(number)
            self._write(self.rows[number], _MARGIN, y)
            if self.noise_left:
                self.sheet.paste(row[0].steps[0].picture.resize((self.width, self.height)), (self._x(-1), y))
            for column, trace in enumerate(row):
                self.sheet.paste(trace.picture.resize((self.width, self.height)), (self._x(column), y))
        return self.sheet

    def _x(self, column: int) -> int:
        return self.left + column * (self.width + _GAP)

    def _y(self, row: int) -> int:
        return self.top + row * (self.height + _GAP)

    def _lines(self, setting: str, trace: Trace, width: int) -> list[str]:
        return self._wrapped(label(setting, getattr(trace.request, setting)), width)[:_MOST_LINES]

    def _wrapped(self, text: str, width: int) -> list[str]:
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.font.getlength(longer) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def _write(self, lines: Sequence[str], x: int, y: int, color: str = _INK) -> None:
        for number, line in enumerate(lines):
            self.pen.text((x, y + number * _LINE), line, font=self.font, fill=color)
