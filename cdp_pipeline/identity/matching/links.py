"""identifiers -> links: pairs of nodes that an identifier joins, and pairs of its holders that were not joined.

Strong identifiers join all their holders. A medium identifier joins two nodes only if their descriptions agree
(`holders.py`). Whether the resulting clusters are consistent is checked in `clustering/cuts.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.identity.matching.holders import Holders, group_holders
from cdp_pipeline.values.components import find_components

IDENTIFIER = ("scope", "kind", "value")
"""The columns of an identifier; its number, `identifier`, stands for the three."""

_COMPLETED = ("birth_date", "identity_no", "passport_no")


@dataclass(frozen=True)
class Links:
    """The links from identifiers.

    Attributes:
        links: node_a < node_b, scope, rule, kind, value, strength, weight: a star around the smallest node of each
            group of holders that are one person. The weight is 1 / the number of people who hold the identifier.
        vetoed: node_a < node_b, scope, kind, value, strength, reason: holders of one medium identifier that were not
            joined by it, one row for each two people.
        shared: identifier, scope, kind, value, people, limit: identifiers held by more people than the limit.
    """

    links: pl.DataFrame
    vetoed: pl.DataFrame
    shared: pl.DataFrame


def find_links(described: pl.DataFrame, identifiers: pl.DataFrame, limits: Mapping[str, int]) -> Links:
    """The links from usable strong and medium identifiers, in no order.

    1. Strong identifiers join all their holders, unless the holders have too many names.
    2. Nodes without a name, birth date or document are completed from their strong links.
    3. The holders of each medium identifier are grouped into people; the holders in one group are joined.
    4. Holders that were not joined are returned as vetoed pairs, with the reason.

    Args:
        described: node (0..n-1 in order), the columns of `FEATURES`, namespace and customer_id.
        identifiers: node, identifier (a number per scope, kind and value), scope, kind, value, strength, status; each
            node and identifier once.
        limits: By kind, how many different people may hold one identifier; above the limit it makes no links.
    """
    usable = (pl.col("status") == "usable") & (pl.col("strength") != "weak")
    held = (
        identifiers.select("node", "identifier", "strength", usable=usable)
        .with_row_index("row")
        .filter("usable")
        .filter(pl.len().over("identifier") > 1)
    )
    kinds = identifiers.select("identifier", limit="kind")
    strong_held = held.filter(pl.col("strength") == "strong").select("node", "identifier", "row")
    crowded = _over_limit(_people_by_name(strong_held, described, min(limits.values())), kinds, limits)
    strong_held = _without(strong_held, crowded)
    strong = _stars(strong_held, "identifier").with_columns(people=pl.lit(1, pl.Int64))
    medium_held = held.filter(pl.col("strength") == "medium").select("node", "identifier", "row")
    holders = group_holders(medium_held, _complete(described, strong))
    over = _over_limit(holders.people, kinds, limits)
    inside = _without(holders.members, over).join(holders.outside, on=["node", "identifier"], how="anti")
    medium = _stars(inside, "person").join(holders.people, on="identifier", how="left")
    vetoed = pl.concat([_separated(inside, holders), _left_out(medium_held, _without(holders.outside, over))])
    shared = pl.concat([crowded, over])
    return Links(
        links=_with_identifier(pl.concat([strong, medium]), identifiers).select(
            "node_a",
            "node_b",
            "scope",
            pl.concat_str(pl.lit("same_"), "kind", _agreeing_name()).alias("rule"),
            "kind",
            "value",
            "strength",
            (1 / pl.col("people")).alias("weight"),
        ),
        vetoed=_with_identifier(vetoed, identifiers).select("node_a", "node_b", *IDENTIFIER, "strength", "reason"),
        shared=shared.join(
            identifiers.filter(pl.col("identifier").is_in(shared["identifier"].implode()))
            .select("identifier", *IDENTIFIER)
            .unique("identifier"),
            on="identifier",
        ).select("identifier", *IDENTIFIER, "people", "limit"),
    )


def _with_identifier(found: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Pairs with their shared identifier, looked up by its `row`."""
    return found.drop("row").hstack(identifiers.select(*IDENTIFIER, "strength")[found["row"]])


def _agreeing_name() -> pl.Expr:
    return pl.when(pl.col("strength") == "medium").then(pl.lit("_and_agreeing_name")).otherwise(pl.lit(""))


def _people_by_name(held: pl.DataFrame, described: pl.DataFrame, least: int) -> pl.DataFrame:
    """How many names the holders of each identifier have; only identifiers with more than `least` holders."""
    often = held.filter(pl.len().over("identifier") > least)
    named = often.select("identifier", described["name_match"].gather(often["node"]).alias("name")).drop_nulls()
    return named.group_by("identifier").agg(pl.col("name").n_unique().cast(pl.Int64).alias("people"))


def _over_limit(people: pl.DataFrame, kinds: pl.DataFrame, limits: Mapping[str, int]) -> pl.DataFrame:
    """The identifiers held by more people than the limit: identifier, people, limit."""
    many = people.filter(pl.col("people") > min(limits.values()))
    limit = pl.col("limit").replace_strict(dict(limits), return_dtype=pl.Int64)
    limited = kinds.filter(pl.col("identifier").is_in(many["identifier"].implode())).unique("identifier")
    return (
        many.join(limited.with_columns(limit), on="identifier")
        .filter(pl.col("people") > pl.col("limit"))
        .select("identifier", "people", "limit")
    )


def _without(held: pl.DataFrame, crowded: pl.DataFrame) -> pl.DataFrame:
    return held.join(crowded, on="identifier", how="anti") if crowded.height else held


def _complete(described: pl.DataFrame, strong: pl.DataFrame) -> pl.DataFrame:
    """Descriptions with missing names, birth dates and documents filled from strongly linked nodes.

    The name with most tokens is used, then the first alphabetically; of the other values only undisputed ones.
    """
    label = find_components(strong.select(a="node_a", b="node_b"), described.height)
    linked = pl.concat([strong["node_a"], strong["node_b"]]).unique()
    members = described.select("name_match", *_COMPLETED)[linked].with_columns(cluster=label.gather(linked))
    is_nameless = pl.col("name_match").is_null()
    fullest = (
        members.filter(is_nameless.any().over("cluster"))
        .filter(~is_nameless)
        .sort(pl.col("name_match").str.count_matches(" "), "name_match", descending=[True, False])
        .unique("cluster", keep="first", maintain_order=True)
    )
    known = {"name_match": fullest.select("cluster", known="name_match")}
    for column in _COMPLETED:
        values = members.select("cluster", known=column).drop_nulls().group_by("cluster")
        agreed = values.agg(pl.col("known").min(), most=pl.col("known").max())
        known[column] = agreed.filter(pl.col("known") == pl.col("most")).select("cluster", "known")
    return described.with_columns(
        described[column].fill_null(_by_cluster(agreed, described.height).gather(label)).alias(column)
        for column, agreed in known.items()
    )


def _by_cluster(known: pl.DataFrame, nodes: int) -> pl.Series:
    """The known value at the position of each cluster's smallest node, null at all others."""
    return pl.repeat(None, nodes, dtype=known["known"].dtype, eager=True).scatter(known["cluster"], known["known"])


def _separated(inside: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """The first holders of every two people at an identifier, with the reason why they are two."""
    first = (
        inside.filter(pl.col("person").min().over("identifier") != pl.col("person").max().over("identifier"))
        .filter(pl.col("node") == pl.col("node").min().over("person"))
        .select("identifier", "node", "description", "row")
    )
    pairs = first.join(first.drop("row"), on="identifier", suffix="_b").filter(pl.col("node") < pl.col("node_b"))
    ends = ("description", "description_b")
    compared = pairs.with_columns(
        pl.min_horizontal(ends).alias("description"), pl.max_horizontal(ends).alias("description_b")
    )
    reasons = compared.join(holders.comparisons.reasons(compared), on=ends, how="left")
    return reasons.select(node_a="node", node_b="node_b", row="row", reason=pl.col("reason").fill_null("ambiguous"))


def _left_out(held: pl.DataFrame, outside: pl.DataFrame) -> pl.DataFrame:
    """Each holder that was not joined, paired with the first other holder of the identifier."""
    pairs = outside.join(held, on="identifier", suffix="_b").filter(pl.col("node") != pl.col("node_b"))
    return (
        pairs.group_by("node", "identifier", "reason")
        .agg(pl.col("node_b").min(), pl.col("row").first())
        .select(
            "identifier",
            "row",
            "reason",
            node_a=pl.min_horizontal("node", "node_b"),
            node_b=pl.max_horizontal("node", "node_b"),
        )
        .sort("node_a", "node_b", "identifier", "reason")
        .unique(["node_a", "node_b", "identifier"], keep="first", maintain_order=True)
        .select("node_a", "node_b", "row", "reason")
    )


def _stars(held: pl.DataFrame, group: str) -> pl.DataFrame:
    """Links from the smallest node of each group to its other nodes: node_a, node_b, identifier, row."""
    return (
        held.with_columns(pl.col("node").min().over(group).alias("node_a"))
        .filter(pl.col("node") != pl.col("node_a"))
        .select("node_a", node_b="node", identifier="identifier", row="row")
    )
