"""identifiers -> usable or blocked: values that many people give because they have nothing else to give.

The packaged list is `blocked_values.toml`; it says why for each pattern.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import polars as pl


@dataclass(frozen=True)
class BlockedValues:
    """The blocked values and regular expressions of one kind of identifier."""

    values: tuple[str, ...]
    patterns: tuple[str, ...]


def read_blocked_values() -> dict[str, BlockedValues]:
    """The packaged list by kind of identifier."""
    text = resources.files("cdp_pipeline.identity").joinpath("blocked_values.toml").read_text(encoding="utf-8")
    return {
        kind: BlockedValues(tuple(lists["values"]), tuple(lists["patterns"]))
        for kind, lists in tomllib.loads(text).items()
    }


def is_blocked(kind: str, value: str, blocked: Mapping[str, BlockedValues]) -> pl.Expr:
    """Whether the value in column `value` is on the list of the kind in column `kind`.

    A customer id is compared without its namespace and in lower case.
    """
    result = pl.lit(value=False)
    for name, lists in blocked.items():
        compared = (
            pl.col(value).str.split("|").list.last().str.to_lowercase() if name == "customer_id" else pl.col(value)
        )
        hit = compared.is_in(list(lists.values))
        if lists.patterns:
            hit = hit | compared.str.contains("|".join(f"(?:{p})" for p in lists.patterns))
        result = pl.when(pl.col(kind) == name).then(hit).otherwise(result)
    return result
