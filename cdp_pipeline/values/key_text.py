"""Texts that become keys, such as ids and the names of systems and companies: as sent -> as they are compared.

Two spellings that look alike on a screen are one key: invisible characters, full-width digits, the guards by which
spreadsheets keep a number a text, and the `.0` of a number column leave no trace. Letters keep their case, digits
their leading zeros. Which columns are keys stands in `entities/`.
"""

import re
from typing import Final
from unicodedata import category, normalize

import polars as pl

# Zero-width and directional marks, soft hyphens, byte order marks, word joiners: all of Unicode's format characters.
_INVISIBLE: Final = r"\p{Cf}+"
_FULL_WIDTH: Final = [chr(code) for code in range(0xFF01, 0xFF5F)]
_ASCII: Final = [chr(ord(letter) - 0xFEE0) for letter in _FULL_WIDTH]
_ODD: Final = r"""[^\x20-\x7E]|^[\s='"]|[\s"]$|\.0+$"""
_QUOTES: Final = "\"'\u201c\u201d\u2018\u2019"
_GUARDED: Final = (
    (r'^="(.*)"$', "$1"),
    (r'^"(.*)"$', "$1"),
    (r"^'([^']+)$", "$1"),
    (r"^([0-9]+)\.0+$", "$1"),
)


def has_odd_keys(cells: pl.Expr) -> pl.Expr:
    """Whether some text of a column may change when it is cleaned: one cheap look, as hardly any does."""
    return cells.str.contains(_ODD).any()


def clean_keys(cells: pl.Expr) -> pl.Expr:
    """Each text in the form in which keys are compared, null where nothing is left; null stays null.

    Composed (NFC), without invisible characters, trimmed, full-width ASCII as ASCII, without Excel's `="..."`, leading
    apostrophe or outer quotes, and without the `.0` behind a whole number.
    """
    text = cells.str.normalize("NFC").str.replace_all(_INVISIBLE, "").str.replace_many(_FULL_WIDTH, _ASCII)
    text = text.str.replace_all(r"\s", " ").str.strip_chars()
    for guard, inner in _GUARDED:
        text = text.str.replace(guard, inner).str.strip_chars()
    return pl.when(text != "").then(text)


def clean_header(name: str) -> str:
    """The name of a column or key without invisible characters, outer spaces and outer quotes, composed."""
    visible = "".join(letter for letter in normalize("NFC", name) if category(letter) != "Cf")
    return re.sub(r"\s+", " ", visible).strip().strip(_QUOTES).strip()
