"""identifiers -> links: which records are one person, and which identifiers too many people share.

Strong identifiers join whoever holds them. A medium one joins two records only when their names and birth dates do not
contradict; a description that would fit two people who contradict each other (a bare family name, no name at all) is
ambiguous there and joins neither, so that no chain runs through it.
"""

from dataclasses import dataclass

import polars as pl

from cdp_pipeline.identity.agreement import LOOK, descriptions_contradict, names_agree, tokens_within
from cdp_pipeline.identity.clusters import find_clusters

LIMITS = {
    # A family of three generations shares a landline; more names at one number are a shop or a call centre.
    "phone": 8,
    # A couple or small family shares a mailbox; more people are an office.
    "email": 6,
    # One person's name is spelled a few ways, with middle name, initials or none; more names are a guest account.
    "customer_id": 8,
    "identity_no": 5,
    "passport_no": 5,
}
"""How many different people may hold one identifier of a kind; above it, it links nobody and is shared."""

MOST_DESCRIPTIONS = 60
"""More different names and birth dates than this on one identifier are counted as people without being compared."""


@dataclass(frozen=True)
class Links:
    """What the identifiers say.

    Attributes:
        links: node_a, node_b, scope, kind, strength, rule; a star around the smallest node of each group of one person.
        shared: scope, kind, value, people, limit.
    """

    links: pl.DataFrame
    shared: pl.DataFrame


def find_links(nodes: pl.DataFrame, identifiers: pl.DataFrame) -> Links:
    """The links that usable strong and medium identifiers give, strong ones first, as the medium ones lean on them.

    A record without a name or birth date is compared with the fullest one among those it is strongly linked to.

    Args:
        nodes: node, name_match, birth_date, birth_year.
        identifiers: node, scope, kind, value, strength, status.
    """
    usable = identifiers.filter((pl.col("status") == "usable") & (pl.col("strength") != "weak"))
    held = usable.filter(pl.len().over("scope", "kind", "value") > 1)
    numbers = usable.filter(pl.col("kind") == "identity_no").group_by("node").agg(pl.col("value").min())
    described = nodes.join(numbers.rename({"value": "identity_no"}), on="node", how="left").select("node", *LOOK)
    strong_held = held.filter(pl.col("strength") == "strong").join(described, on="node")
    crowded = _people_by_name(strong_held)
    strong = _stars(strong_held.join(crowded, on=["scope", "kind", "value"], how="anti"), "value")
    completed = _complete(described, strong)
    grouped = _one_person_groups(held.filter(pl.col("strength") == "medium").join(completed, on="node"))
    over = grouped.people.filter(pl.col("people") > pl.col("limit"))
    shared = pl.concat([crowded, over]).sort("scope", "kind", "value")
    members = grouped.members.join(over, on=["scope", "kind", "value"], how="anti")
    medium = _stars(members.join(_bridges(members), on="node", how="anti"), "value", "person")
    links = pl.concat([strong, medium]).sort("node_a", "node_b", "rule")
    return Links(links, shared)


@dataclass(frozen=True)
class _Groups:
    members: pl.DataFrame
    people: pl.DataFrame


def _people_by_name(held: pl.DataFrame) -> pl.DataFrame:
    """Strong identifiers with more different names than allowed."""
    return (
        held.group_by("scope", "kind", "value")
        .agg(pl.col("name_match").drop_nulls().n_unique().cast(pl.Int64).alias("people"))
        .with_columns(_limit())
        .filter(pl.col("people") > pl.col("limit"))
    )


def _complete(described: pl.DataFrame, strong: pl.DataFrame) -> pl.DataFrame:
    """Every node's name and birth date, taken from its strong links where it has none itself.

    The fullest name counts: the one of most tokens, then the first by spelling.
    """
    label = find_clusters(strong.select(a="node_a", b="node_b"), described.height)
    clustered = described.with_columns(cluster=label.gather(described["node"]))
    fullest = (
        clustered.filter(pl.col("name_match").is_not_null())
        .sort(pl.col("name_match").str.count_matches(" "), "name_match", descending=[True, False])
        .unique("cluster", keep="first", maintain_order=True)
        .select("cluster", pl.col("name_match").alias("name_of_cluster"))
    )
    birth = (
        clustered.group_by("cluster")
        .agg(pl.col("birth_date").drop_nulls().unique().alias("births"))
        .filter(pl.col("births").list.len() == 1)
        .select("cluster", pl.col("births").list.first().alias("birth_of_cluster"))
    )
    return (
        clustered.join(fullest, on="cluster", how="left")
        .join(birth, on="cluster", how="left")
        .select(
            "node",
            pl.coalesce("name_match", "name_of_cluster").alias("name_match"),
            pl.coalesce("birth_date", "birth_of_cluster").alias("birth_date"),
            "birth_year",
            "identity_no",
        )
    )


def _one_person_groups(held: pl.DataFrame) -> _Groups:
    """The holders of each identifier, grouped by column `person` into people whose descriptions agree."""
    key = ["scope", "kind", "value"]
    descriptions = held.select(*key, *LOOK).unique().sort(*key, *LOOK, nulls_last=True).with_row_index("description")
    counted = descriptions.with_columns(pl.len().over(key).alias("descriptions"))
    compared = counted.filter(pl.col("descriptions").is_between(2, MOST_DESCRIPTIONS))
    pairs = compared.join(compared, on=key, suffix="_b").filter(pl.col("description") < pl.col("description_b"))
    agreeing = pairs.filter(~descriptions_contradict("_b")).select(a="description", b="description_b")
    ambiguous = _ambiguous(agreeing)
    certain = agreeing.join(ambiguous, left_on="a", right_on="description", how="anti").join(
        ambiguous, left_on="b", right_on="description", how="anti"
    )
    person = find_clusters(certain, descriptions.height)
    labelled = descriptions.with_columns(person=person)
    people = (
        labelled.join(ambiguous, on="description", how="anti")
        .group_by(key)
        .agg(pl.col("person").n_unique().cast(pl.Int64).alias("people"))
        .with_columns(_limit())
    )
    return _Groups(held.join(labelled, on=[*key, *LOOK], nulls_equal=True), people)


def _ambiguous(agreeing: pl.DataFrame) -> pl.DataFrame:
    """The descriptions that agree with two others which do not agree with each other."""
    both = pl.concat([agreeing, agreeing.select(a="b", b="a")])
    between = both.join(both, on="a", suffix="_2").filter(pl.col("b") < pl.col("b_2"))
    return (
        between.join(agreeing, left_on=["b", "b_2"], right_on=["a", "b"], how="anti")
        .select(pl.col("a").alias("description"))
        .unique()
    )


def _bridges(members: pl.DataFrame) -> pl.DataFrame:
    """The nodes that would join, through two identifiers, people who contradict each other: column `node`.

    Such a node is less known than the people it touches: it has no name, no birth date, or only part of a name. A node
    whose own name holds all words of two shorter ones that contradict each other is no bridge: it explains both.
    """
    looks = members.select(LOOK).unique().sort(LOOK, nulls_last=True).with_row_index("look")
    seen = members.join(looks, on=LOOK, nulls_equal=True).select("node", "look", "scope", "kind", "value", "person")
    group = ["scope", "kind", "value", "person"]
    around = seen.select("node", *group, own="look").join(seen.select(*group, "look").unique(), on=group)
    touched = around.select("node", "own", "look").unique()
    touched = touched.filter(pl.col("look").n_unique().over("node") > 1)
    pairs = touched.join(touched, on=["node", "own"], suffix="_b").filter(pl.col("look") < pl.col("look_b"))
    named = looks.rename({name: f"{name}_b" for name in LOOK}).rename({"look": "look_b"})
    compared = pairs.select("look", "look_b").unique().join(looks, on="look").join(named, on="look_b")
    contradicting = compared.filter(descriptions_contradict("_b")).with_columns(
        by_name=~names_agree("name_match", "name_match_b")
    )
    own = looks.select(own="look", own_name="name_match")
    explained = tokens_within("name_match", "own_name") & tokens_within("name_match_b", "own_name")
    return (
        pairs.join(contradicting, on=["look", "look_b"])
        .join(own, on="own")
        .filter(~(pl.col("by_name") & explained))
        .select("node")
        .unique()
    )


def _stars(held: pl.DataFrame, *group: str) -> pl.DataFrame:
    """Links from the smallest node of each group to its others."""
    return (
        held.with_columns(pl.col("node").min().over("scope", "kind", *group).alias("node_a"))
        .filter(pl.col("node") != pl.col("node_a"))
        .select(
            "node_a",
            pl.col("node").alias("node_b"),
            "scope",
            "kind",
            "strength",
            pl.concat_str(
                pl.lit("same_"),
                "kind",
                pl.when(pl.col("strength") == "medium").then(pl.lit("_and_agreeing_name")).otherwise(pl.lit("")),
            ).alias("rule"),
        )
        .unique()
    )


def _limit() -> pl.Expr:
    return pl.col("kind").replace_strict(LIMITS, default=0, return_dtype=pl.Int64).alias("limit")
