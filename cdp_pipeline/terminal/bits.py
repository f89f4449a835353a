"""Bits as people read them: parts of a score, rounded so that what is shown adds up to the score that is shown."""

import re
from collections.abc import Sequence

from cdp_pipeline.values.foreign_text import visible

_WORTH = re.compile(r" (-?\d+\.\d)(?=;|$)")
"""A part's worth at its end, as `links.evidence` has it."""

REST = "what any two records begin with, and relatives"
"""What a score is made of beside what two records have in common."""


def rounded_parts(parts: Sequence[float], total: float) -> list[float]:
    """The parts to a tenth, so that they add up to the total to a tenth.

    The tenths that rounding each by itself would leave over go to the parts whose rounding was farthest off, of equals
    to the first.

    Args:
        parts: Numbers whose sum is the total.
        total: Their sum.
    """
    tenths = [round(part * 10) for part in parts]
    left = round(total * 10) - sum(tenths)
    step = 1 if left > 0 else -1
    off = sorted(range(len(parts)), key=lambda n: (-step * (parts[n] * 10 - tenths[n]), n))
    for n in off[: abs(left)]:
        tenths[n] += step
    return [number / 10 for number in tenths]


def evidence_words(evidence: str, score: float) -> str:
    """The parts of a score that `links.evidence` names, with the rest of the score beside them."""
    rest = round(score, 1) - sum(map(float, _WORTH.findall(evidence)))
    return f"{visible(evidence)}; {REST} {rest:.1f}"
