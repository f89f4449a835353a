"""Clusters -> stable person ids, with a history of every change, and the number of changes by kind.

1. An id is issued once. A cluster that did not change keeps its id, whatever changes in other clusters.
2. When persons merge, the id with most records survives, then the older one.
3. When a person splits, the part with most records keeps the id, then the part that had it before an earlier merge.
4. A deleted record is in no cluster. It keeps its last id and restores it when it is revived, unless live records have
   kept it.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.identity.tables import PERSON_ID_HISTORY, PERSON_IDS
from cdp_pipeline.values.hashes import md5_hex

_DIGITS = 20
"""Hexadecimal digits of an id: 80 bits, so that a hundred million ids collide once in 10^8 runs."""


@dataclass(frozen=True)
class PersonIds:
    """The ids in force.

    Attributes:
        state: PERSON_IDS, one row per node that ever was live.
        history: PERSON_ID_HISTORY, the changes against the previous state.
    """

    state: pl.DataFrame
    history: pl.DataFrame


def assign_person_ids(
    clustered: pl.DataFrame, previous: pl.DataFrame, issued: pl.Series, changed_at: datetime
) -> PersonIds:
    """Assign an id to every cluster and list the changes.

    Args:
        clustered: node_key, record_key, records, cluster, is_published: one row per live node of the newest state.
        previous: PERSON_IDS of the previous run, of these nodes and of all nodes that shared an id with one of them;
            empty on the first run.
        issued: Every id that was ever issued, in any bucket.
        changed_at: The timestamp written into the history.
    """
    known = _known_before(clustered, previous)
    votes = known.group_by("cluster", "person_id").agg(
        pl.col("records").sum(),
        pl.col("was_present").any(),
        pl.col("assigned_at").min(),
        pl.col("node_key").min(),
    )
    order = ["person_id", "was_present", "records", "has_founder", "node_key"]
    heirs = (
        votes.join(_with_founder(known, votes), on=["cluster", "person_id"], how="left")
        .with_columns(pl.col("has_founder").fill_null(value=False))
        .sort(order, descending=[False, True, True, True, False])
        .unique("person_id", keep="first", maintain_order=True)
    )
    kept = (
        heirs.sort("cluster", "records", "assigned_at", "person_id", descending=[False, True, False, False])
        .unique("cluster", keep="first", maintain_order=True)
        .select("cluster", "person_id", "assigned_at")
    )
    founders = clustered.group_by("cluster").agg(pl.col("node_key").min()).join(kept, on="cluster", how="anti")
    new_ids = _new_ids(founders, issued).with_columns(assigned_at=pl.lit(changed_at).cast(TIMESTAMP))
    ids = pl.concat([kept, new_ids])
    present = clustered.join(ids, on="cluster").select(
        "node_key", "record_key", "person_id", "assigned_at", pl.lit(value=True).alias("is_present"), "is_published"
    )
    absent = previous.join(clustered, on="node_key", how="anti").with_columns(is_present=False, is_published=False)
    state = PERSON_IDS.conform(
        pl.concat([present, absent.select(present.columns)])
        .lazy()
        .with_columns(pl.lit(changed_at).cast(TIMESTAMP).alias("resolved_at"))
        .sort("node_key")
    ).collect()
    history = _changes(votes, heirs, ids, previous, present, changed_at)
    return PersonIds(state, history)


def _known_before(clustered: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """The nodes of the previous run with their previous id: columns of both.

    A contact whose name or phone was corrected at the source is a new node; it is matched by its record key.
    """
    known = previous.select("node_key", "person_id", "assigned_at", was_present="is_present")
    same = clustered.join(known, on="node_key")
    others = clustered.join(known, on="node_key", how="anti")
    left = previous.join(clustered, on="node_key", how="anti").unique("record_key", keep="none")
    corrected = others.join(left.select("record_key", *known.columns[1:-1], was_present="is_present"), on="record_key")
    return pl.concat([same, corrected])


def _with_founder(known: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
    """For ids that several clusters claim: the cluster that contains the node from which the id was made."""
    contested = votes.filter(pl.len().over("person_id") > 1).select("person_id").unique()
    claims = known.join(contested, on="person_id", how="semi")
    made = ("P" + md5_hex(claims["node_key"]).str.head(_DIGITS)).alias("made")
    founders = claims.with_columns(made).filter(pl.col("made") == pl.col("person_id"))
    return founders.select("cluster", "person_id").unique().with_columns(has_founder=pl.lit(value=True))


def _new_ids(founders: pl.DataFrame, issued: pl.Series) -> pl.DataFrame:
    """A new id for each cluster, the digest of its smallest node key, so that it is the same on every machine.

    If the id is already issued, because another part kept it, a counter is appended to the key until the id is free.
    """
    new_ids = []
    remaining = founders.sort("node_key")
    attempt = 0
    while remaining.height:
        digest = md5_hex((remaining["node_key"] + (f"|{attempt}" if attempt else "")).rename("person_id"))
        tried = remaining.with_columns(("P" + digest.str.head(_DIGITS)).alias("person_id"))
        used = issued.filter(issued.is_in(tried["person_id"].implode()))
        free = tried.filter(~pl.col("person_id").is_in(used.implode()) & pl.col("person_id").is_first_distinct())
        new_ids.append(free.select("cluster", "person_id"))
        issued = pl.concat([issued, free["person_id"]])
        remaining = remaining.join(free, on="cluster", how="anti")
        attempt += 1
    return pl.concat(new_ids) if new_ids else founders.select("cluster", pl.lit("").alias("person_id"))


def _changes(
    votes: pl.DataFrame,
    heirs: pl.DataFrame,
    ids: pl.DataFrame,
    previous: pl.DataFrame,
    present: pl.DataFrame,
    changed_at: datetime,
) -> pl.DataFrame:
    """The merged, split and retired ids against the previous state."""
    heir_of = heirs.select("person_id", pl.col("cluster").alias("heir"))
    replaced = (
        votes.select("cluster", pl.col("person_id").alias("old_person_id"))
        .join(ids.select("cluster", "person_id"), on="cluster")
        .filter(pl.col("old_person_id") != pl.col("person_id"))
        .join(heir_of, left_on="old_person_id", right_on="person_id")
        .with_columns(is_merge=pl.col("cluster") == pl.col("heir"))
        .select(
            "old_person_id",
            "person_id",
            pl.when("is_merge").then(pl.lit("merged")).otherwise(pl.lit("split")).alias("change"),
            pl.when("is_merge")
            .then(pl.lit("its records were joined with those of a person with more, or older, ones"))
            .otherwise(pl.lit("these records are no longer linked to the rest, which keeps the id"))
            .alias("reason"),
        )
    )
    published = present.filter("is_published").select("person_id").unique()
    retired = (
        previous.filter("is_published")
        .select(pl.col("person_id").alias("old_person_id"))
        .unique()
        .join(published, left_on="old_person_id", right_on="person_id", how="anti")
        .join(replaced.filter(pl.col("change") == "merged"), on="old_person_id", how="anti")
        .select(
            "old_person_id",
            pl.col("old_person_id").alias("person_id"),
            pl.lit("retired").alias("change"),
            pl.lit("no live record describes this person any more").alias("reason"),
        )
    )
    return (
        PERSON_ID_HISTORY.conform(
            pl.concat([replaced, retired]).lazy().with_columns(pl.lit(changed_at).cast(TIMESTAMP).alias("changed_at"))
        )
        .unique()
        .sort("old_person_id", "person_id", "change")
        .collect()
    )


def bury_nodes(ids: pl.LazyFrame, buried: pl.DataFrame, tombstone: str) -> pl.LazyFrame:
    """The memory of ids without some nodes; a person who has no other node keeps the id by one tombstone.

    A node's key and record key are made of ids of the source, and a tombstone holds the person id alone.

    Args:
        ids: PERSON_IDS.
        buried: The rows that go; the others are streamed.
        tombstone: Begins the key of a tombstone.
    """
    kept = ids.join(buried.lazy().select("node_key"), on="node_key", how="anti", maintain_order="left")
    theirs = kept.join(buried.lazy().select("person_id"), on="person_id", how="semi")
    left = theirs.select("person_id").unique().collect(engine="streaming")
    node = tombstone + pl.col("person_id")
    tombstones = (
        buried.group_by("person_id")
        .agg(
            pl.col("assigned_at").min(),
            pl.col("resolved_at").max(),
            pl.col("is_present").any(),
            pl.col("is_published").any(),
        )
        .join(left, on="person_id", how="anti")
        .with_columns(node_key=node, record_key=node)
        .sort("node_key")
    )
    return pl.concat([kept, tombstones.lazy().select(buried.columns)])


EXPIRED = "expired:"
"""Begins the tombstone of a person all of whose records went as their retention ended."""


def bury_expired(
    ids: pl.LazyFrame, history: pl.DataFrame, record_keys: pl.Series
) -> tuple[pl.LazyFrame, pl.DataFrame, int]:
    """The memory of ids without records that are kept no more, unless they are live, and the reason in the history.

    Args:
        ids: PERSON_IDS of this run.
        history: The PERSON_ID_HISTORY rows of this run.
        record_keys: The records whose retention ended.

    Returns:
        Both tables, and how many people lost their profile by that.
    """
    gone = ids.filter(~pl.col("is_present")).join(record_keys.to_frame().lazy(), on="record_key", how="semi")
    buried = bury_nodes(ids, gone.collect(engine="streaming"), EXPIRED)
    is_tombstone = pl.col("node_key").str.starts_with(EXPIRED)
    without_record = buried.filter(is_tombstone).select("person_id").collect(engine="streaming").to_series()
    is_expired = (pl.col("change") == "retired") & pl.col("old_person_id").is_in(without_record.implode())
    reason = pl.when(is_expired).then(pl.lit(RETENTION)).otherwise("reason").alias("reason")
    return buried, history.with_columns(reason), history.filter(is_expired).height


RETENTION = "retention: no record of this person is kept any more"
"""The reason of an id that is retired because the retention of its records ended."""


@dataclass(frozen=True)
class Changes:
    """Counts of person ids against the previous run; ids without a profile do not count.

    Attributes:
        new: Ids that had no profile before.
        merged: Ids that were merged into another one.
        split: Ids that lost part of their records to another person.
        changed: Ids that gained or lost records in another way.
        unchanged: Ids with exactly the same records and contacts as before.
        gone: Ids that lost their profile and were not merged.
        before: Ids that had a profile before.
    """

    new: int
    merged: int
    split: int
    changed: int
    unchanged: int
    gone: int
    before: int

    def __add__(self, other: "Changes") -> "Changes":
        """The sum of two counts over disjoint sets of people."""
        return Changes(**{name: count + getattr(other, name) for name, count in asdict(self).items()})


NO_CHANGES = Changes(new=0, merged=0, split=0, changed=0, unchanged=0, gone=0, before=0)


def count_changes(previous: pl.DataFrame, state: pl.DataFrame, history: pl.DataFrame) -> Changes:
    """Compare the person ids before and after a run.

    Args:
        previous: PERSON_IDS of the previous run.
        state: PERSON_IDS of this run.
        history: The PERSON_ID_HISTORY rows of this run.
    """
    before, after = _members(previous), _members(state)
    merged = history.filter(pl.col("change") == "merged")["old_person_id"].unique()
    split = history.filter(pl.col("change") == "split")["old_person_id"].unique()
    both = before.join(after, on="person_id", suffix="_now")
    steady = both.filter(~pl.col("person_id").is_in(split.implode()))
    parts = history.filter(pl.col("change") == "split")["person_id"].unique()
    same = steady.filter((pl.col("nodes") == pl.col("nodes_now")) & (pl.col("hashes") == pl.col("hashes_now")))
    new = after.join(before, on="person_id", how="anti").filter(~pl.col("person_id").is_in(parts.implode()))
    gone = before.join(after, on="person_id", how="anti").filter(~pl.col("person_id").is_in(merged.implode()))
    return Changes(
        new=new.height,
        merged=merged.len(),
        split=split.len(),
        changed=steady.height - same.height,
        unchanged=same.height,
        gone=gone.height,
        before=before.height,
    )


def _members(state: pl.DataFrame) -> pl.DataFrame:
    """Each published person's node count and sum of node hashes, which together stand for the set of nodes."""
    present = state.filter(pl.col("is_present") & pl.col("is_published"))
    return present.group_by("person_id").agg(nodes=pl.len(), hashes=pl.col("node_key").hash(seed=0).sum())
