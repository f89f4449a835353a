"""Texts that become keys (ids, system and company names, headers): as sent -> the form in which they are compared.

Invisible characters and the text guards of spreadsheets are removed; letters, case and leading zeros stay. The row as
sent is in the raw file, and in `rejected` if it was rejected.
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import combining, normalize

import polars as pl

# Soft hyphen, directional marks, zero-width characters, word joiner, byte order mark.
_INVISIBLE: Final = "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
_SPACES: Final = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
_QUOTES: Final = "\"'\u201c\u201d\u2018\u2019"
_HYPHENS: Final = "[\u2010\u2011]"
# Full-width digits and letters: compatibility forms of other characters may be part of an id.
_FULL_WIDTH: Final = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F) if chr(code).isalnum()}

# Excel's text guards and quotes around the whole; the first group is the text.
_GUARDS: Final = ('^="([^"]*)"$', '^"([^"]*)"$', "^'(.*?)'?$")
_DECIMAL: Final = r"^(-?[0-9]+)\.0+$"

_UNCLEAN: Final = r"""[^\x20-\x7E]|^[\s'"=]|\s$|\.0+$"""
_SCIENTIFIC: Final = r"^[-+]?[0-9]+(?:[.,][0-9]+)?[eE]\+[0-9]+$"


def is_unclean(text: pl.Expr) -> pl.Expr:
    """Whether cleaning may change a text, as a cheap test before it; null for null."""
    return text.str.contains(_UNCLEAN)


def clean_key(text: pl.Expr) -> pl.Expr:
    """The form in which a key is compared; empty if nothing visible is left, null for null."""
    plain = text.str.normalize("NFC").str.replace_all(_INVISIBLE, "").str.replace_all(_SPACES, " ")
    plain = plain.str.replace_all(_HYPHENS, "-").str.replace_many(_FULL_WIDTH).str.strip_chars()
    for guard in _GUARDS:
        plain = plain.str.replace(guard, "${1}").str.strip_chars()
    return plain.str.replace(_DECIMAL, "${1}")


def clean_keys(rows: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The rows with the given text columns cleaned; columns without unclean texts cost one scan."""
    if not columns:
        return rows
    found = rows.select(is_unclean(pl.col(columns)).any()).row(0)
    unclean = [name for name, is_found in zip(columns, found, strict=True) if is_found]
    return rows.with_columns(clean_key(pl.col(unclean))) if unclean else rows


def clean_header(name: str) -> str:
    """The name of a column or key in NFC, without invisible characters, outer spaces and outer quotes."""
    visible = re.sub(_INVISIBLE, "", normalize("NFC", name))
    return re.sub(r"\s+", " ", visible).strip().strip(_QUOTES).strip()


@lru_cache(maxsize=50_000)
def without_marks(text: str) -> str:
    """The text in plain Latin letters, as many type Vietnamese; Đ becomes D, which no normal form does."""
    decomposed = normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return normalize("NFC", "".join(letter for letter in decomposed if not combining(letter)))


def lost_digits(text: pl.Expr) -> pl.Expr:
    """Whether an id has lost digits in a spreadsheet; null for null.

    A number of more than 15 digits from a numeric cell of a workbook also arrives in scientific notation.
    """
    return text.str.contains(_SCIENTIFIC)
