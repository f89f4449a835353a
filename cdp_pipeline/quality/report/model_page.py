"""What agreement of two records is worth -> one HTML file with bars, that needs nothing beside it.

It is given numbers and names of levels; `pipeline/training.py` gathers them.
"""

from dataclasses import dataclass
from typing import Final

from cdp_pipeline.quality.report.rendering import render

BY_FREQUENCY: Final = "by its frequency"
"""The weight of a level at which a rare value is stronger evidence than a frequent one."""

_WIDEST: Final = 20.0
"""Bits that fill half a bar; more are cut off, as they decide alone."""


@dataclass(frozen=True)
class LevelLine:
    """A level at which two records agree in an attribute.

    Attributes:
        attribute: The attribute.
        words: The level in words.
        share: How often two records of one person stand at it, in the mean.
        bits: By how many bits it speaks for one person, below 0 against; null where that depends on the value.
    """

    attribute: str
    words: str
    share: float
    bits: float | None

    @property
    def worth(self) -> str:
        """The bits with their sign, or that they depend on the value."""
        return BY_FREQUENCY if self.bits is None else f"{self.bits:+.1f}"


@dataclass(frozen=True)
class ThresholdLine:
    """What is expected of a probability from which on records would be joined.

    Attributes:
        threshold: The probability; 0 stands for all candidate pairs.
        pairs: How many candidate pairs reach it.
        precision: The part of these that is of one person; null where there are none.
        recall: The part of all candidate pairs of one person that reaches it; null where there is none.
    """

    threshold: float
    pairs: int
    precision: float | None
    recall: float | None

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The line as it is printed; empty where nothing is known."""
        precision, recall = ("" if part is None else f"{part:.2%}" for part in (self.precision, self.recall))
        return f"{self.threshold:g}" if self.threshold else "all candidates", f"{self.pairs:,}", precision, recall


@dataclass(frozen=True)
class ModelFacts:
    """A trained model in numbers.

    Attributes:
        records: How many records it was trained on.
        of_one: How many pairs of them are expected to be of one person.
        of_relatives: How many of relatives.
        before: The bits of two records before any comparison.
        is_kept: Whether later runs use it as it is.
        levels: By attribute, from the most to the least alike.
        thresholds: By threshold.
    """

    records: int
    of_one: float
    of_relatives: float
    before: float
    is_kept: bool
    levels: tuple[LevelLine, ...]
    thresholds: tuple[ThresholdLine, ...]

    @property
    def sentence(self) -> str:
        """What it was trained on, and where every score begins."""
        return (
            f"Trained on {self.records:,} records, among which {self.of_one:,.0f} pairs are expected to be of one "
            f"person and {self.of_relatives:,.0f} of relatives. A score begins at {self.before:.1f} bits, the odds "
            "that any two records are of one person; each bit doubles them."
        )


LEVELS_HEAD: Final = ("attribute", "two records have", "share among one person's", "worth in bits")
THRESHOLDS_HEAD: Final = ("probability", "pairs at or above", "expected precision", "expected recall")


def model_page(facts: ModelFacts) -> str:
    """The model as a self-contained HTML document: no script, no font, no network; dark where the screen is."""
    return render(
        "model.html", facts=facts, levels_head=LEVELS_HEAD, thresholds_head=THRESHOLDS_HEAD, bits_bar=bits_bar
    )


def bits_bar(bits: float | None) -> str:
    """A bar to the right for what speaks for one person, to the left for what speaks against, as SVG text.

    Args:
        bits: Its length; of null there is the axis alone.
    """
    width, height = 240, 14
    middle = width // 2
    length = round(min(abs(bits or 0.0), _WIDEST) / _WIDEST * middle)
    left, side = (middle, "for") if (bits or 0) >= 0 else (middle - length, "against")
    bar = f'<rect class="{side}" x="{left}" y="2" width="{length}" height="{height - 4}"/>' if length else ""
    return (
        f'<svg width="{width}" height="{height}" aria-hidden="true">{bar}'
        f'<line class="axis" x1="{middle}" x2="{middle}" y1="0" y2="{height}"/></svg>'
    )
