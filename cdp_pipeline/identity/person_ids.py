"""clusters -> person ids that stay, with a history of every change.

An id is given once. When people merge, the id of the part with most records survives, then the older one; when a
person splits, the part with most records keeps the id, then the one that had it before they merged. A cluster that
did not change keeps its id whatever happens around it.

A deleted record is of no cluster: it keeps the id it had last, and brings it back when it is revived, unless living
records have kept it.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.identity.tables import PERSON_ID_HISTORY, PERSON_IDS
from cdp_pipeline.values.text_hash import md5_hex

_DIGITS = 20
"""Hexadecimal digits of an id: 80 bits, so that a hundred million people meet by chance once in 10^8 tries."""


@dataclass(frozen=True)
class PersonIds:
    """The ids in force.

    Attributes:
        state: One row per node that ever lived, as PERSON_IDS.
        history: The changes against the previous state, as PERSON_ID_HISTORY.
    """

    state: pl.DataFrame
    history: pl.DataFrame


def assign_person_ids(
    clustered: pl.DataFrame, previous: pl.DataFrame, taken: pl.Series, changed_at: datetime
) -> PersonIds:
    """Give every cluster its id and say what changed.

    Args:
        clustered: node_key, record_key, records, cluster, is_published: one row per live node of the newest state.
        previous: PERSON_IDS of the run before, of these nodes and of all that had an id with one of them; empty on the
            first run.
        taken: Every id that was ever given, to whomever.
        changed_at: The moment written into the history.
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
    given = _new_ids(founders, taken).with_columns(assigned_at=pl.lit(changed_at).cast(TIMESTAMP))
    ids = pl.concat([kept, given])
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
    """The nodes that were there before, with the id they had: columns of both.

    A contact whose name or phone was corrected at the source is a new node; it is known by its record.
    """
    known = previous.select("node_key", "person_id", "assigned_at", was_present="is_present")
    same = clustered.join(known, on="node_key")
    others = clustered.join(known, on="node_key", how="anti")
    left = previous.join(clustered, on="node_key", how="anti").unique("record_key", keep="none")
    corrected = others.join(left.select("record_key", *known.columns[1:-1], was_present="is_present"), on="record_key")
    return pl.concat([same, corrected])


def _with_founder(known: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
    """Of the ids that several clusters claim, the cluster that holds the node the id was made from."""
    contested = votes.filter(pl.len().over("person_id") > 1).select("person_id").unique()
    claims = known.join(contested, on="person_id", how="semi")
    made = ("P" + md5_hex(claims["node_key"]).str.head(_DIGITS)).alias("made")
    founders = claims.with_columns(made).filter(pl.col("made") == pl.col("person_id"))
    return founders.select("cluster", "person_id").unique().with_columns(has_founder=pl.lit(value=True))


def _new_ids(founders: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """An id for each cluster, made from its smallest node, so that it is the same on every machine.

    A node that founded an id which another part kept is tried again with a counter until its id is free.
    """
    given = []
    waiting = founders.sort("node_key")
    attempt = 0
    while waiting.height:
        digest = md5_hex((waiting["node_key"] + (f"|{attempt}" if attempt else "")).rename("person_id"))
        tried = waiting.with_columns(("P" + digest.str.head(_DIGITS)).alias("person_id"))
        used = taken.filter(taken.is_in(tried["person_id"].implode()))
        free = tried.filter(~pl.col("person_id").is_in(used.implode()) & pl.col("person_id").is_first_distinct())
        given.append(free.select("cluster", "person_id"))
        taken = pl.concat([taken, free["person_id"]])
        waiting = waiting.join(free, on="cluster", how="anti")
        attempt += 1
    return pl.concat(given) if given else founders.select("cluster", pl.lit("").alias("person_id"))


def _changes(
    votes: pl.DataFrame,
    heirs: pl.DataFrame,
    ids: pl.DataFrame,
    previous: pl.DataFrame,
    present: pl.DataFrame,
    changed_at: datetime,
) -> pl.DataFrame:
    """Merged, split and retired ids against the state before."""
    heir_of = heirs.select("person_id", pl.col("cluster").alias("heir"))
    moved = (
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
        .join(moved.filter(pl.col("change") == "merged"), on="old_person_id", how="anti")
        .select(
            "old_person_id",
            pl.col("old_person_id").alias("person_id"),
            pl.lit("retired").alias("change"),
            pl.lit("no live record describes this person any more").alias("reason"),
        )
    )
    return (
        PERSON_ID_HISTORY.conform(
            pl.concat([moved, retired]).lazy().with_columns(pl.lit(changed_at).cast(TIMESTAMP).alias("changed_at"))
        )
        .unique()
        .sort("old_person_id", "person_id", "change")
        .collect()
    )
