"""A declared table -> the query of its masked view, for analysts who need no personal value.

The masks are those of `values/mask.py` in SQL that both databases understand alike. What cannot be masked cell by cell
is left out: free text, lists, JSON, coordinates and personal numbers. Of a personal date the year is left.
"""

from typing import Final

import polars as pl

from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.serving.views import POSITION, YEAR, View
from cdp_pipeline.values.mask import HIDDEN, SHORTEST_SHOWN, SHOWN_DIGITS

FILE: Final = "source_file"
"""The column with the path of a delivered file, whose name may hold phones and e-mail addresses."""

_SPACES: Final = "\t\n\r\u00a0\u3000"
"""White space that separates words, beside the blank; with any other, two words are masked as one."""


def masked_view(table: Table) -> View:
    """The view `<table>_masked`: the columns without personal data, and of the others what may be shown."""
    shown = filter(None, (_shown(column, table) for column in table.columns))
    return View(f"{table.name}_masked", f"SELECT {', '.join(shown)} FROM {table.name}")


def _shown(column: TableColumn, table: Table) -> str | None:
    name = f'"{column.name}"'
    if column.name == FILE:
        return f"{_file(f'{table.name}.{name}')} AS {name}"
    if not column.personal:
        return name
    match column.dtype:
        case pl.String() if not column.free_text and not column.json:
            return f"{_masked(column.name, table)} AS {name}"
        case pl.Date() | pl.Datetime():
            return f"CAST({YEAR}({name}) AS INTEGER) AS {name}"
        case pl.Int64() if column.name.endswith("_year"):
            return name
    return None


def _masked(name: str, table: Table) -> str:
    """The mask of a text as `mask_value` chooses it: by the name of its column, else by its row's kind and its form."""
    # With its table, as the queries below have columns of their own.
    value = f'{table.name}."{name}"'
    if "email" in name:
        return _email(value)
    kinds = [kind for kind in ("kind", "attribute") if kind in table.schema]

    def is_kind(kind: str) -> list[str]:
        return [f"{POSITION}({table.name}.{column}, '{kind}') > 0" for column in kinds]

    other = _phone(value) if "phone" in name else _text(value)
    cases = [f"WHEN {condition} THEN {_phone(value)} " for condition in is_kind("phone") if "phone" not in name]
    has_at = f"{POSITION}({value}, '@') > 0 AND substr({value}, 1, 1) <> '{{'"
    return f"CASE WHEN {' OR '.join([*is_kind('email'), has_at])} THEN {_email(value)} {''.join(cases)}ELSE {other} END"


def _text(value: str) -> str:
    """The first letter of each word."""
    plain = value
    for space in _SPACES:
        plain = f"replace({plain}, '{space}', ' ')"
    return (
        "(WITH RECURSIVE words(rest, shown) AS ("
        f"SELECT CASE trim({plain}) WHEN '' THEN '' ELSE trim({plain}) || ' ' END, CAST('' AS TEXT) "
        f"UNION ALL SELECT ltrim(substr(rest, {POSITION}(rest, ' ') + 1)), shown || substr(rest, 1, 1) || '{HIDDEN} ' "
        "FROM words WHERE rest <> '') SELECT rtrim(shown) FROM words WHERE rest = '')"
    )


def _phone(value: str) -> str:
    """The country and the last digits; nothing of a number of few digits."""
    digit = f"substr({value}, place, 1)"
    country = f"CASE WHEN substr(ltrim({value}), 1, 1) = '+' THEN '+' || substr(digits, 1, 2) ELSE '' END"
    return (
        "(WITH RECURSIVE signs(place, digits) AS (SELECT 1, CAST('' AS TEXT) "
        "UNION ALL SELECT place + 1, "
        f"digits || CASE WHEN {POSITION}('0123456789', {digit}) > 0 THEN {digit} ELSE '' END "
        f"FROM signs WHERE place <= length({value})) "
        f"SELECT CASE WHEN length(digits) < {SHORTEST_SHOWN} THEN '{HIDDEN}' "
        f"ELSE {country} || '{HIDDEN}' || substr(digits, length(digits) - {SHOWN_DIGITS - 1}) END "
        f"FROM signs WHERE place = length({value}) + 1)"
    )


def _file(value: str) -> str:
    """The folder whole; of a file's name the digits of seven or more as #, and of an address the first letter.

    On the screens, dates in names stay and phones keep their last digits; no function of both databases finds these.
    """
    digits = "name"
    for digit in "0123456789":
        digits = f"replace({digits}, '{digit}', '#')"
    local = "rtrim(name, replace(name, '@', ''))"
    return (
        f"(WITH parts(folder) AS (SELECT rtrim({value}, replace({value}, '/', ''))), "
        f"file(folder, name) AS (SELECT folder, substr({value}, length(folder) + 1) FROM parts), "
        f"shown(folder, name) AS (SELECT folder, CASE WHEN {POSITION}(name, '@') = 0 THEN name "
        f"ELSE substr(name, 1, 1) || '{HIDDEN}@' || substr(name, length({local}) + 1) END FROM file) "
        f"SELECT folder || CASE WHEN length(replace({digits}, '#', '')) > length(name) - {SHORTEST_SHOWN} THEN name "
        f"ELSE {digits} END FROM shown)"
    )


def _email(value: str) -> str:
    """The first letter and the domain; a text without @ as any text."""
    address = f"trim({value})"
    local = f"rtrim({address}, replace({address}, '@', ''))"
    return (
        f"CASE WHEN {POSITION}({value}, '@') = 0 THEN {_text(value)} ELSE "
        f"CASE WHEN length({local}) > 1 THEN substr({address}, 1, 1) ELSE '' END "
        f"|| '{HIDDEN}@' || substr({address}, length({local}) + 1) END"
    )
