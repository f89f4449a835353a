"""nodes near a change -> who they are now: all that `resolve_persons` does after finding identifiers, among them alone.

`closure.py` says which nodes are near.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from cdp_pipeline.identity.cuts import cut_clusters
from cdp_pipeline.identity.evidence import household_relations, tell_links
from cdp_pipeline.identity.holders import IDENTIFIER
from cdp_pipeline.identity.links import find_links
from cdp_pipeline.identity.overrides import Decisions
from cdp_pipeline.identity.person_ids import assign_person_ids
from cdp_pipeline.identity.resolve import Choices, said_same, with_customer, with_published, with_status

_CUSTOMER = ("company", "system", "customer_id")


class Near:
    """The nodes near a change, as they were and as they are.

    Attributes:
        holds: Whether a row with a node_key is of one of them.
        nodes: Those that are there now.
        old: Those that were there before, as `Resolution.nodes` has them.
        ids: PERSON_IDS of the run before.
        record_keys: The records that stand for them, before and now.
    """

    def __init__(self, hashes: pl.Series, nodes: pl.DataFrame, old_nodes: pl.DataFrame, ids: pl.DataFrame) -> None:
        self.holds = pl.col("node_key").hash(seed=0).is_in(hashes.implode())
        self.nodes = nodes.filter(self.holds)
        self.ids = ids.filter(self.holds)
        self.old = old_nodes.filter(self.holds)
        self.record_keys = pl.concat([self.old["record_key"], self.nodes["record_key"]]).unique()


@dataclass(frozen=True)
class Judged:
    """What identity makes of the nodes near a change, told by node_key and record_key.

    Attributes:
        nodes: The nodes with `is_known` and `is_published`.
        identifiers: IDENTIFIERS.
        shared: Those that too many people hold, as `Links.shared` has them.
        links_given: What `cut_clusters` gave, by the numbers of the near nodes.
        vetoed: What `find_links` kept apart, by these numbers.
        links: LINKS, without those of blocked identifiers.
        household_relations: HOUSEHOLD_RELATIONS.
        state: PERSON_IDS.
        history: PERSON_ID_HISTORY of this run.
    """

    nodes: pl.DataFrame
    identifiers: pl.DataFrame
    shared: pl.DataFrame
    links_given: pl.DataFrame
    vetoed: pl.DataFrame
    links: pl.DataFrame
    household_relations: pl.DataFrame
    state: pl.DataFrame
    history: pl.DataFrame


def judge_near(
    near_by: Near,
    identifiers: pl.DataFrame,
    described: pl.DataFrame,
    attribute_links: pl.DataFrame,
    said: Decisions,
    choices: Choices,
    changed_at: datetime,
    taken: pl.Series,
) -> Judged:
    """All that `resolve_persons` does after finding identifiers, among the near nodes, numbered anew.

    Args:
        near_by: The near nodes.
        identifiers: IDENTIFIERS of all nodes.
        described: What `describe_nodes` gave of all nodes.
        attribute_links: What `find_attribute_links` gave of all nodes.
        said: What a person said of nodes.
        choices: What the user decided.
        changed_at: The moment written into the history of ids.
        taken: All ids ever given.
    """
    number = near_by.nodes.select("node").with_row_index("number")
    nodes = near_by.nodes.drop("node").with_row_index("node")
    own = numbered(identifiers.filter(near_by.holds), nodes)
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
    return Judged(
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


def turned(near_by: Near, judged: Judged, held_before: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
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
    keys = pl.concat([both.filter(~both.is_duplicated())["node_key"], once])
    is_turned = pl.col("node_key").is_in(keys.implode())
    return both.filter(is_turned).unique(), values.filter(is_turned).select(IDENTIFIER).unique()


def _renumbered(rows: pl.DataFrame, number: pl.DataFrame, *ends: str) -> pl.DataFrame:
    """The rows of which all ends are near, with the numbers they have there; columns in the same order."""
    columns = rows.columns
    for end in ends:
        rows = rows.join(number.rename({"node": end}), on=end, maintain_order="left").drop(end).rename({"number": end})
    return rows.select(columns)


def numbered(identifiers: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Identifiers by node_key as `find_identifiers` gives them, by the number of the node."""
    told = identifiers.join(nodes.select("node", "node_key"), on="node_key")
    return told.select("node", pl.exclude("node", "node_key")).sort("kind", "value", "node")
