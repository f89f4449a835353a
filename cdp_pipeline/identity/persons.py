"""a bucket of nodes -> persons: links, clusters that hold together, ids, and the tables that explain them.

The plan, of the nodes of whole components (see `graph.py`), so that nothing here depends on other buckets:

1. Links from shared identifiers, from likely pairs, and from a person's word.
2. Clusters, cut until they hold together.
3. Ids, and who of them has a profile.
4. What is told of it: links with what became of them and suggestions, identifiers that link nobody, households.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from cdp_pipeline.identity.agreement import names_agree
from cdp_pipeline.identity.changes import Changes, count_changes
from cdp_pipeline.identity.cuts import cut_clusters
from cdp_pipeline.identity.descriptions import describe_nodes
from cdp_pipeline.identity.evidence import household_relations, shared_identifiers, shared_pairs, tell_links
from cdp_pipeline.identity.graph import Bucket
from cdp_pipeline.identity.identifiers import numbered
from cdp_pipeline.identity.links import find_links
from cdp_pipeline.identity.matching.probable import probable_links
from cdp_pipeline.identity.matching.suggestions import with_suggestions
from cdp_pipeline.identity.overrides import Decisions
from cdp_pipeline.identity.person_ids import assign_person_ids
from cdp_pipeline.identity.tables import IDENTIFIERS

PEOPLE: Final = pl.Schema(
    {
        "node": pl.Int64(),
        **dict.fromkeys(("node_key", "company", "system", "customer_id"), pl.String()),
        "is_owner": pl.Boolean(),
        "is_live": pl.Boolean(),
        "person": pl.Int64(),
        "person_id": pl.String(),
        "is_published": pl.Boolean(),
        "is_known": pl.Boolean(),
    }
)
"""Each node with its person: the number of the cluster's smallest node, and the id, None where all of it is deleted."""


@dataclass(frozen=True)
class BucketRules:
    """What a user decided, and what all buckets have in common.

    Attributes:
        limits: By kind, how many different people may hold one identifier.
        cluster_limit: How many records a person may have before the cluster is cut.
        merge_probability: From which probability on two records that are alike are one person.
        crowded: scope, kind, value of identifiers with so many names that they link nobody in any bucket.
        decisions: A person's word on pairs of nodes.
        changed_at: The moment written into the history of ids.
    """

    limits: Mapping[str, int]
    cluster_limit: int
    merge_probability: float
    crowded: pl.DataFrame
    decisions: Decisions
    changed_at: datetime


@dataclass(frozen=True)
class Persons:
    """The persons of a bucket: rows of the tables of these names, in `tables.py`, but for `people` (PEOPLE)."""

    people: pl.DataFrame
    identifiers: pl.DataFrame
    links: pl.DataFrame
    skipped_identifiers: pl.DataFrame
    household_relations: pl.DataFrame
    person_ids: pl.DataFrame
    person_id_history: pl.DataFrame
    changes: Changes


def find_persons(bucket: Bucket, rules: BucketRules, taken: pl.Series) -> Persons:
    """Resolve the nodes of a bucket.

    Args:
        bucket: The nodes and all that bears on them.
        rules: What a user decided.
        taken: All person ids that were ever given, in any bucket.
    """
    number = bucket.nodes["node"]
    nodes = bucket.nodes.drop("node").with_row_index("node")
    identifiers = numbered(_renumbered(without_crowded(bucket.identifiers, rules.crowded), number, "node"))
    pairs = _renumbered(bucket.probable, number, "node_a", "node_b")
    same, different = (
        _renumbered(
            said.filter(pl.all_horizontal(pl.col(end).is_in(number.implode()) for end in ("node_a", "node_b"))),
            number, "node_a", "node_b",
        )
        for said in (rules.decisions.same, rules.decisions.different)
    )  # fmt: skip
    described = describe_nodes(nodes, identifiers)
    linked = find_links(described, identifiers, rules.limits)
    probable = probable_links(pairs, rules.merge_probability)
    every = pl.concat([said_same(same, nodes), linked.links, probable], how="vertical_relaxed")
    cut = cut_clusters(every, described, different.select("node_a", "node_b"), rules.cluster_limit)
    in_clusters = nodes.with_columns(cluster=cut.cluster.gather(nodes["node"]))
    clustered = with_published(in_clusters, of_deleted(in_clusters, identifiers, linked.shared))
    ids = assign_person_ids(clustered.filter("is_live"), bucket.previous, taken, rules.changed_at)
    people = with_person_id(clustered, ids.state)
    published = people.filter("is_published").select("node", "person_id")
    judged = with_suggestions(cut.links, pairs, described, published, different)
    scores = pl.concat([pairs, _renumbered(bucket.scored, number, "node_a", "node_b")])
    return Persons(
        people=people.with_columns(number.alias("node"), number.gather(people["cluster"]).alias("person")).select(
            PEOPLE.names()
        ),
        identifiers=with_status(identifiers, linked.shared, nodes),
        links=tell_links(judged, linked.vetoed, shared_pairs(identifiers, linked.shared), scores, nodes),
        skipped_identifiers=shared_identifiers(identifiers, linked.shared),
        household_relations=household_relations(linked.vetoed, published),
        person_ids=ids.state,
        person_id_history=ids.history,
        changes=count_changes(bucket.previous, ids.state, ids.history),
    )


def _renumbered(rows: pl.DataFrame, number: pl.Series, *columns: str) -> pl.DataFrame:
    """Rows with a node's place in the bucket instead of its number; `number` is sorted and holds all of them."""
    return rows.with_columns(number.search_sorted(rows[column]).cast(pl.UInt32).alias(column) for column in columns)


def without_crowded(identifiers: pl.DataFrame, crowded: pl.DataFrame) -> pl.DataFrame:
    """Identifiers with status `shared` where they are crowded.

    Args:
        identifiers: scope, kind, value, status.
        crowded: scope, kind, value.
    """
    if crowded.is_empty():
        return identifiers
    asked = identifiers.join(crowded.with_columns(is_crowded=True), on=["scope", "kind", "value"], how="left")
    is_shared = pl.col("is_crowded").is_not_null() & (pl.col("status") == "usable")
    return asked.with_columns(status=pl.when(is_shared).then(pl.lit("shared")).otherwise("status")).drop("is_crowded")


def said_same(same: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """The links that a person's word gives, as `find_links` has them."""
    return (
        same.select("node_a", "node_b")
        .join(nodes.select(node_a="node", scope="scope"), on="node_a")
        .select(
            "node_a",
            "node_b",
            "scope",
            rule=pl.lit("said_same"),
            kind=pl.lit("override"),
            value=pl.lit(None, pl.String),
            strength=pl.lit("certain"),
            weight=pl.lit(1.0),
        )
    )


def with_status(identifiers: pl.DataFrame, shared: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """IDENTIFIERS, with those marked that too many people share."""
    is_shared = pl.col("identifier").is_in(shared["identifier"].implode()) & (pl.col("status") == "usable")
    return identifiers.select(
        nodes["node_key"].gather(identifiers["node"]),
        "scope",
        "kind",
        "value",
        "strength",
        status=pl.when(is_shared).then(pl.lit("shared")).otherwise("status"),
    ).select(IDENTIFIERS.schema.names())


def of_deleted(clustered: pl.DataFrame, identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.Series:
    """The clusters that a deleted record would belong to: one of its identifiers is theirs, and the names agree.

    Args:
        clustered: The nodes with their cluster.
        identifiers: node, identifier, status.
        shared: The identifiers that too many people hold.
    """
    telling = identifiers.filter(~pl.col("identifier").is_in(shared["identifier"].implode()))
    dead = telling.filter(pl.col("status") == "deleted").select("identifier", dead="node")
    met = telling.filter(pl.col("status") == "usable").join(dead, on="identifier")
    name, cluster = clustered["name_match"], clustered["cluster"]
    names = pl.DataFrame({"a": name.gather(met["node"]), "b": name.gather(met["dead"])})
    return cluster.gather(met["node"]).filter(names.select(names_agree("a", "b")).to_series()).unique()


def with_person_id(clustered: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """The nodes with the id of their cluster; null where all of it is deleted.

    Args:
        clustered: The nodes with their cluster, in the order of `node_key`.
        ids: PERSON_IDS, in the same order.
    """
    live = clustered["is_live"].arg_true()
    given = pl.repeat(None, clustered.height, dtype=pl.String, eager=True).scatter(
        live, ids.filter("is_present")["person_id"]
    )
    if live.len() == clustered.height:
        return clustered.with_columns(person_id=given)
    return clustered.with_columns(person_id=given).with_columns(pl.col("person_id").min().over("cluster"))


def with_published(clustered: pl.DataFrame, of_deleted: pl.Series) -> pl.DataFrame:
    """Mark who is known at all, by an identity, lead, name or contact, and who gets a profile.

    A profile have those with a live identity or lead, and those of contacts alone that are not a deleted person's.

    Args:
        clustered: The nodes with their cluster.
        of_deleted: The clusters that are, beside those with a deleted record among them.
    """
    is_person = pl.col("role") == "person"
    lives = (is_person & pl.col("is_live")).any().over("cluster")
    deleted = (is_person & ~pl.col("is_live")).any().over("cluster") | pl.col("cluster").is_in(of_deleted.implode())
    named = is_person | pl.any_horizontal(pl.col("name_match", "phone", "email").is_not_null())
    known = named.any().over("cluster")
    return clustered.with_columns(is_known=known, is_published=lives | (known & ~deleted))
