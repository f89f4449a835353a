"""links between nodes -> the explaining tables: links by record with their status, skipped identifiers, households."""

from typing import Final

import polars as pl

from cdp_pipeline.backend import Query
from cdp_pipeline.identity.matching.links import IDENTIFIER
from cdp_pipeline.identity.matching.model import probability
from cdp_pipeline.identity.tables import HOUSEHOLD_RELATIONS, LINKS, SKIPPED_IDENTIFIERS

MOST_EXAMPLES = 5
"""The most pairs listed of an identifier that links no records; `skipped_identifiers` has the count of holders."""

_SHARED_CONTACTS = ("phone", "email")


def to_links_table(
    links: pl.DataFrame, vetoed: pl.DataFrame, blocked: pl.DataFrame, alike: pl.DataFrame, nodes: pl.DataFrame
) -> pl.DataFrame:
    """LINKS, by record; of several rows with one key, the one with the first value, then the first reason.

    Args:
        links: The result of `with_suggestions`.
        vetoed: `Links.vetoed` of `find_links`.
        blocked: The result of `shared_pairs`.
        alike: The pairs that `find_probable` compared: node_a, node_b, score and evidence, each pair once.
        nodes: node (0..n-1 in order) and record_key.
    """
    key = nodes["record_key"]
    kept_apart = [
        frame.with_columns(rule=pl.concat_str(pl.lit("same_"), "kind"), status=pl.lit(status))
        for frame, status in ((vetoed, "vetoed"), (blocked, "blocked"))
    ]
    columns = ["node_a", "node_b", "scope", "rule", "kind", "value", "strength", "status", "reason"]
    all_links = pl.concat([links.select(columns), *(frame.select(columns) for frame in kept_apart)])
    # No two nodes have the same record key, so node numbers serve as the key at a lower cost.
    by_node = ["node_a", "node_b", "rule", "kind", "status"]
    pairs = all_links.select("node_a", "node_b").is_duplicated()
    repeated = all_links.filter(pairs)
    once = repeated.sort(*by_node, "value", "reason", nulls_last=True).unique(by_node, keep="first")
    scores = alike.select("node_a", "node_b", "score", "evidence")
    rows = pl.concat([all_links.filter(~pairs), once])
    rows = rows.join(scores, on=["node_a", "node_b"], how="left", maintain_order="left")
    return rows.select(
        key.gather(rows["node_a"]).alias("record_key_a"),
        key.gather(rows["node_b"]).alias("record_key_b"),
        "rule",
        pl.col("kind").alias("identifier_kind"),
        "strength",
        "status",
        "reason",
        "scope",
        "value",
        "score",
        # Computed from the rounded score, so that score and probability of a row agree.
        probability(pl.col("score")).alias("probability"),
        "evidence",
    ).select(LINKS.schema.names())


def shared_identifiers(identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """SKIPPED_IDENTIFIERS that too many people hold, within a bucket that has all their holders.

    Args:
        identifiers: node, identifier, scope, kind, value, status; each node and identifier once.
        shared: `Links.shared` of `find_links`.
    """
    holders = (
        _holders_of(identifiers, shared).group_by("identifier").agg(holders=pl.col("node").n_unique().cast(pl.Int64))
    )
    return (
        shared.join(holders.filter(pl.col("holders") > 1), on="identifier")
        .with_columns(reason=pl.lit("shared"))
        .select(SKIPPED_IDENTIFIERS.schema.names())
    )


def shared_pairs(identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Example pairs of each shared identifier: its first holder with each of the next MOST_EXAMPLES.

    Columns: node_a, node_b, scope, kind, value, strength, reason.
    """
    held = _holders_of(identifiers, shared)
    examples = held.sort("node", "strength").unique(["identifier", "node"], keep="first", maintain_order=True)
    examples = examples.group_by("identifier", maintain_order=True).head(MOST_EXAMPLES + 1)
    centre = pl.col("node").min().over("identifier")
    return (
        examples.with_columns(node_a=centre, reason=pl.lit(_WHY["shared"]))
        .filter(pl.col("node") != pl.col("node_a"))
        .select("node_a", pl.col("node").alias("node_b"), *IDENTIFIER, "strength", "reason")
    )


def _holders_of(identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """The holders of shared identifiers; a record under another person's customer id is no holder.

    Such a record may be in another bucket.
    """
    is_shared = pl.col("identifier").is_in(shared["identifier"].implode())
    return identifiers.filter(is_shared & (pl.col("status") == "usable"))


def skipped_query(most_names: int) -> Query:
    """The identifiers that link no records in any bucket: placeholders, and those with more than `most_names` names.

    Only identifiers that several nodes hold. Deleted records, and records under another person's customer id, are no
    holders.

    Makes: scope, kind, value, reason, holders and people (null for a placeholder).
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
"""Example pairs of each skipped identifier, by record: one value per pair and kind, without those in `links`."""


def skipped_links(examples: pl.LazyFrame) -> pl.LazyFrame:
    """LINKS with status `blocked` for the rows of EXAMPLES."""
    why = pl.col("reason").replace_strict(_WHY, return_dtype=pl.String)
    return LINKS.conform(
        examples.with_columns(rule=pl.concat_str(pl.lit("same_"), "kind"), status=pl.lit("blocked"), reason=why).rename(
            {"kind": "identifier_kind"}
        )
    )


_WHY = {"blocked": "value_is_nobodys", "shared": "held_by_too_many_people"}


def household_relations(vetoed: pl.DataFrame, person: pl.DataFrame) -> pl.DataFrame:
    """HOUSEHOLD_RELATIONS: pairs of persons who share a phone or e-mail and were not joined; the first reason wins.

    Args:
        vetoed: `Links.vetoed` of `find_links`.
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
