"""Counts -> a bar chart as SVG text, for pages and for markdown. No library: a dozen rectangles need none."""

import base64
from collections.abc import Sequence
from html import escape

WIDTH = 640
_ROW, _LABELS, _NUMBERS = 24, 300, 70
_BAR, _TEXT = "#4f6bd8", "#333"


def bar_chart(bars: Sequence[tuple[str, int]], title: str) -> str:
    """Horizontal bars in the given order, each with its label and number; the longest fills the width.

    Args:
        bars: Label and count; counts are not negative. Labels are cut at 44 letters.
        title: Read out by screen readers.
    """
    largest = max((count for _, count in bars), default=0) or 1
    room = WIDTH - _LABELS - _NUMBERS
    rows = []
    for number, (label, count) in enumerate(bars):
        top = number * _ROW
        text = label if len(label) <= 44 else label[:43] + "…"
        length = max(round(room * count / largest), 1 if count else 0)
        rows.append(
            f'<text x="{_LABELS - 8}" y="{top + 16}" text-anchor="end">{escape(text)}</text>'
            f'<rect x="{_LABELS}" y="{top + 4}" width="{length}" height="16" rx="2" fill="{_BAR}"/>'
            f'<text x="{_LABELS + length + 6}" y="{top + 16}">{count:,}</text>'
        )
    height = max(len(bars), 1) * _ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" font-family="sans-serif" font-size="12" fill="{_TEXT}"><title>{escape(title)}</title>'
        f"{''.join(rows)}</svg>"
    )


def as_markdown_image(svg: str, alt: str) -> str:
    """The chart as an image that stands in the markdown itself, so that it needs no file and no network."""
    return f"![{alt}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
