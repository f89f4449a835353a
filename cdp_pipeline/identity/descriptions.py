"""nodes -> descriptions: the attributes by which each node describes its person, without contacts.

Comparing descriptions belongs elsewhere: contradictions to `agreement.py` and `vetoes.py`, scores to `matching/`.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

NUMBERS: Final = ("identity_no", "passport_no")
"""The kinds of identifiers that are also part of the description."""

_DESCRIBING: Final = ("name_match", "birth_date", "birth_year", "nick_match", "gender")


def number_descriptions(nodes: pl.DataFrame, columns: Sequence[str], height: int) -> tuple[pl.DataFrame, pl.Series]:
    """Number the distinct descriptions of nodes from 0, in no order.

    Two nulls are equal.

    Args:
        nodes: `node`, each once, and the columns.
        columns: The columns that make a description.
        height: How many nodes there are in all.

    Returns:
        The descriptions (`description` and the columns), and a series of length `height`: its position is the node, its
        value the number of the node's description, 0 for a node that is not in `nodes`.
    """
    each = nodes.group_by(columns).agg("node").with_row_index("description")
    by_node = each.select("description", "node").explode("node", empty_as_null=False)
    number = pl.zeros(height, pl.UInt32, eager=True).scatter(by_node["node"], by_node["description"])
    return each.drop("node"), number


def describe_nodes(nodes: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """The columns of `FEATURES` and the customer reference, one row per node in the order of `nodes`.

    Columns: node, name_match, birth_date, birth_year, nick_match, gender, identity_no, passport_no (usable numbers; of
    several the smallest), namespace (`company|system`, null if the node has no customer id) and customer_id. Contacts
    have at most a name, deleted records only their customer reference.

    Args:
        nodes: node, is_live, company, system, customer_id and the columns of descriptions.
        identifiers: node, kind, value, status.
    """
    namespace = pl.concat_str(["company", "system"], separator="|")
    described = nodes.select("node", pl.when("is_live").then(pl.col(_DESCRIBING)))
    for kind in NUMBERS:
        usable = identifiers.filter((pl.col("kind") == kind) & (pl.col("status") == "usable"))
        number = usable.group_by("node").agg(pl.col("value").min().alias(kind))
        described = described.join(number, on="node", how="left", maintain_order="left")
    return described.hstack(
        nodes.select(pl.when(pl.col("customer_id").is_not_null()).then(namespace).alias("namespace"), "customer_id")
    )
