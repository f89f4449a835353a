"""JSON texts built by expressions, without parsing or building a value per row.

Columns -> one column of JSON objects. Parsing is done in `ingest/exact.py` and in the readers.
"""

from collections.abc import Mapping
from operator import itemgetter

import orjson
import polars as pl

_UNLIKE_DUCKDB = (
    # DuckDB accepts a comma behind the last element,
    r",\s*[}\]]",
    # NaN and infinity, and rewrites numbers: with 17 digits, without closing zeros, small ones with an
    # exponent, and -0 as 0.
    r"[:\[,]\s*(?:-?(?:[nN][aA][nN]|[iI][nN][fF]|\d+\.\d+0\s*[,}\]]|0\.0000|\d[\d.]*[eE]|[\d.]{17,})|-0\s*[,}\]])",
    # No database text can hold this character.
    r"\\u0000",
)


def is_suspect(json: pl.Series) -> pl.Series:
    """Whether DuckDB may read a JSON text differently from what was sent; some harmless texts are suspect too."""
    suspect = pl.repeat(value=False, n=json.len(), eager=True)
    for pattern in _UNLIKE_DUCKDB:
        # One pattern for all takes twice as long as one after the other.
        suspect = suspect | json.str.contains(pattern)
    return suspect


def object_of(members: Mapping[str, pl.Expr]) -> pl.Expr:
    """A JSON object of the members that are not null, sorted by key; null if all are null.

    The order makes objects of equal members equal texts.

    Args:
        members: JSON text by key.
    """
    if not members:
        return pl.lit(None, pl.String)
    named = [
        pl.concat_str(pl.lit(orjson.dumps(key).decode() + ":"), value)
        for key, value in sorted(members.items(), key=itemgetter(0))
    ]
    inner = pl.concat_str(named, separator=",", ignore_nulls=True)
    return pl.when(inner != "").then(pl.concat_str(pl.lit("{"), inner, pl.lit("}")))


def json_of(value: pl.Expr) -> pl.Expr:
    """The JSON of a value of any type, a text as JSON string; null stays null."""
    # An object of one member without `{"t":` and `}`.
    encoded = pl.struct(value.alias("t")).struct.json_encode()
    return pl.when(value.is_not_null()).then(encoded.str.slice(5).str.head(-1))
