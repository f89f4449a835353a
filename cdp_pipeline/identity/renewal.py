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
from cdp_pipeline.identity.cuts import cut_clusters
from cdp_pipeline.identity.descriptions import NUMBERS, describe_nodes
from cdp_pipeline.identity.evidence import blocked_pairs, household_relations, skipped_identifiers, tell_links
from cdp_pipeline.identity.holders import IDENTIFIER
from cdp_pipeline.identity.links import find_links
from cdp_pipeline.identity.nodes import Nodes, find_nodes
from cdp_pipeline.identity.overrides import Decisions, apply_overrides
from cdp_pipeline.identity.person_ids import assign_person_ids
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
    said_same,
    unresolved_references,
    with_customer,
    with_published,
    with_status,
)
from cdp_pipeline.identity.suggestions import find_probable, suggested_links
from cdp_pipeline.identity.touched import Touched

MOST_NEAR = 0.3
"""Where more than this part of the nodes is near a change, judging all of them costs no more."""

_ENDS = ("node_a", "node_b")
_CUSTOMER = ("company", "system", "customer_id")


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
    numbers = _numbered(identifiers.filter(pl.col("kind").is_in(NUMBERS)), nodes)
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
    near_by = _Near(hashes, nodes, old_nodes, ids)
    judged = _judge(near_by, identifiers, described, attribute_links, said, choices, changed_at, ids["person_id"])
    state = pl.concat([ids.filter(~near_by.holds), judged.state])
    flags = ["node_key", "is_known"]
    known = pl.concat([old_nodes.filter(~near_by.holds).select(flags), judged.nodes.select(flags)])
    who = Known(found, known, state, identifiers, choices.scope)
    held_before = before["identifiers"].filter(near_by.holds).collect()
    attached = reattach(current, entities, who, touched, *_turned(near_by, judged, held_before))
    old_skipped = before["skipped_identifiers"].collect()
    skipped = _skipped(old_skipped, held_before, judged, identifiers)
    again = pl.col("record_key").is_in(attached.records.implode())
    probable = find_probable(described, choices.matching, choices.rules)
    probable_people = who.people(pl.col("node").is_in(pl.concat([probable.pairs[end] for end in _ENDS]).implode()))
    held_by_many = _numbered(who.holders(skipped), nodes)
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


class _Near:
    """The nodes near a change, as they were and as they are."""

    def __init__(self, hashes: pl.Series, nodes: pl.DataFrame, old_nodes: pl.DataFrame, ids: pl.DataFrame) -> None:
        self.holds = pl.col("node_key").hash(seed=0).is_in(hashes.implode())
        self.nodes = nodes.filter(self.holds)
        self.ids = ids.filter(self.holds)
        self.old = old_nodes.filter(self.holds)
        self.record_keys = pl.concat([self.old["record_key"], self.nodes["record_key"]]).unique()


@dataclass(frozen=True)
class _Judged:
    """What identity makes of the nodes near a change, told by node_key and record_key."""

    nodes: pl.DataFrame
    identifiers: pl.DataFrame
    shared: pl.DataFrame
    links_given: pl.DataFrame
    vetoed: pl.DataFrame
    links: pl.DataFrame
    household_relations: pl.DataFrame
    state: pl.DataFrame
    history: pl.DataFrame


def _judge(
    near_by: _Near,
    identifiers: pl.DataFrame,
    described: pl.DataFrame,
    attribute_links: pl.DataFrame,
    said: Decisions,
    choices: Choices,
    changed_at: datetime,
    taken: pl.Series,
) -> _Judged:
    """All that `resolve_persons` does after finding identifiers, among the near nodes, numbered anew."""
    number = near_by.nodes.select("node").with_row_index("number")
    nodes = near_by.nodes.drop("node").with_row_index("node")
    own = _numbered(identifiers.filter(near_by.holds), nodes)
    looks = with_customer(_renumbered(described, number, "node").sort("node"), nodes)
    linked = find_links(looks, own, choices.rules.limits)
    same, different = (_renumbered(pairs, number, "node_a", "node_b") for pairs in (said.same, said.different))
    every = pl.concat(
        [
            said_same(Decisions(same, different, said.problems), nodes),
            linked.links,
            _renumbered(attribute_links, number, "node_a", "node_b"),
        ],
        how="vertical_relaxed",
    )
    cut = cut_clusters(every, looks, different.select("node_a", "node_b"), choices.rules.cluster_limit)
    clustered = with_published(nodes.with_columns(cluster=cut.cluster.gather(nodes["node"])))
    given = assign_person_ids(clustered, near_by.ids, changed_at, taken)
    people = clustered.join(given.state.select("node_key", "person_id"), on="node_key")
    return _Judged(
        nodes=clustered,
        identifiers=with_status(own, linked.shared, nodes),
        shared=linked.shared,
        links_given=cut.links,
        vetoed=linked.vetoed,
        links=tell_links(cut.links, linked.vetoed, linked.vetoed.clear(), nodes),
        household_relations=household_relations(
            linked.vetoed, people.filter("is_published").select("node", "person_id")
        ),
        state=given.state,
        history=given.history,
    )


def _turned(near_by: _Near, judged: _Judged, held_before: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of the near nodes, those by which a record may find another person than before, as they were and as they are.

    These are of another person, or hold other identifiers, than before; beside them stands what they hold or held. For
    most near nodes a change proves to be none.

    Args:
        near_by: The near nodes.
        judged: What became of them.
        held_before: The identifiers that they held.
    """
    was = near_by.old.join(near_by.ids.select("node_key", "person_id", "is_published"), on="node_key")
    is_now = judged.nodes.join(judged.state.select("node_key", "person_id"), on="node_key")
    told = ["node_key", "object_type", *_CUSTOMER, "person_id", "is_published", "is_known"]
    held = ["node_key", *IDENTIFIER]
    values = pl.concat([held_before.select(held).unique(), judged.identifiers.select(held).unique()])
    once = values.filter(~values.is_duplicated())["node_key"]
    both = pl.concat([was.select(told), is_now.select(told)])
    turned = pl.concat([both.filter(~both.is_duplicated())["node_key"], once])
    is_turned = pl.col("node_key").is_in(turned.implode())
    return both.filter(is_turned).unique(), values.filter(is_turned).select(IDENTIFIER).unique()


def _renumbered(rows: pl.DataFrame, number: pl.DataFrame, *ends: str) -> pl.DataFrame:
    """The rows of which all ends are near, with the numbers they have there; columns in the same order."""
    columns = rows.columns
    for end in ends:
        rows = rows.join(number.rename({"node": end}), on=end, maintain_order="left").drop(end).rename({"number": end})
    return rows.select(columns)


def _numbered(identifiers: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Identifiers by node_key as `find_identifiers` gives them, by the number of the node."""
    numbered = identifiers.join(nodes.select("node", "node_key"), on="node_key")
    return numbered.select("node", pl.exclude("node", "node_key")).sort("kind", "value", "node")


def _unresolved_ids(identifiers: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """The nodes that name a customer of whom it is not known for certain who it is."""
    unresolved = identifiers.filter((pl.col("kind") == "customer_id") & (pl.col("strength") != "strong"))
    return _numbered(unresolved, nodes).select("node", is_resolved=pl.lit(value=False))


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


def _skipped(old: pl.DataFrame, held_before: pl.DataFrame, judged: _Judged, identifiers: pl.DataFrame) -> pl.DataFrame:
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
