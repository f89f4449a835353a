"""Entries as sent -> the same entries with their form alone, for the published table of rejected rows.

An entry is text of any format and may be broken, so it is masked as text: words keep their first letter and digits
become #, as in the messages beside it. What makes a row recognisable stays: the names of documented fields, brackets,
separators, and how many words and digits there are.
"""

import re
from typing import Final, Literal

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.kinds import CUSTOM_FIELD_CONTAINERS
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest import ENVELOPE_KEYS, PAGE_KEYS
from cdp_pipeline.validation import REJECTED_RECORDS, RejectedRecords

Shown = Literal["masked", "raw"]
"""How an entry is shown: its form, or as it was sent."""

_FIELDS: Final = sorted(
    {name for entity in ENTITIES for column in entity.columns for name in (*column.source.split("."), *column.aliases)}
    | {*CUSTOM_FIELD_CONTAINERS, *ENVELOPE_KEYS, *PAGE_KEYS}
)
_KEPT: Final = rf'("(?:{"|".join(map(re.escape, _FIELDS))}|customField[0-9]{{2}})"\s*:|\b(?:true|false|null)\b)'
"""A documented field in front of its value, or a constant of JSON."""


_OPEN: Final = "\ue000"
_CLOSE: Final = "\ue001"
_SPAN: Final = rf"{_OPEN}[^{_CLOSE}]*{_CLOSE}(?:\*\*\*)?"
"""What is kept, between two characters for private use."""


def shown_entries(rows: LazyFrame[RejectedRecords], shown: Shown) -> LazyFrame[RejectedRecords]:
    """The rejected rows with their entries as they are to be shown."""
    return REJECTED_RECORDS.named(rows.with_columns(masked_entries(pl.col("raw")))) if shown == "masked" else rows


def masked_entries(raw: pl.Expr) -> pl.Expr:
    """The form of each entry without its content; None stays None.

    The values of fields without personal data are masked too: where columns have shifted, any may hold a name or a
    phone. A field that is not documented is masked like a value, as its name may be one.
    """
    # JSON writes letters as \\u00e0 as well, of which a mask of letters and digits would leave some.
    plain = raw.str.replace_all(rf"\\u[0-9a-fA-F]{{4}}|[{_OPEN}{_CLOSE}]", "x").str.replace_all(r"\\[bfnrt]", " ")
    found = plain.str.replace_all(_KEPT, f"{_OPEN}${{1}}{_CLOSE}")
    # A regular expression adds to all that it finds the same, so what is kept gets the signs of a mask behind it.
    words = found.str.replace_all(rf"({_SPAN})|(\p{{L}}\p{{M}}*)[\p{{L}}\p{{M}}]+", "${1}${2}***")
    return words.str.replace_all(rf"({_SPAN})|\d", "${1}#").str.replace_all(
        rf"{_OPEN}([^{_CLOSE}]*){_CLOSE}(?:\*\*\*)?#", "${1}"
    )
