"""identifiers -> links: which records are one person, and which were kept apart though they hold the same identifier.

Strong identifiers join whoever holds them. A medium one joins two records only when their descriptions do not
contradict (`holders.py`). Whether what hangs together in the end may stay together, `cuts.py` decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.identity.holders import Holders, group_holders
from cdp_pipeline.values.components import find_components

IDENTIFIER = ("scope", "kind", "value")
"""What an identifier is; its number, `identifier`, stands for the three."""

_COMPLETED = ("birth_date", "identity_no", "passport_no")


@dataclass(frozen=True)
class Links:
    """What the identifiers say.

    Attributes:
        links: node_a < node_b, scope, rule, kind, value, strength, weight: a star around the smallest node of each
            group of holders that are one person. The fewer people hold an identifier, the greater its weight.
        vetoed: node_a < node_b, scope, kind, value, strength, reason: holders of one medium identifier that were not
            joined by it, one row per two people at it.
        shared: identifier, scope, kind, value, people, limit: identifiers that more people hold than may.
    """

    links: pl.DataFrame
    vetoed: pl.DataFrame
    shared: pl.DataFrame


def find_links(described: pl.DataFrame, identifiers: pl.DataFrame, limits: Mapping[str, int]) -> Links:
    """The links that usable strong and medium identifiers give, in no order.

    1. Strong identifiers join all their holders, unless holders of too many names share one.
    2. A record without a name, birth date or document takes it from the records it is strongly linked to.
    3. The holders of each medium identifier are grouped into people; those of one group are joined.
    4. Holders that are kept apart are told, with the reason.

    Args:
        described: node (0..n-1 in order), the columns of `FEATURES`, namespace and customer_id.
        identifiers: node, identifier (a number per scope, kind and value), scope, kind, value, strength, status; each
            node and identifier once.
        limits: How many different people may hold one identifier of a kind; above it, it links nobody.
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
    vetoed = pl.concat([_apart(inside, holders), _left_out(medium_held, _without(holders.outside, over))])
    shared = pl.concat([crowded, over])
    return Links(
        links=_told(pl.concat([strong, medium]), identifiers).select(
            "node_a",
            "node_b",
            "scope",
            pl.concat_str(pl.lit("same_"), "kind", _agreeing_name()).alias("rule"),
            "kind",
            "value",
            "strength",
            (1 / pl.col("people")).alias("weight"),
        ),
        vetoed=_told(vetoed, identifiers).select("node_a", "node_b", *IDENTIFIER, "strength", "reason"),
        shared=shared.join(
            identifiers.filter(pl.col("identifier").is_in(shared["identifier"].implode()))
            .select("identifier", *IDENTIFIER)
            .unique("identifier"),
            on="identifier",
        ).select("identifier", *IDENTIFIER, "people", "limit"),
    )


def _told(found: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the identifier that they share, found by its `row`."""
    return found.drop("row").hstack(identifiers.select(*IDENTIFIER, "strength")[found["row"]])


def _agreeing_name() -> pl.Expr:
    return pl.when(pl.col("strength") == "medium").then(pl.lit("_and_agreeing_name")).otherwise(pl.lit(""))


def _people_by_name(held: pl.DataFrame, described: pl.DataFrame, least: int) -> pl.DataFrame:
    """How many names the holders of each identifier have, where it is held often enough for that to matter."""
    often = held.filter(pl.len().over("identifier") > least)
    named = often.select("identifier", described["name_match"].gather(often["node"]).alias("name")).drop_nulls()
    return named.group_by("identifier").agg(pl.col("name").n_unique().cast(pl.Int64).alias("people"))


def _over_limit(people: pl.DataFrame, kinds: pl.DataFrame, limits: Mapping[str, int]) -> pl.DataFrame:
    """The identifiers that more people hold than may: identifier, people, limit."""
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
    """Every node's name, birth date and documents, taken from its strong links where it has none itself.

    The fullest name counts: the one of most tokens, then the first by spelling. Of the rest, what is not contested.
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
    """The known value at the place of each cluster's smallest node, null at all others."""
    return pl.repeat(None, nodes, dtype=known["known"].dtype, eager=True).scatter(known["cluster"], known["known"])


def _apart(inside: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """The first holders of every two people at an identifier, and why they are two."""
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
    """Each holder that joined nobody, with the first other holder of the identifier."""
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
    """Links from the smallest node of each group to its others: node_a, node_b, identifier, row."""
    return (
        held.with_columns(pl.col("node").min().over(group).alias("node_a"))
        .filter(pl.col("node") != pl.col("node_a"))
        .select("node_a", node_b="node", identifier="identifier", row="row")
    )
