"""links between nodes -> tables for people to read.

Links by record with what became of them, identifiers that link nobody, and who shares a contact without being one
person.
"""

from typing import Final

import polars as pl

from cdp_pipeline.backend import Query
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
        blocked: What `shared_pairs` gave.
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


def shared_identifiers(identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """SKIPPED_IDENTIFIERS that too many people hold, of a bucket that has all their holders.

    Args:
        identifiers: node, identifier, scope, kind, value, status; each node and identifier once.
        shared: What `find_links` gave.
    """
    holders = _holding(identifiers, shared).group_by("identifier").agg(holders=pl.col("node").n_unique().cast(pl.Int64))
    return (
        shared.join(holders.filter(pl.col("holders") > 1), on="identifier")
        .with_columns(reason=pl.lit("shared"))
        .select(SKIPPED_IDENTIFIERS.schema.names())
    )


def shared_pairs(identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """The first pairs of holders of each of them: node_a, node_b, scope, kind, value, strength, reason."""
    held = _holding(identifiers, shared)
    examples = held.sort("node", "strength").unique(["identifier", "node"], keep="first", maintain_order=True)
    examples = examples.group_by("identifier", maintain_order=True).head(MOST_EXAMPLES + 1)
    centre = pl.col("node").min().over("identifier")
    return (
        examples.with_columns(node_a=centre, reason=pl.lit(_WHY["shared"]))
        .filter(pl.col("node") != pl.col("node_a"))
        .select("node_a", pl.col("node").alias("node_b"), *IDENTIFIER, "strength", "reason")
    )


def _holding(identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Their holders; a record that names somebody else's customer is none, and may be in another bucket."""
    is_shared = pl.col("identifier").is_in(shared["identifier"].implode())
    return identifiers.filter(is_shared & (pl.col("status") == "usable"))


def skipped_query(most_names: int) -> Query:
    """The identifiers that link nobody wherever they are held: placeholders, and those with more names than that.

    Deleted records, and those that name somebody else's customer, do not count as holders.

    Makes: scope, kind, value, reason, holders and people (None for a placeholder), of those that several nodes hold.
    """
    return Query(
        makes="skipped",
        reads=("identifiers", "crowded"),
        sql=f"""
    SELECT i.scope, i.kind, i.value, CASE WHEN MAX(c.names) IS NULL THEN 'blocked' ELSE 'shared' END AS reason,
        COUNT(DISTINCT i.node) AS holders, MAX(c.names) AS people
    FROM identifiers i LEFT JOIN crowded c ON c.scope = i.scope AND c.kind = i.kind AND c.value = i.value
        AND c.names > {most_names}
    WHERE i.status = 'blocked' OR (i.status = 'usable' AND c.value IS NOT NULL)
    GROUP BY i.scope, i.kind, i.value HAVING COUNT(DISTINCT i.node) > 1""",
    )


EXAMPLES: Final = Query(
    makes="examples",
    reads=("skipped", "identifiers", "nodes", "links"),
    sql=f"""
    WITH held AS (
        SELECT s.scope, s.kind, s.value, s.reason, i.node, MIN(i.strength) AS strength
        FROM identifiers i JOIN skipped s ON s.scope = i.scope AND s.kind = i.kind AND s.value = i.value
        WHERE i.status IN ('usable', 'blocked') GROUP BY s.scope, s.kind, s.value, s.reason, i.node
    ), placed AS (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY scope, kind, value ORDER BY node) AS place FROM held
    ), pairs AS (
        SELECT a.record_key AS record_key_a, b.record_key AS record_key_b,
            q.scope, q.kind, q.value, q.strength, q.reason,
            ROW_NUMBER() OVER (PARTITION BY p.node, q.node, q.kind ORDER BY q.value) AS turn
        FROM placed p JOIN placed q ON q.scope = p.scope AND q.kind = p.kind AND q.value = p.value
        JOIN nodes a ON a.node = p.node JOIN nodes b ON b.node = q.node
        WHERE p.place = 1 AND q.place BETWEEN 2 AND {MOST_EXAMPLES + 1}
    )
    SELECT e.record_key_a, e.record_key_b, e.scope, e.kind, e.value, e.strength, e.reason
    FROM pairs e LEFT JOIN links l ON l.record_key_a = e.record_key_a AND l.record_key_b = e.record_key_b
        AND l.identifier_kind = e.kind AND l.status = 'blocked'
    WHERE e.turn = 1 AND l.record_key_a IS NULL""",
)
"""The first pairs of holders of each, by record: of a pair and kind the first value, unless `links` tell one."""


def skipped_links(examples: pl.LazyFrame) -> pl.LazyFrame:
    """LINKS of the identifiers that link nobody.

    Args:
        examples: What EXAMPLES gave.
    """
    why = pl.col("reason").replace_strict(_WHY, return_dtype=pl.String)
    return LINKS.conform(
        examples.with_columns(rule=pl.concat_str(pl.lit("same_"), "kind"), status=pl.lit("blocked"), reason=why).rename(
            {"kind": "identifier_kind"}
        )
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
