"""Values for people: masked cells, rounded bits of a score, and CSV cells that no spreadsheet executes.

A cell that begins like a formula gets an apostrophe in front, and the row's column `guarded` names the columns in
which that was done. Without that column our apostrophe could not be distinguished from one in the source.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cdp_pipeline.pipeline import PUBLISHED_TABLES
from cdp_pipeline.serving import Row
from cdp_pipeline.values.display_text import visible
from cdp_pipeline.values.mask import mask_value

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


ADDRESS = ("apartment_code", "building_block", "building", "address", "ward", "district", "city", "state", "country")
"""The columns of an address in the order in which it is read, everywhere."""

MASKED = "Masked (***); --unmask shows everything."
"""The note about a person whose data is masked."""

_PERSONAL = {(table.name, column.name) for table in PUBLISHED_TABLES for column in table.columns if column.personal}


def cell(table: str, name: str, row: Row, unmask: bool) -> str:
    """One value as text; empty for None. To be printed as text.

    What its table declares as personal is masked, each part of a list by itself.
    """
    value = row[name]
    if value is None:
        return ""
    if unmask or (table, name) not in _PERSONAL:
        return as_text(value)
    parts = value if isinstance(value, list) else [value]
    texts = (as_text(part) for part in parts)
    kind = row.get("kind") or row.get("attribute") or ""
    return ", ".join(mask_value(text, name, kind) for text in texts)


def address_text(row: Row, cells: Callable[[str], str]) -> str:
    """An address in one line, from the house number to the country; an unknown part is left out.

    Args:
        row: A row with the columns of an address.
        cells: Gives the text of a column.
    """
    return ", ".join(filter(None, (cells(name) for name in ADDRESS if row.get(name))))


def as_text(value: Any) -> str:
    """Timestamps to the minute (UTC), flags as yes and no, lists with commas, amounts with separators."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    return str(value)


def day_of(value: Any) -> str:
    """The date of a timestamp or date; a question mark for None."""
    return f"{value:%Y-%m-%d}" if value else "?"


GUARDED = "guarded"
"""The column that holds the names of the guarded columns as a JSON list; empty for none."""

_GUARD = "'"
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded_row(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells with those that begin like a formula guarded, and the column `guarded`."""
    guarded = [name for name, text in cells.items() if text.startswith(_FORMULA_SIGNS)]
    shown = {name: _GUARD + text if name in guarded else text for name, text in cells.items()}
    return shown | {GUARDED: json.dumps(guarded) if guarded else ""}


def row_as_sent(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells of a guarded row as they were, without the column `guarded`; also of a row that never was guarded.

    A guard that a spreadsheet has removed is not missed.
    """
    guarded = json.loads(cells.get(GUARDED) or "[]")
    sent = {name: text for name, text in cells.items() if name != GUARDED}
    return sent | {name: sent[name].removeprefix(_GUARD) for name in guarded if name in sent}
