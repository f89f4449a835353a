"""Values of published rows as people read them on the terminal, personal ones masked unless asked otherwise."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cdp_pipeline.pipeline.published import PUBLISHED_TABLES
from cdp_pipeline.serving.read import Row
from cdp_pipeline.values.mask import mask_email, mask_phone, mask_text

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
    return ", ".join(_mask(name, text, row)(text) or "" for text in texts)


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


def _mask(name: str, text: str, row: Row) -> Callable[[str | None], str | None]:
    kind = row.get("kind") or row.get("attribute") or ""
    if "email" in name or "email" in kind or ("@" in text and not text.startswith("{")):
        return mask_email
    if "phone" in name or "phone" in kind:
        return mask_phone
    return mask_text
