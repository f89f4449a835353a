"""identifiers -> usable or blocked: values that many people give because they have nothing else to give.

The packaged list stands in `identity_rules.toml`, which says why for each pattern; `rules.py` adds a user's own.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import polars as pl

# The company and the system in front of a customer id.
_NAMESPACE = r"^[^|]*\|[^|]*\|"


@dataclass(frozen=True)
class BlockedValues:
    """The blocked values and regular expressions of one kind of identifier, both compared whatever the case."""

    values: tuple[str, ...]
    patterns: tuple[str, ...]


def read_blocked_values() -> dict[str, BlockedValues]:
    """The packaged list by kind of identifier."""
    text = resources.files("cdp_pipeline.identity").joinpath("identity_rules.toml").read_text(encoding="utf-8")
    return {
        kind: BlockedValues(tuple(lists["values"]), tuple(lists["patterns"]))
        for kind, lists in tomllib.loads(text)["blocked"].items()
    }


def is_blocked(kind: str, value: str, blocked: Mapping[str, BlockedValues]) -> pl.Expr:
    """Whether the value in column `value` is on the list of the kind in column `kind`; a null value is not.

    A customer id is compared without its namespace.
    """
    result = pl.lit(value=False)
    for name, lists in blocked.items():
        of_kind = pl.col(kind) == name
        # Other kinds as nulls, over which the expressions pass without cost.
        compared = pl.when(of_kind).then(pl.col(value)).str.to_lowercase()
        if name == "customer_id":
            compared = compared.str.replace(_NAMESPACE, "")
        hit = compared.is_in([listed.lower() for listed in lists.values])
        if lists.patterns:
            hit = hit | compared.str.contains(either(lists.patterns))
        result = pl.when(of_kind).then(hit.fill_null(value=False)).otherwise(result)
    return result


def either(patterns: tuple[str, ...]) -> str:
    """One regular expression that matches what any of several does, in whatever case."""
    return "|".join(f"(?i:{pattern})" for pattern in patterns)
