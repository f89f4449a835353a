"""links between nodes -> tables for people to read.

Links by record with what became of them, identifiers that link nobody, and who shares a contact without being one
person.
"""

import polars as pl

from cdp_pipeline.identity.holders import IDENTIFIER
from cdp_pipeline.identity.tables import HOUSEHOLD_RELATIONS, LINKS, SKIPPED_IDENTIFIERS

MOST_EXAMPLES = 5
"""Pairs shown of an identifier that links nobody; how many hold it stands in `skipped_identifiers`."""

_SHARED_CONTACTS = ("phone", "email")


def tell_links(judged: pl.DataFrame, vetoed: pl.DataFrame, blocked: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """LINKS, by record.

    Args:
        judged: What `cut_clusters` gave.
        vetoed: What `find_links` kept apart.
        blocked: What `blocked_pairs` gave.
        nodes: node and record_key.
    """
    key = nodes["record_key"]
    kept_apart = [
        frame.with_columns(rule=pl.concat_str(pl.lit("same_"), "kind"), status=pl.lit(status))
        for frame, status in ((vetoed, "vetoed"), (blocked, "blocked"))
    ]
    columns = ["node_a", "node_b", "scope", "rule", "kind", "value", "strength", "status", "reason"]
    every = pl.concat([judged.select(columns), *(frame.select(columns) for frame in kept_apart)])
    return (
        LINKS.conform(
            every.lazy().with_columns(
                key.gather(every["node_a"]).alias("record_key_a"),
                key.gather(every["node_b"]).alias("record_key_b"),
                pl.col("kind").alias("identifier_kind"),
            )
        )
        .sort(*LINKS.key, "value", "reason", nulls_last=True)
        .unique(LINKS.key, keep="first", maintain_order=True)
        .collect()
    )


def skipped_identifiers(identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """SKIPPED_IDENTIFIERS: values that are nobody's, or too many people's, and that several nodes hold."""
    holders = identifiers.group_by(IDENTIFIER).agg(
        pl.col("node").n_unique().cast(pl.Int64).alias("holders"),
        (pl.col("status") == "blocked").any().alias("blocked"),
    )
    blocked = holders.filter(pl.col("blocked") & (pl.col("holders") > 1)).select(
        *IDENTIFIER,
        "holders",
        reason=pl.lit("blocked"),
        people=pl.lit(None, pl.Int64),
        limit=pl.lit(None, pl.Int64),
    )
    crowded = shared.join(holders, on=IDENTIFIER).select(
        *IDENTIFIER, "holders", pl.lit("shared").alias("reason"), "people", "limit"
    )
    return SKIPPED_IDENTIFIERS.conform(pl.concat([blocked, crowded]).lazy()).sort(IDENTIFIER).collect()


def blocked_pairs(identifiers: pl.DataFrame, skipped: pl.DataFrame) -> pl.DataFrame:
    """The first pairs of holders of each skipped identifier: node_a, node_b, scope, kind, value, strength, reason."""
    held = identifiers.join(
        skipped.select(*IDENTIFIER, pl.col("reason").replace_strict(_WHY).alias("reason")), on=IDENTIFIER
    ).sort("node")
    examples = held.group_by(IDENTIFIER, maintain_order=True).head(MOST_EXAMPLES + 1)
    centre = pl.col("node").min().over(IDENTIFIER)
    return (
        examples.with_columns(node_a=centre)
        .filter(pl.col("node") != pl.col("node_a"))
        .select("node_a", pl.col("node").alias("node_b"), *IDENTIFIER, "strength", "reason")
    )


_WHY = {"blocked": "value_is_nobodys", "shared": "held_by_too_many_people"}


def household_relations(vetoed: pl.DataFrame, person: pl.DataFrame) -> pl.DataFrame:
    """HOUSEHOLD_RELATIONS: persons who were kept apart at a phone or e-mail.

    Args:
        vetoed: What `find_links` kept apart.
        person: node and person_id of the nodes whose person has a profile.
    """
    at_one_contact = vetoed.filter(pl.col("kind").is_in(_SHARED_CONTACTS))
    both = at_one_contact.join(person, left_on="node_a", right_on="node").join(
        person, left_on="node_b", right_on="node", suffix="_b"
    )
    return (
        HOUSEHOLD_RELATIONS.conform(
            both.filter(pl.col("person_id") != pl.col("person_id_b"))
            .select(
                "kind",
                "value",
                "reason",
                person_id_a=pl.min_horizontal("person_id", "person_id_b"),
                person_id_b=pl.max_horizontal("person_id", "person_id_b"),
            )
            .lazy()
        )
        .sort(*HOUSEHOLD_RELATIONS.key, "reason")
        .unique(HOUSEHOLD_RELATIONS.key, keep="first", maintain_order=True)
        .collect()
    )
