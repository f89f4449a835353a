"""identifiers -> who holds each medium one: its holders, grouped into people whose descriptions agree.

A description that would fit two people who contradict each other (a bare family name, no name at all) is ambiguous
there, and a record that would join such people through two identifiers is a bridge: neither belongs to any group, so
that no chain runs through it.
"""

from dataclasses import dataclass

import polars as pl

from cdp_pipeline.identity.agreement import LOOK, called_agree, contradiction, tokens_within
from cdp_pipeline.values.components import find_components

MOST_DESCRIPTIONS = 60
"""More different descriptions than this on one identifier are counted as people without being compared."""

IDENTIFIER = ("scope", "kind", "value")


@dataclass(frozen=True)
class Holders:
    """The holders of each identifier that several nodes have.

    Attributes:
        members: node, scope, kind, value, strength, the columns of `LOOK`, and `person`: a number for the people at
            this identifier, those who are kept out included.
        outside: node, scope, kind, value, reason of the holders that join nobody there: `ambiguous`, `bridge`, or
            `customer_ids_differ`.
        people: scope, kind, value, people: how many different people hold it.
    """

    members: pl.DataFrame
    outside: pl.DataFrame
    people: pl.DataFrame


def group_holders(held: pl.DataFrame) -> Holders:
    """Group the holders of each identifier into people.

    Two holders without a name to compare, to whom their common system gave two customer ids, are two people: that a
    system keeps two customers apart is overcome by one name, not by the lack of it.

    Args:
        held: node, scope, kind, value, strength, the columns of `LOOK`, namespace (`company|system`, null where the
            node names no customer) and customer_id; only identifiers that several nodes have.
    """
    nameless = _nameless_customers(held)
    named = held.join(nameless, on=["node", *IDENTIFIER], how="anti")
    descriptions = (
        named.select(*IDENTIFIER, *LOOK)
        .unique()
        .sort(*IDENTIFIER, *LOOK, nulls_last=True)
        .with_row_index("description")
    )
    agreeing = _agreeing(descriptions)
    ambiguous = _ambiguous(agreeing)
    certain = agreeing.join(ambiguous, left_on="a", right_on="description", how="anti").join(
        ambiguous, left_on="b", right_on="description", how="anti"
    )
    labelled = descriptions.with_columns(person=find_components(certain, descriptions.height))
    people = (
        labelled.join(ambiguous, on="description", how="anti")
        .group_by(IDENTIFIER)
        .agg(pl.col("person").n_unique().cast(pl.Int64).alias("people"))
    )
    members = named.join(labelled, on=[*IDENTIFIER, *LOOK], nulls_equal=True)
    unsure = members.join(ambiguous, on="description", how="semi").select(
        "node", *IDENTIFIER, reason=pl.lit("ambiguous")
    )
    bridges = _bridges(members)
    bridging = members.join(bridges, on="node", how="semi").select("node", *IDENTIFIER, reason=pl.lit("bridge"))
    outside = pl.concat([nameless, unsure, bridging]).unique(["node", *IDENTIFIER], keep="first", maintain_order=True)
    counted = pl.concat([people, nameless.group_by(IDENTIFIER).agg(people=pl.col("node").n_unique().cast(pl.Int64))])
    return Holders(
        members.select(*held.columns, "person"), outside, counted.group_by(IDENTIFIER).agg(pl.col("people").sum())
    )


def _nameless_customers(held: pl.DataFrame) -> pl.DataFrame:
    """Holders without a name at an identifier that another customer of their system holds as well."""
    ids = held.filter(pl.col("namespace").is_not_null()).select(
        "node", *IDENTIFIER, "namespace", "customer_id", "name_match"
    )
    several = ids.filter(pl.col("customer_id").n_unique().over(*IDENTIFIER, "namespace") > 1)
    return several.filter(pl.col("name_match").is_null()).select(
        "node", *IDENTIFIER, reason=pl.lit("customer_ids_differ")
    )


def _agreeing(descriptions: pl.DataFrame) -> pl.DataFrame:
    """The pairs of descriptions at one identifier that do not contradict each other: a < b."""
    counted = descriptions.with_columns(pl.len().over(IDENTIFIER).alias("descriptions"))
    compared = counted.filter(pl.col("descriptions").is_between(2, MOST_DESCRIPTIONS))
    pairs = compared.join(compared, on=IDENTIFIER, suffix="_b").filter(pl.col("description") < pl.col("description_b"))
    return pairs.filter(contradiction(pairs, "_b").is_null()).select(a="description", b="description_b")


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
    seen = members.join(looks, on=LOOK, nulls_equal=True).select("node", "look", *IDENTIFIER, "person")
    group = [*IDENTIFIER, "person"]
    around = seen.select("node", *group, own="look").join(seen.select(*group, "look").unique(), on=group)
    touched = around.select("node", "own", "look").unique()
    touched = touched.filter(pl.col("look").n_unique().over("node") > 1)
    pairs = touched.join(touched, on=["node", "own"], suffix="_b").filter(pl.col("look") < pl.col("look_b"))
    named = looks.rename({name: f"{name}_b" for name in LOOK}).rename({"look": "look_b"})
    compared = pairs.select("look", "look_b").unique().join(looks, on="look").join(named, on="look_b")
    contradicting = compared.filter(contradiction(compared, "_b").is_not_null())
    contradicting = contradicting.with_columns(by_name=~called_agree(contradicting, "_b"))
    own = looks.select(own="look", own_name="name_match")
    explained = tokens_within("name_match", "own_name") & tokens_within("name_match_b", "own_name")
    return (
        pairs.join(contradicting, on=["look", "look_b"])
        .join(own, on="own")
        .filter(~(pl.col("by_name") & explained))
        .select("node")
        .unique()
    )
