"""Infer how a file writes numbers and dates, column by column.

Text rows -> the same rows with canonical numbers (`1234.5`) and dates (`1990-06-05`). A cell that the other cells of
its column do not explain stays as sent, and validation rejects it.

1. `ambiguous` finds rows with a cell that several conventions read differently, such as `5.000` or `05/06/1990`.
2. `Evidence.add` collects what the unambiguous cells of each column prove, over all batches of a file.
3. `rewrite` gives canonical text. The reader holds ambiguous rows back until the whole file was read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity

_NUMERIC = (kinds.WHOLE_NUMBER, kinds.NUMBER)
_DATED = (kinds.BIRTH_DATE, kinds.BIRTH_TIMESTAMP, kinds.EVENT_TIMESTAMP, kinds.PERIOD_TIMESTAMP)
# Longer cells are neither a number nor a date, and are not searched.
_LONGEST = 40

_WRITTEN = r"^\s*[+-]?\d[\d.,' \u{a0}\u{202f}\u{2019}]*\s*$"
_UNDECIDED = r"^\s*[+-]?[1-9]\d{0,2}[.,]\d{3}\s*$"
_DATE = r"^\s*\d{1,2}([/.-])\d{1,2}([/.-])\d{4}([ T]+\d{1,2}:\d{2}(:\d{2})?)?\s*$"

_SPACES = re.compile("[ \u00a0\u202f'\u2019]")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*")
_SPACED = re.compile("[+-]?[1-9]\\d{0,2}([ \u00a0\u202f'\u2019])\\d{3}(?:\\1\\d{3})*(?:[.,]\\d+)?")
_BOTH = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+)")
_DECIMAL = re.compile(r"[+-]?\d+([.,])\d+")
_DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


@dataclass
class Evidence:
    """Conventions that the cells of a file prove; add every batch before reading them.

    Attributes:
        thousands: By column, the thousands separators found.
        decimals: By column, the decimal marks found.
        orders: By column, the orders of date parts found: `dmy`, `mdy`.
        declared: Columns that the source's mapping declares, so that their cells prove nothing: the decimal mark, empty
            for dates.
    """

    thousands: dict[str, set[str]] = field(default_factory=dict)
    decimals: dict[str, set[str]] = field(default_factory=dict)
    orders: dict[str, set[str]] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)

    def declare(self, columns: Mapping[str, str]) -> None:
        """Add the columns that a mapping declares."""
        self.declared.update(columns)
        for name, mark in columns.items():
            if mark:
                self.decimals[name] = {mark}
                self.thousands[name] = {"." if mark == "," else ","}

    def add(self, text: pl.DataFrame, entity: Entity) -> None:
        """Collect the evidence of one batch."""
        for name in self.undeclared(_numeric(text, entity)):
            for value in _distinct(text, name, _WRITTEN):
                thousands, decimal = _marks(value)
                self.thousands.setdefault(name, set()).update(thousands)
                self.decimals.setdefault(name, set()).update(decimal)
        for name in self.undeclared(_dated(text, entity)):
            for value in _distinct(text, name, _DATE):
                self.orders.setdefault(name, set()).update(_order(value))

    def undeclared(self, names: list[str]) -> list[str]:
        """The columns that no mapping declares."""
        return [name for name in names if name not in self.declared]

    def thousands_mark(self, column: str, mark: str) -> bool | None:
        """Whether the mark is a thousands separator in the column; None without or with contradicting evidence."""
        grouped = mark in self.thousands.get(column, ())
        decimal = mark in self.decimals.get(column, ())
        return None if grouped == decimal else grouped

    def order(self, column: str) -> str | None:
        """`dmy` or `mdy`; None without or with contradicting evidence."""
        orders = self.orders.get(column, set())
        return next(iter(orders)) if len(orders) == 1 else None


def is_canonical(text: pl.DataFrame, entity: Entity) -> bool:
    """Whether no cell of these rows can need a convention. A cheap test, which most files pass."""
    suspect = [pl.col(name).str.contains(r"\d\D+\d") for name in _numeric(text, entity)]
    suspect += [pl.col(name).str.contains(r"^\s*\d{1,2}[/.-]") for name in _dated(text, entity)]
    if not suspect:
        return True
    return not text.select(pl.any_horizontal(cell.any() for cell in suspect).fill_null(value=False)).item()


def ambiguous(text: pl.DataFrame, entity: Entity, evidence: Evidence) -> pl.Series:
    """Rows with a cell that only other cells of its column can explain; they are held until the end of the file."""
    masks = [
        _short(name) & pl.col(name).str.contains(_UNDECIDED) for name in evidence.undeclared(_numeric(text, entity))
    ]
    masks += [_short(name) & pl.col(name).str.contains(_DATE) for name in evidence.undeclared(_dated(text, entity))]
    if not masks:
        return pl.repeat(value=False, n=text.height, dtype=pl.Boolean, eager=True)
    return text.select(pl.any_horizontal(masks).fill_null(value=False).alias("ambiguous"))["ambiguous"]


def rewrite(text: pl.DataFrame, entity: Entity, evidence: Evidence) -> pl.DataFrame:
    """The rows with canonical numbers and dates; a cell without evidence stays as sent."""
    changes: list[pl.Expr] = []
    for name in _numeric(text, entity):
        changes += _replaced(name, {v: canonical_number(v, name, evidence) for v in _distinct(text, name, _WRITTEN)})
    for name in evidence.undeclared(_dated(text, entity)):
        order = evidence.order(name)
        changes += _replaced(name, {v: _date(v, order) for v in _distinct(text, name, _DATE)})
    return text.with_columns(changes) if changes else text


def _replaced(name: str, canonical: dict[str, str | None]) -> list[pl.Expr]:
    new = {value: text for value, text in canonical.items() if text is not None and text != value}
    return [pl.col(name).replace(new)] if new else []


def _numeric(text: pl.DataFrame, entity: Entity) -> list[str]:
    return [column.name for column in entity.columns if column.kind in _NUMERIC and column.name in text.columns]


def _dated(text: pl.DataFrame, entity: Entity) -> list[str]:
    return [column.name for column in entity.columns if column.kind in _DATED and column.name in text.columns]


def _short(name: str) -> pl.Expr:
    return pl.col(name).str.len_bytes() <= _LONGEST


def _distinct(text: pl.DataFrame, name: str, pattern: str) -> list[str]:
    found = _short(name) & pl.col(name).str.contains(pattern)
    # A plain integer proves nothing about marks.
    found &= pl.col(name).str.contains(r"\d\D+\d")
    return text.lazy().filter(found).select(pl.col(name).unique()).collect()[name].to_list()


def _marks(value: str) -> tuple[str, str]:
    """The thousands separator and the decimal mark that one cell proves; each empty if it proves none."""
    cell = value.strip()
    if _BOTH.fullmatch(cell):
        return ("." if cell.index(".") < max(cell.find(","), 0) else ",", cell[max(cell.rfind("."), cell.rfind(","))])
    if grouped := _GROUPED.fullmatch(cell):
        return (grouped[1], "") if cell.count(grouped[1]) > 1 else ("", "")
    if _SPACED.fullmatch(cell):
        cell = _SPACES.sub("", cell)
        decimal = _DECIMAL.fullmatch(cell)
        return "", decimal[1] if decimal else ""
    decimal = _DECIMAL.fullmatch(cell)
    # Spreadsheets append `.0` to integers, whatever the sender's decimal mark is.
    return "", decimal[1] if decimal and not cell.endswith(".0") else ""


def canonical_number(value: str, column: str, evidence: Evidence) -> str | None:
    """The number in canonical form; None if the cell is no number or nothing proves its convention."""
    cell = value.strip()
    if _BOTH.fullmatch(cell):
        point = max(cell.rfind("."), cell.rfind(","))
        if evidence.declared.get(column, cell[point]) != cell[point]:
            return None
        return re.sub("[.,]", "", cell[:point]) + "." + cell[point + 1 :]
    if grouped := _GROUPED.fullmatch(cell):
        mark = grouped[1]
        is_thousands = cell.count(mark) > 1 or evidence.thousands_mark(column, mark)
        if is_thousands is None:
            # If the other mark is the decimal mark, this one can only separate thousands.
            other = "," if mark == "." else "."
            both = evidence.thousands_mark(column, other) is False and not evidence.decimals.get(column, set()) & {mark}
            return cell.replace(mark, "") if both else None
        # Four decimals, as for JSON and Parquet numbers: validation cannot interpret exactly three.
        return cell.replace(mark, "") if is_thousands else cell.replace(mark, ".") + "0"
    if _SPACED.fullmatch(cell):
        return _SPACES.sub("", cell).replace(",", ".")
    return cell.replace(",", ".") if _DECIMAL.fullmatch(cell) else None


def _order(value: str) -> set[str]:
    parts = _DAY.fullmatch(value.strip())
    if not parts:
        return set()
    first, second = int(parts[1]), int(parts[3])
    return ({"dmy"} if 12 < first <= 31 and second <= 12 else set()) | (
        {"mdy"} if 12 < second <= 31 and first <= 12 else set()
    )


def _date(value: str, order: str | None) -> str | None:
    """The date in ISO form, local time without offset; None if it is no date in this order."""
    parts = _DAY.fullmatch(value.strip())
    if not parts or order is None:
        return None
    first, second = int(parts[1]), int(parts[3])
    day, month = (first, second) if order == "dmy" else (second, first)
    hour, minute, second_of_minute = (int(part or 0) for part in parts.group(5, 6, 7))
    try:
        read = datetime(int(parts[4]), month, day, hour, minute, second_of_minute)  # noqa: DTZ001 - local time, as the sender wrote it
    except ValueError:
        return None
    return read.isoformat() if parts[5] else read.date().isoformat()
