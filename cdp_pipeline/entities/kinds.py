"""Kinds of column: the meaning of a value, independent of the entity.

A kind determines how a cell is cast from text, whether it is personal data, and which normalised columns staging adds.
Rules of one column or one entity are declared in the entity's module; `values/` has the normalisers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import polars as pl

TextList = Annotated[pl.List, pl.String()]
"""The annotation of a list-of-text column in a model."""

TIMESTAMP = pl.Datetime("ms", "UTC")
"""Every timestamp in the lake: UTC, milliseconds."""

Timestamp = Annotated[pl.Datetime, "ms", "UTC"]
"""The annotation of a timestamp column in a table's model."""


@dataclass(frozen=True)
class Normalized:
    """A column that staging adds beside a source column, named `<column>_<suffix>`."""

    suffix: str
    dtype: pl.DataType
    description: str


@dataclass(frozen=True)
class Kind:
    """The meaning of a column.

    Attributes:
        name: The kind's name in metadata.
        expects: What a cell must hold, as wording of a rejection message.
        dtype: The type after casting, on which the entity's rules are checked.
        personal: Whether such a value is personal data.
        staged_dtype: The type from staging on; None if it equals `dtype`.
        adds: The normalised columns that staging adds.
    """

    name: str
    expects: str
    dtype: pl.DataType
    personal: bool = False
    staged_dtype: pl.DataType | None = None
    adds: tuple[Normalized, ...] = ()


_E164 = Normalized("e164", pl.String(), "in E.164 form; null when unusable")
_OTHER_PHONES = Normalized(
    "others_e164",
    pl.List(pl.String()),
    "further usable numbers of the cell in E.164 form; null when there is one at most",
)
_ADDRESS = Normalized("normalized", pl.String(), "trimmed and in lower case; null when unusable")
_OTHER_ADDRESSES = Normalized(
    "others_normalized",
    pl.List(pl.String()),
    "further usable addresses of the cell, trimmed and in lower case; null when there is one at most",
)
_NUMBER = Normalized("normalized", pl.String(), "letters and digits only, upper case; null when masked")

TEXT = Kind("text", "text", pl.String())
PERSONAL_TEXT = Kind("personal_text", "text", pl.String(), personal=True)
IDENTIFIER = Kind("identifier", "an identifier as text", pl.String())
PERSON_IDENTIFIER = Kind("person_identifier", "an identifier as text", pl.String(), personal=True)
IDENTITY_NUMBER = Kind("identity_number", "a document number", pl.String(), personal=True, adds=(_NUMBER,))
PHONE = Kind("phone", "a phone number", pl.String(), personal=True, adds=(_E164, _OTHER_PHONES))
EMAIL = Kind("email", "an e-mail address", pl.String(), personal=True, adds=(_ADDRESS, _OTHER_ADDRESSES))
PERSON_NAME = Kind("person_name", "a person's name", pl.String(), personal=True)
ADDRESS_PART = Kind("address_part", "text", pl.String(), personal=True)
CHOICE = Kind("choice", "one of a list of values", pl.String())
LINK = Kind("link", "a link", pl.String())
EVENT_TIMESTAMP = Kind("event_timestamp", "a timestamp in epoch milliseconds", pl.Int64(), staged_dtype=TIMESTAMP)
BIRTH_TIMESTAMP = Kind(
    "birth_timestamp", "a timestamp in epoch milliseconds", pl.Int64(), personal=True, staged_dtype=TIMESTAMP
)
BIRTH_DATE = Kind("birth_date", "a date as yyyy-MM-dd", pl.Date(), personal=True)
BIRTH_YEAR = Kind("birth_year", "a year of four digits", pl.Int64(), personal=True)
PERIOD_TIMESTAMP = Kind("period_timestamp", "a timestamp in epoch milliseconds", pl.Int64(), staged_dtype=TIMESTAMP)
HOUR_OFFSET = Kind("hour_offset", "whole hours from GMT, -12 to 14", pl.Int64())
WHOLE_NUMBER = Kind("whole_number", "a whole number", pl.Int64())
NUMBER = Kind("number", "a number", pl.Float64())
FLAG = Kind("flag", "true or false", pl.Boolean())
TEXT_LIST = Kind("text_list", "a list of texts", pl.List(pl.String()))
PERSON_NAME_LIST = Kind("person_name_list", "a list of names", pl.List(pl.String()), personal=True)
STRUCTURE = Kind("structure", "a JSON object or list", pl.String(), personal=True)

IDENTIFIERS = (IDENTIFIER, PERSON_IDENTIFIER)
"""The kinds of columns that identify records."""

CUSTOM_FIELD_CONTAINERS: Mapping[str, str] = {
    # Only the first name is documented; the others are guesses, and a wrong guess has no effect.
    "customFieldTexts": "text",
    "customFieldNumbers": "number",
    "customFieldDates": "moment",
    "customFieldBooleans": "flag",
    "customFieldLists": "list",
}
"""The containers of custom fields, with the kind of their values."""
