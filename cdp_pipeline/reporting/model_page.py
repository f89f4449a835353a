"""What agreement of two records is worth -> one HTML file with bars, that needs nothing beside it.

It is given numbers and names of levels; `pipeline/training.py` gathers them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final

BY_FREQUENCY: Final = "by its frequency"
"""The weight of a level at which a rare value is stronger evidence than a frequent one."""

_WIDEST: Final = 20.0
"""Bits that fill half a bar; more are cut off, as they decide alone."""

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2330; --soft: #687083; --line: #dde1ea; --for: #4f6bd8; --against: #c25b4e }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ee; --soft: #9aa3b5; --line: #343b4a; --for: #8ea2f5;
  --against: #e08a7f } body { background: #151a23 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin: 2rem 0 .4rem; font-size: 1.15rem } p { max-width: 46rem }
table { border-collapse: collapse } th, td { padding: .15rem .8rem; border-bottom: 1px solid var(--line);
  text-align: right; font-variant-numeric: tabular-nums } th { color: var(--soft); font-weight: 500 }
.text { text-align: left } .for { fill: var(--for) } .against { fill: var(--against) } .axis { stroke: var(--line) }
"""


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
    levels = "".join(
        f'<tr><td class="text">{escape(line.attribute)}</td><td class="text">{escape(line.words)}</td>'
        f"<td>{line.share:.2%}</td><td>{line.worth}</td><td>{bits_bar(line.bits)}</td></tr>"
        for line in facts.levels
    )
    thresholds = "".join(f"<tr>{_cells(line.cells)}</tr>" for line in facts.thresholds)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Records that are alike</title>'
        f"<style>{_STYLE}</style></head><body><h1>Records that are alike</h1><p>{escape(facts.sentence)}</p>"
        f"<h2>What agreement is worth</h2><table><thead><tr>{_heads(LEVELS_HEAD, 2)}<th></th></tr></thead>"
        f"<tbody>{levels}</tbody></table><h2>What is expected by probability</h2>"
        "<p>If the model is right, and among the pairs that are compared: records that share nothing are no candidates."
        f"</p><table><thead><tr>{_heads(THRESHOLDS_HEAD, 0)}</tr></thead><tbody>{thresholds}</tbody></table>"
        "</body></html>\n"
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


def _heads(head: Iterable[str], texts: int) -> str:
    return "".join(f'<th class="{"text" if n < texts else ""}">{escape(cell)}</th>' for n, cell in enumerate(head))


def _cells(cells: Iterable[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)
