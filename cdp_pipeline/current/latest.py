"""Staged versions of records -> one row per record: every attribute with its newest value that is not null.

Nulls never erase, and neither does `undefined`. Columns that describe one thing together (a phone and its normalised
form, a name and its parts) come from one version. Rows of the current table can stand for versions that were folded
before, see `prior_rows.py`. Custom fields are folded in `custom_fields.py`.
"""

from collections.abc import Mapping

import polars as pl
from pandera.typing.polars import DataFrame, LazyFrame

from cdp_pipeline.current.parts import fold_in_parts
from cdp_pipeline.current.prior_rows import COUNTED, as_versions, with_counted
from cdp_pipeline.current.tables import FINGERPRINT, SENT_AGAIN, CurrentRecords, current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.evidence import EVIDENCE, order_versions
from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.staging.tables import StagedRows, has_birth, has_name, staging_table

UNDEFINED = "undefined"
"""What gender and relationship hold where the sender knows nothing."""

_TIMES = {
    "first_at": TIMESTAMP,
    "last_at": TIMESTAMP,
    "first_drop_date": pl.Date(),
    "last_drop_date": pl.Date(),
    "version_count": pl.Int64(),
}
"""What a record's versions say together: their earliest and latest business times and drop dates, and their number."""


def latest_versions(
    versions: LazyFrame[StagedRows], entity: Entity, before: DataFrame[CurrentRecords] | None = None
) -> LazyFrame[CurrentRecords]:
    """One row per record key, as `current_table(entity)` has it, in no particular order.

    Most records have one version, which is its own latest: only the others are gathered in memory and folded.

    Args:
        versions: Staged rows of any number of days; of each record in `before` at least one.
        entity: Whose rows they are.
        before: Rows of the current table, each of which stands for the versions of its record that are not among
            `versions`: these must be older, see `continued_records`. None where there are no such versions.
    """
    prior = current_table(entity).empty() if before is None else before
    # Collected here, as a filter by known keys reads a Parquet file three times as fast as a join with a lazy frame.
    repeated = versions.group_by("record_key").len("versions").filter(pl.col("versions") > 1).collect()
    # A record of the current table that is not among them has one version more than the row that stands for all others.
    known = prior.select("record_key", versions=pl.lit(2, repeated.schema["versions"]))
    several = pl.concat([repeated, known]).group_by("record_key").agg(pl.col("versions").max())
    is_repeated = pl.col("record_key").is_in(several["record_key"].implode())
    kept, staged = _kept_columns(entity), staging_table(entity).schema
    single = versions.filter(~is_repeated).select(
        *kept,
        first_at="business_at",
        last_at="business_at",
        first_drop_date="drop_date",
        last_drop_date="drop_date",
        version_count=pl.lit(1, pl.Int64),
    )
    read = (*dict.fromkeys((*kept, *EVIDENCE)), *COUNTED)

    def folded(some: pl.Series) -> pl.LazyFrame:
        is_some = pl.col("record_key").is_in(some.implode())
        theirs = with_counted(versions.filter(is_some)).select(read)
        if not prior.is_empty():
            theirs = pl.concat([as_versions(prior.filter(is_some), entity).select(read), theirs])
        # Nothing may be pushed down into the fold, which reads columns and rows that its result does not show.
        return theirs.map_batches(
            lambda rows: fold_versions(rows, entity),
            schema={name: staged[name] for name in kept} | _TIMES,
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )

    return _as_current(pl.concat([single, *fold_in_parts(several, folded)]), entity)


def fold_versions(versions: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """One row per record key: the staged columns that the current table keeps, and `_TIMES`.

    For each column the newest version that says something is found by position, and only those cells are taken:
    sorting or grouping rows of sixty columns would cost several times as much.

    Args:
        versions: Staged rows with the columns of `COUNTED`, in any order.
        entity: Whose rows they are.
    """
    # Cells are taken several times faster from one chunk than from a chunk per file.
    versions = versions.rechunk()
    order = order_versions(versions).rechunk()
    history = _History(order)
    deciding = _deciding_columns(entity)
    weak = {column.name for column in entity.columns if column.unknown == "undefined"}

    def newest_that_says(columns: tuple[str, ...]) -> pl.Expr:
        empty = [versions[name].null_count() for name in columns]
        if 0 in empty or set(empty) == {versions.height}:
            # Every version says something, or none does.
            return history.newest
        return history.newest_where(pl.any_horizontal(pl.col(columns).is_not_null()))

    def cells(name: str) -> pl.Expr:
        values = pl.col(name)
        said = values.gather(newest_that_says(deciding.get(name, (name,))))
        if name not in weak or versions[name].null_count() == versions.height:
            return said
        # `undefined` stands only where no version says more, as it says nothing.
        known = values.gather(history.newest_where(values != UNDEFINED))
        return pl.coalesce(pl.when(known != UNDEFINED).then(known), said).alias(name)

    newest = versions.select(cells(name) for name in _kept_columns(entity))
    return newest.hstack(_times_of(versions, order))


class _History:
    """The versions of records, oldest first within each, and where each record begins and ends."""

    def __init__(self, order: pl.DataFrame) -> None:
        record = pl.col("record")
        edges = order.select(
            begin=pl.arg_where(record.ne_missing(record.shift())),
            end=pl.arg_where(record.ne_missing(record.shift(-1))),
        )
        self._at, self._begins, self._ends = order["at"], edges["begin"], edges["end"]
        self.newest = pl.lit(self._at.gather(self._ends))
        """The row of each record's newest version."""

    def newest_where(self, says: pl.Expr) -> pl.Expr:
        """The row of each record's newest version that says something; null for a record of which none does.

        Args:
            says: Whether a version says something, by the row of the versions; null where it does not.
        """
        says_in_order = says.gather(pl.lit(self._at))
        place = pl.when(says_in_order).then(pl.int_range(pl.len(), dtype=pl.UInt32)).forward_fill()
        found = place.gather(pl.lit(self._ends))
        # A place before the record's beginning is another record's.
        return pl.lit(self._at).gather(pl.when(found >= pl.lit(self._begins)).then(found))


def _times_of(versions: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """The columns of `_TIMES`, in the order of the records' numbers."""
    names = ("business_at", "first_at", "drop_date", "first_drop_date", "version_count")
    return (
        versions.lazy()
        .select(pl.lit(order["record"]).alias("record"), pl.col(names).gather(pl.lit(order["at"])))
        .group_by("record", maintain_order=True)
        .agg(
            first_at=pl.col("first_at").min(),
            last_at=pl.col("business_at").max(),
            first_drop_date=pl.col("first_drop_date").min(),
            last_drop_date=pl.col("drop_date").max(),
            version_count=pl.col("version_count").sum(),
        )
        .select(*_TIMES)
        .collect()
    )


def _as_current(folded: pl.LazyFrame, entity: Entity) -> LazyFrame[CurrentRecords]:
    """The current table of folded records: when they were seen, their status and their fingerprint."""
    table = current_table(entity)
    seen = folded.with_columns(
        first_seen_at=_seen_at("first_at", "first_drop_date"), last_seen_at=_seen_at("last_at", "last_drop_date")
    )
    if "record_status" in entity.by_name:
        seen = seen.with_columns(record_status=_record_status())
    hashed = [name for name in table.schema if name not in (*SENT_AGAIN, FINGERPRINT.name)]
    # A sum of hashes costs a third of hashing the rows; each column has a seed of its own, so that values that change
    # places do not give the same sum. It does not depend on how the rows lie in memory.
    fingerprint = pl.sum_horizontal(pl.col(name).hash(seed=seed) for seed, name in enumerate(hashed))
    return table.conform(seen.with_columns(fingerprint.alias(FINGERPRINT.name)))


def _seen_at(moment: str, day: str) -> pl.Expr:
    """The business time, or else the beginning of the day it was dropped (UTC)."""
    return pl.coalesce(pl.col(moment), pl.col(day).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").cast(TIMESTAMP))


def _record_status() -> pl.Expr:
    """The status of the newest version; one that says none is active, whatever older ones said."""
    return pl.when("is_deleted").then(pl.lit("Deleted")).otherwise(pl.lit("Active"))


def _kept_columns(entity: Entity) -> tuple[str, ...]:
    """The staged columns that the current table has too."""
    kept = current_table(entity).schema
    return tuple(name for name in staging_table(entity).schema if name in kept)


def _deciding_columns(entity: Entity) -> Mapping[str, tuple[str, ...]]:
    """For each column that is taken from the version of others: the columns of which that version has any."""
    person = entity.person
    deciding: dict[str, tuple[str, ...]] = {
        f"{column.name}_{added.suffix}": (column.name,) for column in entity.columns for added in column.kind.adds
    }
    if has_name(person):
        parts = (person.full_name, person.first_name, person.middle_name, person.last_name)
        names = ("display_name", "name_match", *(part for part in parts if part))
        deciding |= dict.fromkeys(names, names)
    if has_birth(person):
        births = tuple(name for name in (person.birth_timestamp, person.birth_date, person.birth_year) if name)
        deciding |= dict.fromkeys(("birth_date", "birth_year"), births)
    return deciding
