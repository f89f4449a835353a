"""Staged versions of records -> one row per record, in parts that fit into memory.

Neither null nor `undefined` replaces a value. Columns that belong together (a phone and its normalised form, a name and
its parts) come from one version. Rows of the current table can replace versions that were folded before, see
`prior_rows.py`. `custom_fields.py` folds custom fields.
"""

import io
from collections.abc import Callable, Mapping

import polars as pl
from pandera.typing.polars import DataFrame, LazyFrame

from cdp_pipeline.current.prior_rows import COUNTED, as_versions, with_counted
from cdp_pipeline.current.tables import CHANGED_BY_REDELIVERY, FINGERPRINT, CurrentRecords, current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.evidence import EVIDENCE, order_versions
from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.staging import StagedRows, has_birth, has_name, staging_table

VERSIONS_AT_ONCE = 1_000_000
"""Approximate number of versions in memory while records with several versions are folded."""


def parts_of(records: pl.DataFrame) -> list[pl.Series]:
    """The record keys, part by part; one part if all fit into memory, or if there is no record.

    Args:
        records: `record_key`, each once, and `versions`, the number of its versions, in any order. A record with more
            versions than fit is a part of its own.
    """
    if records["versions"].sum() <= VERSIONS_AT_ONCE:
        return [records["record_key"]]
    number = (pl.col("versions").cum_sum() - 1) // VERSIONS_AT_ONCE
    return [part["record_key"] for part in records.with_columns(part=number).partition_by("part", maintain_order=True)]


def fold_in_parts(records: pl.DataFrame, fold: Callable[[pl.Series], pl.LazyFrame]) -> list[pl.LazyFrame]:
    """Fold the records part by part, see `parts_of`.

    A single part stays lazy. Several parts are collected one after the other, as their versions do not fit into memory
    together.

    Args:
        records: As for `parts_of`.
        fold: Returns the rows of the records with these keys.
    """
    parts = parts_of(records)
    if len(parts) == 1:
        return [fold(parts[0])]
    return [compact(fold(part).collect()).lazy() for part in parts]


def compact(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows without the memory of the frame that they come from.

    A text cell of a column keeps all texts of the column in memory; writing and reading the rows releases them.
    """
    written = io.BytesIO()
    rows.write_ipc(written, compression="lz4")
    written.seek(0)
    return pl.read_ipc(written)


UNDEFINED = "undefined"
"""The value of gender and relationship by which a sender states that it is unknown."""

_TIMES = {
    "first_at": TIMESTAMP,
    "last_at": TIMESTAMP,
    "first_drop_date": pl.Date(),
    "last_drop_date": pl.Date(),
    "version_count": pl.Int64(),
}
"""Aggregates of a record's versions: earliest and latest business times and drop dates, and the number of versions."""


def latest_versions(
    versions: LazyFrame[StagedRows], entity: Entity, before: DataFrame[CurrentRecords] | None = None
) -> LazyFrame[CurrentRecords]:
    """One row per record key, in the form of `current_table(entity)` and in no particular order.

    Most records have one version, which is the latest; only the versions of other records are collected and folded.

    Args:
        versions: Staged rows of any number of days, at least one of each record in `before`.
        entity: The entity of the rows.
        before: Rows of the current table, each in place of the versions of its record that are not among `versions`.
            These must be older, see `continued_records`. None if there are no such versions.
    """
    prior = current_table(entity).empty() if before is None else before
    # Collected here, as a filter by known keys reads a Parquet file three times as fast as a join with a lazy frame.
    repeated = versions.group_by("record_key").len("versions").filter(pl.col("versions") > 1).collect()
    # A record in `before` has at least two versions: the row in `before` and a new one.
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

    def folded(keys: pl.Series) -> pl.LazyFrame:
        is_in_part = pl.col("record_key").is_in(keys.implode())
        part = with_counted(versions.filter(is_in_part)).select(read)
        if not prior.is_empty():
            part = pl.concat([as_versions(prior.filter(is_in_part), entity).select(read), part])
        # No pushdown into the fold, which reads columns and rows that are not in its result.
        return part.map_batches(
            lambda rows: fold_versions(rows, entity),
            schema={name: staged[name] for name in kept} | _TIMES,
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )

    return _as_current(pl.concat([single, *fold_in_parts(several, folded)]), entity)


def fold_versions(versions: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """One row per record key: the staged columns that the current table keeps, and `_TIMES`.

    For each column the newest version with a value is found by position, and only these cells are read: sorting or
    grouping rows of sixty columns would cost several times as much.

    Args:
        versions: Staged rows with the columns of `COUNTED`, in any order.
        entity: The entity of the rows.
    """
    # Cells are read several times faster from one chunk than from a chunk per file.
    versions = versions.rechunk()
    order = order_versions(versions).rechunk()
    history = _History(order)
    deciding = _deciding_columns(entity)
    weak = {column.name for column in entity.columns if column.unknown == "undefined"}

    def newest_with_value(columns: tuple[str, ...]) -> pl.Expr:
        empty = [versions[name].null_count() for name in columns]
        if 0 in empty or set(empty) == {versions.height}:
            # All versions have a value, or none has.
            return history.newest
        return history.newest_where(pl.any_horizontal(pl.col(columns).is_not_null()))

    def cells(name: str) -> pl.Expr:
        values = pl.col(name)
        newest_value = values.gather(newest_with_value(deciding.get(name, (name,))))
        if name not in weak or versions[name].null_count() == versions.height:
            return newest_value
        # `undefined` is used only if no version has another value.
        known = values.gather(history.newest_where(values != UNDEFINED))
        return pl.coalesce(pl.when(known != UNDEFINED).then(known), newest_value).alias(name)

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

    def newest_where(self, has_value: pl.Expr) -> pl.Expr:
        """The row of each record's newest version with a value; null for a record without one.

        Args:
            has_value: Whether a version has a value, by the row of the versions; null counts as no.
        """
        in_order = has_value.gather(pl.lit(self._at))
        place = pl.when(in_order).then(pl.int_range(pl.len(), dtype=pl.UInt32)).forward_fill()
        found = place.gather(pl.lit(self._ends))
        # A place before the beginning of the record belongs to another record.
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
    """The current table of folded records, with the times when they were seen, their status and their fingerprint."""
    table = current_table(entity)
    seen = folded.with_columns(
        first_seen_at=_seen_at("first_at", "first_drop_date"), last_seen_at=_seen_at("last_at", "last_drop_date")
    )
    if "record_status" in entity.by_name:
        seen = seen.with_columns(record_status=_record_status())
    hashed = [name for name in table.schema if name not in (*CHANGED_BY_REDELIVERY, FINGERPRINT.name)]
    # A sum of hashes costs a third of hashing the rows; each column has a seed of its own, so that two exchanged values
    # do not give the same sum. The sum does not depend on the memory layout of the rows.
    fingerprint = pl.sum_horizontal(pl.col(name).hash(seed=seed) for seed, name in enumerate(hashed))
    return table.conform(seen.with_columns(fingerprint.alias(FINGERPRINT.name)))


def _seen_at(business_at: str, day: str) -> pl.Expr:
    """The business time, or else the start of the drop date (UTC)."""
    return pl.coalesce(
        pl.col(business_at), pl.col(day).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").cast(TIMESTAMP)
    )


def _record_status() -> pl.Expr:
    """Deleted if the newest version is a tombstone, else Active."""
    return pl.when("is_deleted").then(pl.lit("Deleted")).otherwise(pl.lit("Active"))


def _kept_columns(entity: Entity) -> tuple[str, ...]:
    """The staged columns that the current table has as well."""
    kept = current_table(entity).schema
    return tuple(name for name in staging_table(entity).schema if name in kept)


def _deciding_columns(entity: Entity) -> Mapping[str, tuple[str, ...]]:
    """For each column that must come from the same version as others: those columns.

    The version is the newest with a value in any of them.
    """
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
