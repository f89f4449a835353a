"""a bucket of nodes -> persons: links, consistent clusters, ids, and the tables that explain them.

A bucket consists of whole components (see `clustering/graph.py`), so its result depends on no other bucket.

1. Links from shared identifiers, from likely pairs, and from operators' decisions.
2. Clusters, cut until they are consistent.
3. Person ids, and which persons have a profile.
4. The explaining tables: links with their status and suggestions, skipped identifiers, households.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from cdp_pipeline.identity.clustering.cuts import cut_clusters
from cdp_pipeline.identity.clustering.graph import Bucket
from cdp_pipeline.identity.configuration.overrides import AppliedOverrides
from cdp_pipeline.identity.matching.agreement import names_agree
from cdp_pipeline.identity.matching.identifiers import numbered
from cdp_pipeline.identity.matching.links import find_links
from cdp_pipeline.identity.matching.nodes import describe_nodes
from cdp_pipeline.identity.matching.probable import probable_links
from cdp_pipeline.identity.matching.suggestions import with_suggestions
from cdp_pipeline.identity.persons.evidence import household_relations, shared_identifiers, shared_pairs, to_links_table
from cdp_pipeline.identity.persons.person_ids import Changes, assign_person_ids, count_changes
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
"""Each node with its person: the cluster's smallest node, and the person id, null if all of the cluster is deleted."""


@dataclass(frozen=True)
class BucketRules:
    """The rules and decisions that all buckets have in common.

    Attributes:
        limits: By kind, how many different people may hold one identifier.
        cluster_limit: How many records a person may have before the cluster is cut.
        merge_probability: The least probability at which two records are joined.
        crowded: scope, kind, value of the identifiers with too many names to link records in any bucket.
        overrides: The operators' decisions on pairs of nodes.
        changed_at: The timestamp written into the history of ids.
    """

    limits: Mapping[str, int]
    cluster_limit: int
    merge_probability: float
    crowded: pl.DataFrame
    overrides: AppliedOverrides
    changed_at: datetime


@dataclass(frozen=True)
class Persons:
    """The persons of a bucket: rows of the tables of these names in `tables.py`, and `people` (PEOPLE)."""

    people: pl.DataFrame
    identifiers: pl.DataFrame
    links: pl.DataFrame
    skipped_identifiers: pl.DataFrame
    household_relations: pl.DataFrame
    person_ids: pl.DataFrame
    person_id_history: pl.DataFrame
    changes: Changes


def find_persons(bucket: Bucket, rules: BucketRules, issued: pl.Series) -> Persons:
    """Resolve the nodes of a bucket.

    Args:
        bucket: The nodes with their rows of all tables.
        rules: The rules and decisions.
        issued: All person ids that were ever issued, in any bucket.
    """
    number = bucket.nodes["node"]
    nodes = bucket.nodes.drop("node").with_row_index("node")
    identifiers = numbered(_renumbered(without_crowded(bucket.identifiers, rules.crowded), number, "node"))
    pairs = _renumbered(bucket.probable, number, "node_a", "node_b")
    same, different = (
        _renumbered(
            decided.filter(pl.all_horizontal(pl.col(end).is_in(number.implode()) for end in ("node_a", "node_b"))),
            number, "node_a", "node_b",
        )
        for decided in (rules.overrides.same, rules.overrides.different)
    )  # fmt: skip
    described = describe_nodes(nodes, identifiers)
    linked = find_links(described, identifiers, rules.limits)
    probable = probable_links(pairs, rules.merge_probability)
    links = pl.concat([links_decided_same(same, nodes), linked.links, probable], how="vertical_relaxed")
    cut = cut_clusters(links, described, different.select("node_a", "node_b"), rules.cluster_limit)
    in_clusters = nodes.with_columns(cluster=cut.cluster.gather(nodes["node"]))
    clustered = with_published(in_clusters, clusters_of_deleted(in_clusters, identifiers, linked.shared))
    ids = assign_person_ids(clustered.filter("is_live"), bucket.previous, issued, rules.changed_at)
    people = with_person_id(clustered, ids.state)
    published = people.filter("is_published").select("node", "person_id")
    resolved = with_suggestions(cut.links, pairs, described, published, different)
    scores = pl.concat([pairs, _renumbered(bucket.scored, number, "node_a", "node_b")])
    return Persons(
        people=people.with_columns(number.alias("node"), number.gather(people["cluster"]).alias("person")).select(
            PEOPLE.names()
        ),
        identifiers=with_status(identifiers, linked.shared, nodes),
        links=to_links_table(resolved, linked.vetoed, shared_pairs(identifiers, linked.shared), scores, nodes),
        skipped_identifiers=shared_identifiers(identifiers, linked.shared),
        household_relations=household_relations(linked.vetoed, published),
        person_ids=ids.state,
        person_id_history=ids.history,
        changes=count_changes(bucket.previous, ids.state, ids.history),
    )


def _renumbered(rows: pl.DataFrame, number: pl.Series, *columns: str) -> pl.DataFrame:
    """Replace node numbers by positions in the bucket; `number` is sorted and contains all nodes of the rows."""
    return rows.with_columns(number.search_sorted(rows[column]).cast(pl.UInt32).alias(column) for column in columns)


def without_crowded(identifiers: pl.DataFrame, crowded: pl.DataFrame) -> pl.DataFrame:
    """Set the status of crowded identifiers to `shared`.

    Args:
        identifiers: scope, kind, value, status.
        crowded: scope, kind, value.
    """
    if crowded.is_empty():
        return identifiers
    joined = identifiers.join(crowded.with_columns(is_crowded=True), on=["scope", "kind", "value"], how="left")
    is_shared = pl.col("is_crowded").is_not_null() & (pl.col("status") == "usable")
    return joined.with_columns(status=pl.when(is_shared).then(pl.lit("shared")).otherwise("status")).drop("is_crowded")


def links_decided_same(same: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Links for the decisions `same`, with the columns of `Links.links`."""
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
    """IDENTIFIERS, with the status `shared` for those that too many people hold."""
    is_shared = pl.col("identifier").is_in(shared["identifier"].implode()) & (pl.col("status") == "usable")
    return identifiers.select(
        nodes["node_key"].gather(identifiers["node"]),
        "scope",
        "kind",
        "value",
        "strength",
        status=pl.when(is_shared).then(pl.lit("shared")).otherwise("status"),
    ).select(IDENTIFIERS.schema.names())


def clusters_of_deleted(clustered: pl.DataFrame, identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.Series:
    """The clusters that share an identifier with a deleted record and have a name that agrees with it.

    Args:
        clustered: The nodes with their cluster.
        identifiers: node, identifier, status.
        shared: The identifiers that too many people hold; they do not count.
    """
    identifying = identifiers.filter(~pl.col("identifier").is_in(shared["identifier"].implode()))
    dead = identifying.filter(pl.col("status") == "deleted").select("identifier", dead="node")
    met = identifying.filter(pl.col("status") == "usable").join(dead, on="identifier")
    name, cluster = clustered["name_match"], clustered["cluster"]
    names = pl.DataFrame({"a": name.gather(met["node"]), "b": name.gather(met["dead"])})
    return cluster.gather(met["node"]).filter(names.select(names_agree("a", "b")).to_series()).unique()


def with_person_id(clustered: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """The nodes with the person id of their cluster; null if all nodes of the cluster are deleted.

    Args:
        clustered: The nodes with their cluster, in the order of `node_key`.
        ids: PERSON_IDS, in the same order.
    """
    live = clustered["is_live"].arg_true()
    person_id = pl.repeat(None, clustered.height, dtype=pl.String, eager=True).scatter(
        live, ids.filter("is_present")["person_id"]
    )
    if live.len() == clustered.height:
        return clustered.with_columns(person_id=person_id)
    return clustered.with_columns(person_id=person_id).with_columns(pl.col("person_id").min().over("cluster"))


def with_published(clustered: pl.DataFrame, of_deleted: pl.Series) -> pl.DataFrame:
    """Add `is_known` (the cluster has an identity, lead, name, phone or e-mail) and `is_published` (it has a profile).

    Publish a profile for clusters with a live identity or lead, and for known contact-only clusters that belong to no
    deleted person.

    Args:
        clustered: The nodes with their cluster.
        of_deleted: Clusters that belong to a deleted person, besides those that contain a deleted identity or lead.
    """
    is_person = pl.col("role") == "person"
    has_live = (is_person & pl.col("is_live")).any().over("cluster")
    deleted = (is_person & ~pl.col("is_live")).any().over("cluster") | pl.col("cluster").is_in(of_deleted.implode())
    named = is_person | pl.any_horizontal(pl.col("name_match", "phone", "email").is_not_null())
    known = named.any().over("cluster")
    return clustered.with_columns(is_known=known, is_published=has_live | (known & ~deleted))
