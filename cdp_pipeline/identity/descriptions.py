"""nodes -> descriptions: how each node describes its person, beyond the contacts it gives.

What follows from a description stands elsewhere: whether two can be one person in `agreement.py` and `vetoes.py`, which
ones are one person by all they say in `matching/`.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.values.person_name import match_names
from cdp_pipeline.values.place import match_places

PLACES = ("address", "ward", "district", "city")
NUMBERS = ("identity_no", "passport_no")
"""The kinds of identifiers that describe a person beside being held by one."""

_TEXTS = ("nick_match", "gender", *(f"{place}_match" for place in PLACES), "zip_code")


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


def describe_nodes(
    current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], nodes: pl.DataFrame, identifiers: pl.DataFrame
) -> pl.DataFrame:
    """One row per node in the order of `nodes`, with everything that describes its person.

    Columns: node, scope, role, name_match, nick_match, birth_date, birth_year, gender (null when undefined),
    identity_no, passport_no (the usable ones; of several the smallest), address_match, ward_match, district_match,
    city_match, zip_code. Contacts have a name at most, deleted records nothing. All texts are folded; null where
    nothing is known.
    """
    told = [_details(current[entity.name], entity) for entity in entities if entity.role == "person"]
    details = _matched(pl.concat(told).collect())
    described = nodes.select("node", "record_key", "scope", "role", "name_match", "birth_date", "birth_year").join(
        details, on="record_key", how="left", maintain_order="left"
    )
    is_contact = pl.col("role") == "contact"
    # A contact carries the key of one of its records, which is none of these entities'.
    described = described.with_columns(pl.when(~is_contact).then(pl.col(_TEXTS)))
    alive = described.columns[described.columns.index("name_match") :]
    described = described.with_columns(pl.when(nodes["is_live"]).then(pl.col(alive)))
    for kind in NUMBERS:
        described = described.join(_number(identifiers, kind), on="node", how="left", maintain_order="left")
    return described.drop("record_key")


def _number(identifiers: pl.DataFrame, kind: str) -> pl.DataFrame:
    usable = identifiers.filter((pl.col("kind") == kind) & (pl.col("status") == "usable"))
    return usable.group_by("node").agg(pl.col("value").min().alias(kind))


def _details(rows: pl.LazyFrame, entity: Entity) -> pl.LazyFrame:
    person = entity.person
    named = {
        "nick_match": person.nick_names,
        "gender": person.gender,
        **{f"{place}_match": getattr(person, place) for place in PLACES},
        "zip_code": person.zip_code,
    }
    taken = rows.select(
        "record_key",
        *((pl.col(column) if column else pl.lit(None, pl.String)).alias(as_) for as_, column in named.items()),
    )
    return taken.with_columns(pl.col("nick_match").list.join(" ")) if person.nick_names else taken


def _matched(told: pl.DataFrame) -> pl.DataFrame:
    """What entities tell, in the form in which it is compared."""
    return told.with_columns(
        match_names(told["nick_match"]),
        pl.when(pl.col("gender").is_in(["male", "female"])).then("gender"),
        *(match_places(told[f"{place}_match"]) for place in PLACES),
        match_places(told["zip_code"]),
    )
