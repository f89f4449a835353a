"""identifiers -> links: which records are one person, and which were kept apart though they hold the same identifier.

Strong identifiers join whoever holds them. A medium one joins two records only when their descriptions do not
contradict (`holders.py`). Whether what hangs together in the end may stay together, `cuts.py` decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.identity.agreement import contradiction
from cdp_pipeline.identity.holders import IDENTIFIER, Holders, group_holders
from cdp_pipeline.values.components import find_components

_ENDS = ("node_a", "node_b", *IDENTIFIER, "strength")


@dataclass(frozen=True)
class Links:
    """What the identifiers say.

    Attributes:
        links: node_a < node_b, scope, rule, kind, value, strength, weight: a star around the smallest node of each
            group of holders that are one person. The fewer people hold an identifier, the greater its weight.
        vetoed: node_a < node_b, scope, kind, value, strength, reason: holders of one medium identifier that were not
            joined by it, one row per two people at it.
        shared: scope, kind, value, people, limit: identifiers that more people hold than may.
    """

    links: pl.DataFrame
    vetoed: pl.DataFrame
    shared: pl.DataFrame


def find_links(described: pl.DataFrame, identifiers: pl.DataFrame, limits: Mapping[str, int]) -> Links:
    """The links that usable strong and medium identifiers give, strong ones first, as the medium ones lean on them.

    A record without a name or birth date is compared with the fullest one among those it is strongly linked to.

    Args:
        described: node (0..n-1 in order), the columns of `LOOK`, namespace and customer_id.
        identifiers: node, scope, kind, value, strength, status.
        limits: How many different people may hold one identifier of a kind; above it, it links nobody.
    """
    usable = identifiers.filter((pl.col("status") == "usable") & (pl.col("strength") != "weak"))
    held = usable.filter(pl.len().over(IDENTIFIER) > 1).select("node", *IDENTIFIER, "strength")
    strong_held = held.filter(pl.col("strength") == "strong").join(described, on="node")
    crowded = _over_limit(_people_by_name(strong_held), limits)
    strong_held = strong_held.join(crowded, on=IDENTIFIER, how="anti")
    strong = _stars(strong_held.with_columns(people=pl.lit(1, pl.Int64)), IDENTIFIER)
    completed = _complete(described, strong)
    medium_held = held.filter(pl.col("strength") == "medium").join(completed, on="node")
    holders = group_holders(medium_held)
    over = _over_limit(holders.people, limits)
    members = holders.members.join(over, on=IDENTIFIER, how="anti").join(holders.people, on=IDENTIFIER)
    inside = members.join(holders.outside, on=["node", *IDENTIFIER], how="anti")
    medium = _stars(inside, (*IDENTIFIER, "person"))
    return Links(
        links=pl.concat([strong, medium]).sort("node_a", "node_b", "rule", "value"),
        vetoed=pl.concat([_apart(inside), _left_out(medium_held, holders, over)]).sort("node_a", "node_b", *IDENTIFIER),
        shared=pl.concat([crowded, over]).sort(IDENTIFIER),
    )


def _people_by_name(held: pl.DataFrame) -> pl.DataFrame:
    return held.group_by(IDENTIFIER).agg(pl.col("name_match").drop_nulls().n_unique().cast(pl.Int64).alias("people"))


def _over_limit(people: pl.DataFrame, limits: Mapping[str, int]) -> pl.DataFrame:
    limit = pl.col("kind").replace_strict(dict(limits), return_dtype=pl.Int64)
    return people.select(*IDENTIFIER, "people").with_columns(limit=limit).filter(pl.col("people") > pl.col("limit"))


def _complete(described: pl.DataFrame, strong: pl.DataFrame) -> pl.DataFrame:
    """Every node's name, birth date and documents, taken from its strong links where it has none itself.

    The fullest name counts: the one of most tokens, then the first by spelling. Of the rest, what is not contested.
    """
    label = find_components(strong.select(a="node_a", b="node_b"), described.height)
    clustered = described.with_columns(cluster=label.gather(described["node"]))
    fullest = (
        clustered.filter(pl.col("name_match").is_not_null())
        .sort(pl.col("name_match").str.count_matches(" "), "name_match", descending=[True, False])
        .unique("cluster", keep="first", maintain_order=True)
        .select("cluster", pl.col("name_match").alias("name_of_cluster"))
    )
    completed = clustered.join(fullest, on="cluster", how="left", maintain_order="left").with_columns(
        name_match=pl.coalesce("name_match", "name_of_cluster")
    )
    for column in ("birth_date", "identity_no", "passport_no"):
        known = clustered.group_by("cluster").agg(pl.col(column).drop_nulls().unique().alias("known"))
        agreed = known.filter(pl.col("known").list.len() == 1).select("cluster", pl.col("known").list.first())
        completed = (
            completed.join(agreed, on="cluster", how="left", maintain_order="left")
            .with_columns(pl.coalesce(column, "known").alias(column))
            .drop("known")
        )
    return completed.select(described.columns)


def _apart(inside: pl.DataFrame) -> pl.DataFrame:
    """The first holders of every two people at an identifier, and why they are two."""
    first = (
        inside.filter(pl.col("person").min().over(IDENTIFIER) != pl.col("person").max().over(IDENTIFIER))
        .sort("node")
        .unique([*IDENTIFIER, "person"], keep="first", maintain_order=True)
    )
    pairs = first.join(first, on=IDENTIFIER, suffix="_b").filter(pl.col("node") < pl.col("node_b"))
    return pairs.select(
        "node_b",
        *IDENTIFIER,
        "strength",
        node_a="node",
        reason=contradiction(pairs, "_b").fill_null("ambiguous"),
    ).select(*_ENDS, "reason")


def _left_out(held: pl.DataFrame, holders: Holders, over: pl.DataFrame) -> pl.DataFrame:
    """Each holder that joined nobody, with the first other holder of the identifier."""
    outside = holders.outside.join(over, on=IDENTIFIER, how="anti")
    pairs = outside.join(held.select("node", *IDENTIFIER, "strength"), on=IDENTIFIER, suffix="_b")
    return (
        pairs.filter(pl.col("node") != pl.col("node_b"))
        .group_by("node", *IDENTIFIER, "reason", "strength")
        .agg(pl.col("node_b").min())
        .with_columns(node_a=pl.min_horizontal("node", "node_b"), node_b=pl.max_horizontal("node", "node_b"))
        .select(*_ENDS, "reason")
        .unique([*_ENDS], keep="first", maintain_order=True)
    )


def _stars(held: pl.DataFrame, group: tuple[str, ...]) -> pl.DataFrame:
    """Links from the smallest node of each group to its others."""
    agreeing = pl.when(pl.col("strength") == "medium").then(pl.lit("_and_agreeing_name")).otherwise(pl.lit(""))
    return (
        held.with_columns(pl.col("node").min().over(group).alias("node_a"))
        .filter(pl.col("node") != pl.col("node_a"))
        .select(
            "node_a",
            pl.col("node").alias("node_b"),
            "scope",
            pl.concat_str(pl.lit("same_"), "kind", agreeing).alias("rule"),
            "kind",
            "value",
            "strength",
            (1 / pl.col("people")).alias("weight"),
        )
        .unique()
    )
