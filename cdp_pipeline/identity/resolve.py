"""current records -> persons, all steps in order: the one entrance to this room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.agreement import names_agree
from cdp_pipeline.identity.attach import Attached, attach_records
from cdp_pipeline.identity.changes import Changes, count_changes
from cdp_pipeline.identity.cuts import cut_clusters
from cdp_pipeline.identity.descriptions import describe_nodes
from cdp_pipeline.identity.directory import directory_of
from cdp_pipeline.identity.evidence import blocked_pairs, household_relations, skipped_identifiers, tell_links
from cdp_pipeline.identity.identifiers import find_identifiers
from cdp_pipeline.identity.links import Links, find_links
from cdp_pipeline.identity.matching.between import compare_between
from cdp_pipeline.identity.matching.model import Model
from cdp_pipeline.identity.matching.probable import Probable, find_probable
from cdp_pipeline.identity.matching.suggestions import with_suggestions
from cdp_pipeline.identity.nodes import Nodes, find_nodes
from cdp_pipeline.identity.overrides import Decisions, Overrides, apply_overrides
from cdp_pipeline.identity.person_ids import PersonIds, assign_person_ids
from cdp_pipeline.identity.references import resolve_customer_ids
from cdp_pipeline.identity.rules import IdentityRules
from cdp_pipeline.identity.tables import IDENTIFIERS, OVERRIDE_PROBLEMS


@dataclass(frozen=True)
class Choices:
    """What a user decides about identity.

    Attributes:
        scope: `company` compares within an internal company, `organisation` across all.
        rules: Limits and values that are nobody's.
        overrides: A person's word on pairs of records.
        merge_probability: From which probability on two records that are alike are one person.
        suggest_probability: From which one on they are shown to a person.
        model: What agreement is worth, where that is kept from an earlier run; else it is learned from the records.
    """

    scope: Literal["company", "organisation"]
    rules: IdentityRules
    overrides: Overrides
    merge_probability: float
    suggest_probability: float
    model: Model | None = None


@dataclass(frozen=True)
class Resolution:
    """Who is who, in the tables of `tables.py`.

    Attributes:
        identifiers: Every identifier of every node with its status.
        links: The evidence, by record, with what became of it, and the pairs that a person should look at.
        skipped_identifiers: Identifiers that link nobody.
        household_relations: Persons who share a contact.
        override_problems: Lines of the overrides file that do not hold.
        person_ids: The memory of ids and the changes against the run before.
        changes: Those changes in numbers.
        attached: Every record's person, or why it has none.
        unresolved_references: Records whose customer id names nobody for certain: object_type, records.
        model: What agreement was worth; null where no two records had to be compared.
        expected: What the model expects of thresholds, see `Probable`.
    """

    identifiers: pl.DataFrame
    links: pl.DataFrame
    skipped_identifiers: pl.DataFrame
    household_relations: pl.DataFrame
    override_problems: pl.DataFrame
    person_ids: PersonIds
    changes: Changes
    attached: Attached
    unresolved_references: pl.DataFrame
    model: Model | None
    expected: pl.DataFrame


def resolve_persons(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    previous_ids: pl.DataFrame,
    choices: Choices,
    changed_at: datetime,
) -> Resolution:
    """Resolve all current records to persons.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        previous_ids: PERSON_IDS of the run before, empty at first.
        choices: What the user decided.
        changed_at: The moment written into the history of ids.
    """
    found, customer_ids, identifiers, described, linked = _described(current, entities, choices)
    nodes = found.nodes
    said = apply_overrides(choices.overrides.said, _named(found.members, choices.overrides.said))
    asked = pl.concat([frame.select("node_a", "node_b") for frame in (linked.links, linked.vetoed)]).unique()
    probable = _probable(described, identifiers, linked.shared, choices, asked)
    every = pl.concat([said_same(said, nodes), linked.links, probable.links], how="vertical_relaxed")
    cut = cut_clusters(every, described, said.different.select("node_a", "node_b"), choices.rules.cluster_limit)
    vetoed, shared = linked.vetoed, linked.shared
    # What is no longer needed is let go: of a million people each of these frames takes a good part of a gigabyte.
    del every, linked
    in_clusters = nodes.with_columns(cluster=cut.cluster.gather(nodes["node"]))
    clustered = with_published(in_clusters, of_deleted(in_clusters, identifiers, shared))
    ids = assign_person_ids(clustered.filter("is_live"), previous_ids, changed_at)
    people = with_person_id(clustered, ids.state)
    published = people.filter("is_published").select("node", "person_id")
    skipped = skipped_identifiers(identifiers, shared)
    judged = with_suggestions(cut.links, probable.pairs, described, published, said.different)
    scores = pl.concat([probable.pairs, probable.asked])
    links = tell_links(judged, vetoed, blocked_pairs(identifiers, skipped), scores, nodes)
    model, expected = probable.model, probable.expected
    del cut, judged, described, probable, scores, clustered
    return Resolution(
        identifiers=with_status(identifiers, shared, nodes),
        links=links,
        skipped_identifiers=skipped.drop("identifier"),
        household_relations=household_relations(vetoed, published),
        override_problems=override_problems(choices.overrides, said),
        person_ids=ids,
        changes=count_changes(previous_ids, ids.state, ids.history),
        attached=attach_records(
            current,
            entities,
            found.members.with_columns(is_live=nodes["is_live"].gather(found.members["node"])),
            directory_of(current, entities, people, identifiers, choices.scope),
        ),
        unresolved_references=unresolved_references(customer_ids, nodes),
        model=model,
        expected=expected,
    )


def compare_persons(current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], choices: Choices) -> Probable:
    """What the model finds among all current records, as `resolve_persons` does, without saying who is who.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        choices: What the user decided; without a model, one is trained.
    """
    _, _, identifiers, described, linked = _described(current, entities, choices)
    return _probable(described, identifiers, linked.shared, choices)


def compare_records(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    choices: Choices,
    model: Model | None,
    ones: pl.Series,
    others: pl.Series,
) -> pl.DataFrame:
    """How the records of one group compare with those of another, the most alike first.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        choices: What the user decided; its model is left aside.
        model: What agreement is worth; of null, what is packaged.
        ones: Record keys of one group; those that are no record of a person are left out.
        others: Those of the other.

    Returns:
        What `compare_between` gives, by record_key_a and record_key_b in place of the nodes.
    """
    found, _, identifiers, described, linked = _described(current, entities, choices)
    telling = _telling(identifiers, linked.shared)
    keys = found.members.select("record_key", "node").unique("node", keep="first", maintain_order=True)
    nodes = [
        found.members.filter(pl.col("record_key").is_in(group.implode()))["node"].unique(maintain_order=True)
        for group in (ones, others)
    ]
    compared = compare_between(described, telling, model, choices.merge_probability, *nodes)
    return (
        compared.join(keys.rename({"record_key": "record_key_a"}), left_on="node_a", right_on="node", how="left")
        .join(keys.rename({"record_key": "record_key_b"}), left_on="node_b", right_on="node", how="left")
        .sort("score", "record_key_a", "record_key_b", descending=[True, False, False])
        .drop("node_a", "node_b")
    )


def _described(
    current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], choices: Choices
) -> tuple[Nodes, pl.DataFrame, pl.DataFrame, pl.DataFrame, Links]:
    """Nodes, what their customer ids mean, their identifiers and descriptions, and the links by shared identifiers."""
    found = find_nodes(current, entities, choices.scope)
    customer_ids = resolve_customer_ids(found.nodes)
    identifiers = find_identifiers(current, entities, found, customer_ids, choices.rules.blocked)
    described = with_customer(describe_nodes(current, entities, found.nodes, identifiers), found.nodes)
    return found, customer_ids, identifiers, described, find_links(described, identifiers, choices.rules.limits)


def _probable(
    described: pl.DataFrame,
    identifiers: pl.DataFrame,
    shared: pl.DataFrame,
    choices: Choices,
    asked: pl.DataFrame | None = None,
) -> Probable:
    telling = _telling(identifiers, shared)
    thresholds = (choices.merge_probability, choices.suggest_probability)
    return find_probable(described, telling, *thresholds, choices.model, asked)


def _telling(identifiers: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """The identifiers that the model is told of: contacts that too many people share say nothing."""
    return identifiers.filter(~pl.col("identifier").is_in(shared["identifier"].implode()))


def with_customer(described: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """The descriptions with the customer that each node names: namespace and customer_id."""
    namespace = pl.concat_str(["company", "system"], separator="|")
    return described.hstack(
        nodes.select(pl.when(pl.col("customer_id").is_not_null()).then(namespace).alias("namespace"), "customer_id")
    )


def _named(members: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """The records that a person's statements name, with their node."""
    keys = pl.concat([said["record_key_a"], said["record_key_b"]])
    return members.filter(pl.col("record_key").is_in(keys.implode())).select("record_key", "node")


def said_same(said: Decisions, nodes: pl.DataFrame) -> pl.DataFrame:
    """The links that a person's word gives, as `find_links` has them."""
    return (
        said.same.select("node_a", "node_b")
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


def override_problems(overrides: Overrides, said: Decisions) -> pl.DataFrame:
    """OVERRIDE_PROBLEMS: lines that cannot be read, and lines that do not hold."""
    problems = pl.concat([overrides.problems, said.problems])
    return (
        OVERRIDE_PROBLEMS.conform(problems.lazy()).unique(OVERRIDE_PROBLEMS.key).sort(OVERRIDE_PROBLEMS.key).collect()
    )


def with_status(identifiers: pl.DataFrame, shared: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """IDENTIFIERS, with those marked that too many people share."""
    is_shared = pl.col("identifier").is_in(shared["identifier"].implode())
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


def unresolved_references(customer_ids: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """How many records of each object_type name a customer who is not known for certain: object_type, records."""
    return (
        customer_ids.filter(~pl.col("is_resolved"))
        .join(nodes, on="node")
        .group_by("object_type")
        .agg(pl.col("records").sum())
        .sort("object_type")
    )
