"""current records -> persons, all steps in order: the entry point of the package.

1. Nodes, their customer references and identifiers, as files (`matching/nodes.py`, `matching/references.py`,
   `matching/identifiers.py`).
2. Pairs that are probably one person by their score (`matching/`).
3. Independent buckets of nodes (`clustering/graph.py`), each resolved to persons (`persons/resolve.py`).
4. The person of every record (`persons/attach.py`).

Memory is bounded by the bucket: steps over all records are SQL, which has a memory limit and spills to disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial, reduce
from operator import add
from typing import Final, Literal

import polars as pl

from cdp_pipeline.backend import Workspace
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.clustering.graph import Place, crowded_query, find_buckets, most_names, read_bucket
from cdp_pipeline.identity.configuration.overrides import AppliedOverrides, Overrides, apply_overrides
from cdp_pipeline.identity.configuration.rules import IdentityRules
from cdp_pipeline.identity.matching.identifiers import find_identifiers
from cdp_pipeline.identity.matching.model import Model
from cdp_pipeline.identity.matching.nodes import find_nodes
from cdp_pipeline.identity.matching.probable import Matching, compare_between, find_probable
from cdp_pipeline.identity.matching.references import find_references
from cdp_pipeline.identity.persons.attach import attach_records
from cdp_pipeline.identity.persons.evidence import EXAMPLES, skipped_links, skipped_query
from cdp_pipeline.identity.persons.person_ids import NO_CHANGES, Changes
from cdp_pipeline.identity.persons.resolve import PEOPLE, BucketRules, Persons, find_persons
from cdp_pipeline.identity.tables import (
    HOUSEHOLD_RELATIONS,
    IDENTIFIERS,
    LINKS,
    OVERRIDE_PROBLEMS,
    PERSON_ID_HISTORY,
    PERSON_IDS,
    SKIPPED_IDENTIFIERS,
)

_OF_BUCKETS: Final = {
    "people": PEOPLE,
    "identifier_statuses": IDENTIFIERS.schema,
    "links": LINKS.schema,
    "skipped_identifiers": SKIPPED_IDENTIFIERS.schema,
    "household_relations": HOUSEHOLD_RELATIONS.schema,
    "person_ids": PERSON_IDS.schema,
    "person_id_history": PERSON_ID_HISTORY.schema,
}


@dataclass(frozen=True)
class Choices:
    """The user's settings, rules and decisions for identity.

    Attributes:
        scope: `company` compares within an internal company, `organisation` across all.
        rules: Limits and placeholder lists.
        overrides: The operators' decisions on pairs of records.
        merge_probability: The least probability at which two records are joined.
        suggest_probability: The least probability at which two records are suggested for review.
        model: The model kept from an earlier run; None to train one on the records.
    """

    scope: Literal["company", "organisation"]
    rules: IdentityRules
    overrides: Overrides
    merge_probability: float
    suggest_probability: float
    model: Model | None = None


@dataclass(frozen=True)
class Resolution:
    """The resolved persons, in the tables of `tables.py`; lazy frames read the workspace, in no order.

    Attributes:
        identifiers: Every identifier of every node with its status.
        links: The evidence by record, with its status, and the pairs suggested for review.
        skipped_identifiers: Identifiers that link no records.
        household_relations: Pairs of persons who share a contact.
        override_problems: Lines of the overrides file that are invalid or not applied.
        person_ids: The state of ids, for the next run.
        person_id_history: The changes against the previous run.
        changes: The counts of these changes.
        record_persons: The person of every record that has one.
        unlinked_records: Records without a person, with the reason.
        unresolved_references: Counts of records whose customer id is not resolved: object_type, records.
        matching: The model, and what it expects of thresholds.
    """

    identifiers: pl.LazyFrame
    links: pl.LazyFrame
    skipped_identifiers: pl.LazyFrame
    household_relations: pl.LazyFrame
    override_problems: pl.LazyFrame
    person_ids: pl.LazyFrame
    person_id_history: pl.LazyFrame
    changes: Changes
    record_persons: pl.LazyFrame
    unlinked_records: pl.LazyFrame
    unresolved_references: pl.DataFrame
    matching: Matching


def resolve_persons(
    work: Workspace,
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    previous: pl.LazyFrame,
    choices: Choices,
    changed_at: datetime,
) -> Resolution:
    """Resolve all current records to persons.

    Args:
        work: The workspace for the tables; the result's lazy frames read it.
        current: The current tables by entity name.
        entities: Their declarations.
        previous: PERSON_IDS of the previous run, empty on the first run.
        choices: The user's settings, rules and decisions.
        changed_at: The timestamp written into the history of ids.
    """
    entities = _with_rows(current, entities)
    _find_nodes(work, current, entities, choices)
    matching = find_probable(work, choices.merge_probability, choices.suggest_probability, choices.model)
    applied = apply_overrides(choices.overrides.decisions, _members(work, choices.overrides.decisions))
    work.write("decided_same", applied.same.select("node_a", "node_b"))
    limits = choices.rules.limits
    is_crowded = pl.col("names") > most_names(limits)
    rules = BucketRules(
        limits=limits,
        cluster_limit=choices.rules.cluster_limit,
        merge_probability=choices.merge_probability,
        crowded=work.scan("crowded").filter(is_crowded).select("scope", "kind", "value").collect(),
        overrides=applied,
        changed_at=changed_at,
    )
    changes = _resolve_buckets(work, find_buckets(work, previous, limits), rules)
    work.run(skipped_query(most_names(limits)))
    work.run(EXAMPLES)
    attach_records(work, current, entities, choices.scope)
    skipped = work.scan("skipped").with_columns(
        limit=pl.when(pl.col("people").is_not_null()).then(pl.col("kind").replace_strict(dict(limits), default=None))
    )
    return Resolution(
        identifiers=work.scan("identifier_statuses"),
        links=pl.concat([work.scan("links"), skipped_links(work.scan("examples"))]),
        skipped_identifiers=pl.concat([work.scan("skipped_identifiers"), SKIPPED_IDENTIFIERS.conform(skipped)]),
        household_relations=work.scan("household_relations"),
        override_problems=override_problems(choices.overrides, applied),
        person_ids=work.scan("person_ids"),
        person_id_history=work.scan("person_id_history"),
        changes=changes,
        record_persons=work.scan("record_persons"),
        unlinked_records=work.scan("unlinked_records"),
        unresolved_references=work.scan("unresolved_references").sort("object_type").collect(),
        matching=matching,
    )


def compare_persons(
    work: Workspace, current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], choices: Choices
) -> Matching:
    """Run the matching of `resolve_persons` on all current records, without resolving persons.

    Args:
        work: The workspace for the tables.
        current: The current tables by entity name.
        entities: Their declarations.
        choices: The user's settings, rules and decisions; if its model is None, one is trained.
    """
    _find_nodes(work, current, _with_rows(current, entities), choices)
    return find_probable(work, choices.merge_probability, choices.suggest_probability, choices.model)


def compare_records(
    work: Workspace,
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    choices: Choices,
    model: Model | None,
    ones: pl.Series,
    others: pl.Series,
) -> pl.DataFrame:
    """Compare each record of one group with each of another, the highest score first.

    Args:
        work: The workspace for the tables.
        current: The current tables by entity name.
        entities: Their declarations.
        choices: The user's settings, rules and decisions; its model is not used.
        model: The model in force; None for the packaged one.
        ones: Record keys of one group; keys of records that do not describe a person are left out.
        others: Record keys of the other group, likewise.

    Returns:
        The result of `compare_between`, with record_key_a and record_key_b in place of the nodes.
    """
    _find_nodes(work, current, _with_rows(current, entities), choices)
    persons = work.scan("nodes").filter(pl.col("role") == "person").select("node", "record_key")
    keys = persons.filter(pl.col("record_key").is_in(pl.concat([ones, others]).implode())).collect()
    nodes = [keys.filter(pl.col("record_key").is_in(group.implode()))["node"] for group in (ones, others)]
    compared = compare_between(work, model, choices.merge_probability, *nodes)
    return (
        compared.join(keys.rename({"record_key": "record_key_a"}), left_on="node_a", right_on="node", how="left")
        .join(keys.rename({"record_key": "record_key_b"}), left_on="node_b", right_on="node", how="left")
        .sort("score", "record_key_a", "record_key_b", descending=[True, False, False])
        .drop("node_a", "node_b")
    )


def _with_rows(current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity]) -> list[Entity]:
    """The entities with at least one record: scanning empty ones in every step costs more than a small delivery."""
    counts = pl.collect_all([current[entity.name].select(pl.len()) for entity in entities])
    return [entity for entity, rows in zip(entities, counts, strict=True) if rows.item()]


def _find_nodes(
    work: Workspace, current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], choices: Choices
) -> None:
    """Make `nodes`, `customer_ids`, `identifiers` and `crowded`."""
    find_nodes(work, current, entities, choices.scope)
    find_references(work, choices.rules.blocked)
    find_identifiers(work, current, entities, choices.rules.blocked)
    work.run(crowded_query(choices.rules.limits))


def _resolve_buckets(work: Workspace, places: Sequence[Place], rules: BucketRules) -> Changes:
    """Resolve each bucket and make the tables of _OF_BUCKETS; return the changes of all buckets."""
    for table in _OF_BUCKETS:
        work.emptied(table)
    work.write("issued_ids", work.scan("previous").select(pl.col("person_id").unique()))
    # Only the folder's path is sent to another machine.
    resolve = partial(_resolve_bucket, Workspace(work.root.absolute()), rules)
    return reduce(add, work.backend.map_buckets(resolve, places), NO_CHANGES)


def _resolve_bucket(work: Workspace, rules: BucketRules, place: Place) -> Changes:
    """Resolve one bucket, write its part of each table, and return its changes."""
    persons = find_persons(read_bucket(work, place), rules, work.scan("issued_ids").collect()["person_id"])
    for table, rows in zip(_OF_BUCKETS, _tables(persons), strict=True):
        work.write_part(table, place.number, rows.select(_OF_BUCKETS[table].names()))
    return persons.changes


def _tables(persons: Persons) -> list[pl.DataFrame]:
    return [getattr(persons, field.name) for field in fields(persons) if field.name != "changes"]


def _members(work: Workspace, decisions: pl.DataFrame) -> pl.DataFrame:
    """The records that the decisions refer to, with their node: record_key, node."""
    named = pl.concat([decisions["record_key_a"], decisions["record_key_b"]])
    if named.is_empty():
        return pl.DataFrame(schema={"record_key": pl.String, "node": pl.Int64})
    is_named = pl.col("record_key").is_in(named.implode())
    persons = work.scan("person_records").filter(is_named).select("record_key", node_key="record_key")
    contacts = work.scan("contact_members").filter(is_named).select("record_key", "node_key")
    found = pl.concat([persons, contacts]).collect()
    nodes = work.scan("nodes").filter(pl.col("node_key").is_in(found["node_key"].implode()))
    return found.join(nodes.select("node_key", "node").collect(), on="node_key").select("record_key", "node")


def override_problems(overrides: Overrides, applied: AppliedOverrides) -> pl.LazyFrame:
    """OVERRIDE_PROBLEMS: lines that are invalid, and lines that are not applied."""
    problems = pl.concat([overrides.problems, applied.problems])
    return OVERRIDE_PROBLEMS.conform(problems.lazy()).unique(OVERRIDE_PROBLEMS.key).sort(OVERRIDE_PROBLEMS.key)
