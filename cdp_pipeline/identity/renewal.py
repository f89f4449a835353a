"""the identity layer of the run before + what changed since -> the identity layer now.

Gives the very tables that `resolve_persons` makes of all records, but judges only nodes that are near a change
(`closure.py`). What still looks at all nodes are the frequencies behind attribute links, which any new person moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.attributes import find_attribute_links
from cdp_pipeline.identity.changes import Changes, count_changes
from cdp_pipeline.identity.closure import near
from cdp_pipeline.identity.descriptions import NUMBERS, describe_nodes
from cdp_pipeline.identity.evidence import blocked_pairs, skipped_identifiers, tell_links
from cdp_pipeline.identity.holders import IDENTIFIER
from cdp_pipeline.identity.near_nodes import Judged, Near, judge_near, numbered, turned
from cdp_pipeline.identity.nodes import Nodes, find_nodes
from cdp_pipeline.identity.overrides import apply_overrides
from cdp_pipeline.identity.reattach import Known, Reattached, reattach
from cdp_pipeline.identity.renewed_nodes import (
    held_things,
    is_to_be_learned,
    moved_ends,
    renewed_identifiers,
    renewed_nodes,
)
from cdp_pipeline.identity.resolve import (
    Choices,
    override_problems,
    unresolved_references,
)
from cdp_pipeline.identity.suggestions import find_probable, suggested_links
from cdp_pipeline.identity.touched import Touched

MOST_NEAR = 0.3
"""Where more than this part of the nodes is near a change, judging all of them costs no more."""

_ENDS = ("node_a", "node_b")


@dataclass(frozen=True)
class Before:
    """The identity layer of the run before, by table name, and its nodes, as `Resolution.nodes` has them."""

    tables: Mapping[str, pl.LazyFrame]
    nodes: pl.LazyFrame

    def __getitem__(self, table: str) -> pl.LazyFrame:
        return self.tables[table]


@dataclass(frozen=True)
class Renewal:
    """The identity layer now.

    Attributes:
        tables: Every identity table but `person_id_history`, complete, in no particular order.
        nodes: Every node with `is_known`, for the next renewal.
        history: The changes of ids.
        changes: Those changes in numbers.
        unresolved_references: As `Resolution` has it.
        persons: The ids, old and new, of persons who gained, lost or hold a changed record, or hold an identifier that
            began or ceased to link.
    """

    tables: dict[str, pl.LazyFrame]
    nodes: pl.DataFrame
    history: pl.DataFrame
    changes: Changes
    unresolved_references: pl.DataFrame
    persons: pl.Series


def renew_persons(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    before: Before,
    touched: Mapping[str, Touched],
    choices: Choices,
    changed_at: datetime,
) -> Renewal | None:
    """Resolve what changed; null where so much did, or matching may merge, that all must be resolved.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        before: The layer that the run before made, under the same choices.
        touched: The records of each entity that changed since.
        choices: What the user decided.
        changed_at: The moment written into the history of ids.
    """
    if choices.matching == "merge":
        return None
    found = find_nodes(current, entities, choices.scope)
    nodes, old_nodes = found.nodes, before.nodes.collect()
    renewed = renewed_nodes(found, old_nodes, entities, current, touched, choices.scope)
    identifiers = renewed_identifiers(current, entities, found, before["identifiers"], renewed, choices.rules.blocked)
    numbers = numbered(identifiers.filter(pl.col("kind").is_in(NUMBERS)), nodes)
    described = describe_nodes(current, entities, nodes, numbers)
    attribute_links = find_attribute_links(described)
    said = apply_overrides(choices.overrides.said, _said_members(found, choices.overrides.said))
    ids, links = before["person_ids"].collect(), before["links"].filter(is_to_be_learned()).collect()
    # Of all others both states are the same.
    is_renewed = pl.col("node_key").is_in(renewed.implode())
    held = held_things(
        [nodes, old_nodes.filter(is_renewed)],
        [identifiers, before["identifiers"].filter(is_renewed).collect()],
        ids,
        [links, tell_ends(attribute_links, nodes)],
        pl.concat([said.same, said.different], how="diagonal"),
        found,
    )
    moved = moved_ends(links, tell_ends(attribute_links, nodes), found)
    hashes = near(pl.concat([renewed, moved]), held, int(MOST_NEAR * nodes.height))
    if hashes is None:
        return None
    near_by = Near(hashes, nodes, old_nodes, ids)
    judged = judge_near(near_by, identifiers, described, attribute_links, said, choices, changed_at, ids["person_id"])
    state = pl.concat([ids.filter(~near_by.holds), judged.state])
    flags = ["node_key", "is_known"]
    known = pl.concat([old_nodes.filter(~near_by.holds).select(flags), judged.nodes.select(flags)])
    who = Known(found, known, state, identifiers, choices.scope)
    held_before = before["identifiers"].filter(near_by.holds).collect()
    attached = reattach(current, entities, who, touched, *turned(near_by, judged, held_before))
    old_skipped = before["skipped_identifiers"].collect()
    skipped = _skipped(old_skipped, held_before, judged, identifiers)
    again = pl.col("record_key").is_in(attached.records.implode())
    probable = find_probable(described, choices.matching, choices.rules)
    probable_people = who.people(pl.col("node").is_in(pl.concat([probable.pairs[end] for end in _ENDS]).implode()))
    held_by_many = numbered(who.holders(skipped), nodes)
    blocked = tell_links(judged.links_given.clear(), judged.vetoed.clear(), blocked_pairs(held_by_many, skipped), nodes)
    is_judged = pl.any_horizontal(
        pl.col(end).is_in(near_by.record_keys.implode()) for end in ("record_key_a", "record_key_b")
    )
    of_judged = pl.col("person_id_a").is_in(pl.concat([near_by.ids["person_id"], judged.state["person_id"]]).implode())
    changes = count_changes(near_by.ids, judged.state, judged.history)
    steady = ids.filter(pl.col("is_present") & pl.col("is_published"))["person_id"].n_unique() - changes.before
    tables: dict[str, list[pl.LazyFrame | pl.DataFrame]] = {
        "identifiers": [before["identifiers"].filter(~near_by.holds), judged.identifiers],
        "links": [before["links"].filter((pl.col("status") != "blocked") & ~is_judged), judged.links, blocked],
        "skipped_identifiers": [skipped],
        "household_relations": [before["household_relations"].filter(~of_judged), judged.household_relations],
        "suggested_links": [suggested_links(probable, described, probable_people, said)],
        "override_problems": [override_problems(choices.overrides, said)],
        "record_persons": [before["record_persons"].filter(~again), attached.record_persons],
        "unlinked_records": [before["unlinked_records"].filter(~again), attached.unlinked],
        "person_ids": [state],
    }
    return Renewal(
        tables={name: pl.concat([part.lazy() for part in parts]) for name, parts in tables.items()},
        nodes=nodes.join(known, on="node_key").select(old_nodes.columns),
        history=judged.history,
        changes=changes.beside(steady),
        unresolved_references=unresolved_references(_unresolved_ids(identifiers, nodes), nodes),
        persons=_moved_persons(before["record_persons"].filter(again).collect(), attached, touched)
        .append(_reflagged(old_skipped, skipped, who))
        .unique()
        .sort(),
    )


def _unresolved_ids(identifiers: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """The nodes that name a customer of whom it is not known for certain who it is."""
    unresolved = identifiers.filter((pl.col("kind") == "customer_id") & (pl.col("strength") != "strong"))
    return numbered(unresolved, nodes).select("node", is_resolved=pl.lit(value=False))


def _said_members(found: Nodes, said: pl.DataFrame) -> pl.DataFrame:
    named = pl.concat([said["record_key_a"], said["record_key_b"]])
    members = found.members.filter(pl.col("record_key").is_in(named.implode()))
    return members.join(found.nodes.select("node", "node_key"), on="node_key").select("record_key", "node")


def tell_ends(links: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Links by node as links by record: record_key_a, record_key_b, rule, identifier_kind."""
    key = nodes["record_key"]
    return links.select(
        key.gather(links["node_a"]).alias("record_key_a"),
        key.gather(links["node_b"]).alias("record_key_b"),
        "rule",
        pl.col("kind").alias("identifier_kind"),
    )


def _skipped(old: pl.DataFrame, held_before: pl.DataFrame, judged: Judged, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Identifiers that link nobody: shared ones no near node ever held are as they were, blocked ones counted anew."""
    held = pl.concat([held_before.select(IDENTIFIER), judged.identifiers.select(IDENTIFIER)])
    kept = old.filter(pl.col("reason") == "shared").join(held, on=IDENTIFIER, how="anti")
    counted = pl.concat(
        [
            judged.identifiers.filter(pl.col("status") != "blocked").select(*IDENTIFIER, "status", node="node_key"),
            identifiers.filter(pl.col("status") == "blocked").select(*IDENTIFIER, "status", node="node_key"),
        ]
    )
    return pl.concat([kept, skipped_identifiers(counted, judged.shared)]).sort(IDENTIFIER)


def _moved_persons(before: pl.DataFrame, attached: Reattached, touched: Mapping[str, Touched]) -> pl.Series:
    """The persons of records that changed, or that have another person than before."""
    keys = pl.concat([t.keys["record_key"] for t in touched.values()])
    both = [before, attached.record_persons]
    changed = [rows.filter(pl.col("record_key").is_in(keys.implode())) for rows in both]
    moved = [
        one.join(other, on=["record_key", "person_id"], how="anti")
        for one, other in ((both[0], both[1]), (both[1], both[0]))
    ]
    return pl.concat([*changed, *moved])["person_id"].unique()


def _reflagged(old: pl.DataFrame, new: pl.DataFrame, who: Known) -> pl.Series:
    """The persons who hold an identifier that began or ceased to link."""
    key = [*IDENTIFIER, "reason"]
    differs = pl.concat([old.join(new, on=key, how="anti"), new.join(old, on=key, how="anti")])
    return who.people(pl.col("node_key").is_in(who.holders(differs)["node_key"].implode()))["person_id"].unique()
