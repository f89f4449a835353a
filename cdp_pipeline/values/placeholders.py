"""Placeholders: values that people and systems enter when they have no real value.

`placeholders.toml` has the packaged list with a reason for each pattern; the `[blocked]` section of a user's identity
rules adds to it. Reading, identity and the golden record use the same list.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import polars as pl

# The company and the system in front of a customer id.
_NAMESPACE = r"^[^|]*\|[^|]*\|"


@dataclass(frozen=True)
class PlaceholderList:
    """The values and regular expressions of one kind, both compared without regard to case."""

    values: tuple[str, ...]
    patterns: tuple[str, ...]


@lru_cache(maxsize=1)
def read_placeholders() -> dict[str, PlaceholderList]:
    """The packaged list by kind of identifier."""
    text = resources.files("cdp_pipeline.values").joinpath("placeholders.toml").read_text(encoding="utf-8")
    return {
        kind: PlaceholderList(tuple(lists["values"]), tuple(lists["patterns"]))
        for kind, lists in tomllib.loads(text)["blocked"].items()
    }


def is_listed(kind: str, value: str, blocked: Mapping[str, PlaceholderList]) -> pl.Expr:
    """Whether the value in column `value` is on the list of the kind in column `kind`; false for a null value.

    A customer id is compared without its namespace.
    """
    result = pl.lit(value=False)
    for name, lists in blocked.items():
        of_kind = pl.col(kind) == name
        # Other kinds as nulls, over which the expressions pass without cost.
        compared = pl.when(of_kind).then(pl.col(value)).str.to_lowercase()
        if name == "customer_id":
            compared = compared.str.replace(_NAMESPACE, "")
        hit = _matches(compared, lists)
        result = pl.when(of_kind).then(hit.fill_null(value=False)).otherwise(result)
    return result


def is_placeholder(value: pl.Expr, lists: PlaceholderList) -> pl.Expr:
    """Whether a value is on the list of its kind; null for null."""
    return _matches(value.str.to_lowercase(), lists)


def _matches(lowered: pl.Expr, lists: PlaceholderList) -> pl.Expr:
    hit = lowered.is_in([listed.lower() for listed in lists.values])
    return hit | lowered.str.contains(either(lists.patterns)) if lists.patterns else hit


def either(patterns: tuple[str, ...]) -> str:
    """One regular expression that matches what any of several matches, without regard to case."""
    return "|".join(f"(?i:{pattern})" for pattern in patterns)
