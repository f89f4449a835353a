"""nodes -> descriptions: how each node describes its person, beyond the contacts it gives.

What follows from a description stands elsewhere: whether two can be one person in `agreement.py` and `vetoes.py`, which
ones are one person by all they say in `matching/`.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

NUMBERS: Final = ("identity_no", "passport_no")
"""The kinds of identifiers that describe a person beside being held by one."""

_DESCRIBING: Final = ("name_match", "birth_date", "birth_year", "nick_match", "gender")


def number_descriptions(nodes: pl.DataFrame, columns: Sequence[str], height: int) -> tuple[pl.DataFrame, pl.Series]:
    """The different descriptions of nodes, numbered from 0 in no order, and the number of each node's.

    Null is a value like others.

    Args:
        nodes: `node`, each once, and the columns.
        columns: What a description is.
        height: How many nodes there are in all.

    Returns:
        The descriptions: `description` and the columns. And a series of length `height`: position is the node, value
        its description's number, 0 for a node that is not among `nodes`.
    """
    each = nodes.group_by(columns).agg("node").with_row_index("description")
    by_node = each.select("description", "node").explode("node", empty_as_null=False)
    number = pl.zeros(height, pl.UInt32, eager=True).scatter(by_node["node"], by_node["description"])
    return each.drop("node"), number


def describe_nodes(nodes: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """One row per node in the order of `nodes`, with what can contradict another description, and the customer named.

    Columns: node, name_match, birth_date, birth_year, nick_match, gender, identity_no, passport_no (the usable ones; of
    several the smallest), namespace (`company|system`, None where the node names no customer) and customer_id. Contacts
    have a name at most, deleted records nothing but their customer.

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
