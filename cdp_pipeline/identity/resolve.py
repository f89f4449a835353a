"""current records -> persons, all steps in order: the one entrance to this room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.attach import Attached, Directory, attach_records
from cdp_pipeline.identity.blocked import read_blocked_values
from cdp_pipeline.identity.clusters import find_clusters
from cdp_pipeline.identity.identifiers import find_identifiers
from cdp_pipeline.identity.links import find_links
from cdp_pipeline.identity.nodes import BLANK, Nodes, find_nodes
from cdp_pipeline.identity.person_ids import PersonIds, assign_person_ids
from cdp_pipeline.identity.references import resolve_customer_ids
from cdp_pipeline.identity.tables import IDENTIFIERS, LINKS, SHARED_IDENTIFIERS


@dataclass(frozen=True)
class Resolution:
    """Who is who, in the tables of `tables.py`.

    Attributes:
        identifiers: Every identifier of every node with its status.
        links: The evidence, by record.
        shared_identifiers: Identifiers that link nobody, as too many people hold them.
        person_ids: The memory of ids and the changes against the run before.
        attached: Every record's person, or why it has none.
        unresolved_references: Records whose customer id names nobody for certain: object_type, records.
        largest_cluster: How many nodes the largest person has.
    """

    identifiers: pl.DataFrame
    links: pl.DataFrame
    shared_identifiers: pl.DataFrame
    person_ids: PersonIds
    attached: Attached
    unresolved_references: pl.DataFrame
    largest_cluster: int


def resolve_persons(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    previous_ids: pl.DataFrame,
    scope: str,
    changed_at: datetime,
) -> Resolution:
    """Resolve all current records to persons.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        previous_ids: PERSON_IDS of the run before, empty at first.
        scope: `company` or `organisation`.
        changed_at: The moment written into the history of ids.
    """
    found = find_nodes(current, entities, scope)
    nodes = found.nodes
    customer_ids = resolve_customer_ids(nodes)
    identifiers = find_identifiers(current, entities, found, customer_ids, read_blocked_values())
    linked = find_links(nodes, identifiers)
    cluster = find_clusters(linked.links.select(a="node_a", b="node_b"), nodes.height)
    clustered = _with_published(nodes.with_columns(cluster=cluster.gather(nodes["node"])))
    ids = assign_person_ids(clustered, previous_ids, changed_at)
    people = clustered.join(ids.state.select("node_key", "person_id"), on="node_key")
    return Resolution(
        identifiers=_with_status(identifiers, linked.shared, nodes),
        links=_by_record(linked.links, nodes),
        shared_identifiers=SHARED_IDENTIFIERS.conform(linked.shared.lazy()).collect(),
        person_ids=ids,
        attached=attach_records(
            current, entities, _directory(current, entities, found, people, customer_ids, identifiers, scope)
        ),
        unresolved_references=_unresolved(customer_ids, nodes),
        largest_cluster=clustered.select(pl.col("cluster").unique_counts().max().fill_null(0)).item(),
    )


def _with_published(clustered: pl.DataFrame) -> pl.DataFrame:
    """Mark who is known at all, by an identity, lead, name or contact, and who gets a profile.

    A profile have those with a live identity or lead, and those of contacts alone with nobody deleted among them.
    """
    is_person = pl.col("role") == "person"
    lives = (is_person & pl.col("is_live")).any().over("cluster")
    deleted = (is_person & ~pl.col("is_live")).any().over("cluster")
    named = is_person | pl.any_horizontal(pl.col("name_match", "phone", "email").is_not_null())
    known = named.any().over("cluster")
    return clustered.with_columns(is_known=known, is_published=lives | (known & ~deleted))


def _with_status(identifiers: pl.DataFrame, shared: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    marked = identifiers.join(
        shared.select("scope", "kind", "value", pl.lit(value=True).alias("is_shared")),
        on=["scope", "kind", "value"],
        how="left",
    ).with_columns(status=pl.when("is_shared").then(pl.lit("shared")).otherwise("status"))
    return IDENTIFIERS.conform(marked.join(nodes.select("node", "node_key"), on="node").lazy()).collect()


def _by_record(links: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    key = nodes["record_key"]
    return (
        LINKS.conform(
            links.lazy().with_columns(
                key.gather(links["node_a"]).alias("record_key_a"),
                key.gather(links["node_b"]).alias("record_key_b"),
                pl.col("kind").alias("identifier_kind"),
                pl.lit("used").alias("status"),
            )
        )
        .unique(LINKS.key)
        .sort(LINKS.key)
        .collect()
    )


def _unresolved(customer_ids: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    return (
        customer_ids.filter(~pl.col("is_resolved"))
        .join(nodes, on="node")
        .group_by("object_type")
        .agg(pl.col("records").sum())
        .sort("object_type")
    )


def _directory(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    found: Nodes,
    people: pl.DataFrame,
    customer_ids: pl.DataFrame,
    identifiers: pl.DataFrame,
    scope: str,
) -> Directory:
    person = people.lazy().filter("is_known").select("node", "node_key", "person_id", "is_published")
    by_node = person.drop("node_key")
    owner = people.lazy().select(
        "node", "company", "customer_id", (pl.col("object_type") == "customer-identity").alias("is_owner")
    )
    leads = [
        current[e.name].select(
            "record_key",
            pl.col("company_id").fill_null(BLANK).alias("company"),
            pl.col("system_name").fill_null(BLANK).alias("system"),
            pl.col(e.source_id).alias("lead_id"),
        )
        for e in entities
        if e.object_type in ("lead-information", "moego-lead")
    ]
    members = found.members.lazy().join(person, on="node_key").select("record_key", "person_id", "is_published")
    return Directory(
        members=members,
        customers=customer_ids.lazy().join(by_node, on="node").join(owner, on="node"),
        leads=pl.concat(leads).join(members, on="record_key"),
        addresses=identifiers.lazy()
        .filter(pl.col("kind").is_in(["phone", "email"]))
        .join(by_node, on="node")
        .select("scope", "kind", "value", "person_id", "is_published")
        .unique(),
        scope=scope,
    )
