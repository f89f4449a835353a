"""links between nodes -> tables for people to read.

Links by record with what became of them, identifiers that link nobody, and who shares a contact without being one
person.
"""

import polars as pl

from cdp_pipeline.identity.links import IDENTIFIER
from cdp_pipeline.identity.matching.model import probability
from cdp_pipeline.identity.tables import HOUSEHOLD_RELATIONS, LINKS, SKIPPED_IDENTIFIERS

MOST_EXAMPLES = 5
"""Pairs shown of an identifier that links nobody; how many hold it stands in `skipped_identifiers`."""

_SHARED_CONTACTS = ("phone", "email")


def tell_links(
    judged: pl.DataFrame, vetoed: pl.DataFrame, blocked: pl.DataFrame, alike: pl.DataFrame, nodes: pl.DataFrame
) -> pl.DataFrame:
    """LINKS, by record; of several rows of one key the first value, then the first reason.

    Args:
        judged: What `with_suggestions` gave.
        vetoed: What `find_links` kept apart.
        blocked: What `blocked_pairs` gave.
        alike: What `find_probable` compared: node_a, node_b, score and evidence, each pair once.
        nodes: node (0..n-1 in order) and record_key.
    """
    key = nodes["record_key"]
    kept_apart = [
        frame.with_columns(rule=pl.concat_str(pl.lit("same_"), "kind"), status=pl.lit(status))
        for frame, status in ((vetoed, "vetoed"), (blocked, "blocked"))
    ]
    columns = ["node_a", "node_b", "scope", "rule", "kind", "value", "strength", "status", "reason"]
    every = pl.concat([judged.select(columns), *(frame.select(columns) for frame in kept_apart)])
    # Two nodes never have one record key, so that their numbers are the key in less work.
    by_node = ["node_a", "node_b", "rule", "kind", "status"]
    pairs = every.select("node_a", "node_b").is_duplicated()
    repeated = every.filter(pairs)
    once = repeated.sort(*by_node, "value", "reason", nulls_last=True).unique(by_node, keep="first")
    scores = alike.select("node_a", "node_b", "score", "evidence")
    told = pl.concat([every.filter(~pairs), once])
    told = told.join(scores, on=["node_a", "node_b"], how="left", maintain_order="left")
    return told.select(
        key.gather(told["node_a"]).alias("record_key_a"),
        key.gather(told["node_b"]).alias("record_key_b"),
        "rule",
        pl.col("kind").alias("identifier_kind"),
        "strength",
        "status",
        "reason",
        "scope",
        "value",
        "score",
        # Of the rounded score, so that the two of a row always agree.
        probability(pl.col("score")).alias("probability"),
        "evidence",
    ).select(LINKS.schema.names())


def skipped_identifiers(identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """SKIPPED_IDENTIFIERS with `identifier`: placeholders, and values of too many people, that several nodes hold.

    Args:
        identifiers: node, identifier, scope, kind, value, status; each node and identifier once.
        shared: The identifiers that too many people hold, as `find_links` gives them.
    """
    blocked = identifiers.filter(pl.col("status") == "blocked").select(
        "identifier",
        *IDENTIFIER,
        reason=pl.lit("blocked"),
        people=pl.lit(None, pl.Int64),
        limit=pl.lit(None, pl.Int64),
    )
    crowded = shared.select("identifier", *IDENTIFIER, pl.lit("shared").alias("reason"), "people", "limit")
    skipped = pl.concat([blocked.unique("identifier"), crowded])
    held = identifiers.filter(pl.col("identifier").is_in(skipped["identifier"].implode()))
    holders = held.group_by("identifier").agg(holders=pl.col("node").n_unique().cast(pl.Int64))
    return (
        skipped.join(holders.filter(pl.col("holders") > 1), on="identifier")
        .select(*SKIPPED_IDENTIFIERS.schema.names(), "identifier")
        .sort(IDENTIFIER)
    )


def blocked_pairs(identifiers: pl.DataFrame, skipped: pl.DataFrame) -> pl.DataFrame:
    """The first pairs of holders of each skipped identifier: node_a, node_b, scope, kind, value, strength, reason."""
    why = skipped.select("identifier", pl.col("reason").replace_strict(_WHY, return_dtype=pl.String))
    held = identifiers.filter(pl.col("identifier").is_in(why["identifier"].implode()))
    examples = held.join(why, on="identifier").sort("node")
    examples = examples.group_by("identifier", maintain_order=True).head(MOST_EXAMPLES + 1)
    centre = pl.col("node").min().over("identifier")
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
