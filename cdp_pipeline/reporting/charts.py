"""Counts -> a bar chart as SVG text, for pages and for markdown. No library: a dozen rectangles need none."""

import base64
from collections.abc import Sequence
from html import escape

from cdp_pipeline.values.foreign_text import visible

WIDTH = 640
NARROW = 420
"""What a metadata entry has room for on the screen of a laptop."""

_ROW, _NUMBERS = 24, 60
_LONGEST_LABEL, _LETTER = 44, 6.2
# Both are readable on white and on black: an image in markdown does not know on which it stands.
_BAR, _TEXT = "#5b76e8", "#767676"


def bar_chart(bars: Sequence[tuple[str, int]], title: str, text: str = _TEXT, width: int = WIDTH) -> str:
    """Horizontal bars in the given order, each with its label and number; the longest fills what labels leave.

    Args:
        bars: Label and count; counts are not negative. Labels are cut at 44 letters.
        title: Read out by screen readers.
        text: Colour of the words.
        width: Of the whole chart, in pixels.
    """
    largest = max((count for _, count in bars), default=0) or 1
    labels = round(min(max((len(label) for label, _ in bars), default=0), _LONGEST_LABEL) * _LETTER) + 12
    room = max(width - labels - _NUMBERS, _NUMBERS)
    rows = []
    for number, (label, count) in enumerate(bars):
        top = number * _ROW
        label = visible(label)
        name = label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
        length = max(round(room * count / largest), 1 if count else 0)
        rows.append(
            f'<text x="{labels - 8}" y="{top + 16}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{labels}" y="{top + 4}" width="{length}" height="16" rx="2" fill="{_BAR}"/>'
            f'<text x="{labels + length + 6}" y="{top + 16}">{count:,}</text>'
        )
    height = max(len(bars), 1) * _ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="sans-serif" font-size="12" fill="{text}"><title>{escape(title)}</title>'
        f"{''.join(rows)}</svg>"
    )


def as_markdown_image(svg: str, alt: str) -> str:
    """The chart as an image that stands in the markdown itself, so that it needs no file and no network."""
    return f"![{alt}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
