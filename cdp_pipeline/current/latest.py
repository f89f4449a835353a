"""Staged versions of records -> one row per record: every attribute with its newest value that is not null.

Nulls never erase, and neither does `undefined`. Columns that describe one thing together (a phone and its normalised
form, a name and its parts) come from one version. Custom fields are folded in `custom_fields.py`.
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.evidence import order_versions
from cdp_pipeline.entities.kinds import MOMENT
from cdp_pipeline.staging.tables import has_birth, has_name

UNDEFINED = "undefined"
"""What gender and relationship hold where the sender knows nothing."""


def latest_versions(days: pl.LazyFrame, entity: Entity) -> pl.LazyFrame:
    """One row per record key, as `current_table(entity)` has it, in no particular order.

    Most records have one version, which is its own latest: only the others are gathered in memory and folded.

    Args:
        days: The staged rows of all days.
        entity: Whose rows they are.
    """
    table = current_table(entity)
    # Collected here, as a filter by known keys reads a Parquet file three times as fast as a join with a lazy frame.
    repeated = days.group_by("record_key").len().filter(pl.col("len") > 1).select("record_key").collect()
    is_repeated = pl.col("record_key").is_in(repeated["record_key"].implode())
    single = days.filter(~is_repeated).with_columns(
        first_seen_at=_seen_at("business_at", "drop_date"),
        last_seen_at=_seen_at("business_at", "drop_date"),
        first_drop_date="drop_date",
        last_drop_date="drop_date",
        version_count=pl.lit(1, pl.Int64),
    )
    # Nothing may be pushed down into the fold, which reads columns and rows that its result does not show.
    folded = days.filter(is_repeated).map_batches(
        lambda versions: fold_versions(versions, entity),
        schema=table.schema,
        predicate_pushdown=False,
        projection_pushdown=False,
        slice_pushdown=False,
    )
    latest = pl.concat([table.conform(single), folded])
    return latest.with_columns(record_status=_record_status()) if "record_status" in entity.by_name else latest


def fold_versions(versions: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """One row per record key, as `current_table(entity)` has it but for the record status.

    For each column the newest version that says something is found by position, and only those cells are taken:
    sorting or grouping rows of sixty columns would cost several times as much.

    Args:
        versions: Staged rows, in any order.
        entity: Whose rows they are.
    """
    order = order_versions(versions)
    history = _History(order)
    deciding = _deciding_columns(entity)
    newest = history.newest()
    rows: dict[tuple[str, ...], pl.Series] = {("record_key",): newest, ("is_deleted",): newest}
    weak = {column.name for column in entity.columns if column.unknown == "undefined"}
    latest = []
    for name in current_table(entity).schema.names():
        if name not in versions.columns:
            continue
        if name in weak:
            latest.append(_known_before_undefined(history, versions[name].rechunk()))
            continue
        by = deciding.get(name, (name,))
        if by not in rows:
            says = versions.select(pl.any_horizontal(pl.col(by).is_not_null())).to_series()
            rows[by] = history.newest(says.rechunk())
        # Cells are taken several times faster from one chunk than from a chunk per file.
        latest.append(versions[name].rechunk().gather(rows[by]))
    return pl.DataFrame(latest).hstack(_times_of(versions, order)).select(current_table(entity).schema.names())


def _known_before_undefined(history: "_History", values: pl.Series) -> pl.Series:
    """Each record's newest value that is known; `undefined` only where no version says more, as it says nothing."""
    says = values.is_not_null()
    known = values.gather(history.newest((says & (values != UNDEFINED)).fill_null(value=False).rechunk()))
    said = values.gather(history.newest(says.rechunk()))
    return pl.select(pl.coalesce(pl.when(known != UNDEFINED).then(known), said)).to_series().alias(values.name)


class _History:
    """The versions of records, oldest first within each, and where each record begins and ends."""

    def __init__(self, order: pl.DataFrame) -> None:
        record = order["record"]
        self._at = order["at"]
        self._begins = (record != record.shift()).fill_null(value=True).arg_true()
        self._ends = (record != record.shift(-1)).fill_null(value=True).arg_true()

    def newest(self, says: pl.Series | None = None) -> pl.Series:
        """The row of each record's newest version, or of the newest that says something.

        Args:
            says: Whether each version, by its row, says something. A record of which none does gets null, or a row
                that says nothing.
        """
        if says is None or says.all() or not says.any():
            return self._at.gather(self._ends)
        place = pl.int_range(self._at.len(), dtype=pl.UInt32)
        marked = pl.select(pl.when(says.gather(self._at)).then(place).forward_fill()).to_series()
        found = marked.gather(self._ends)
        # A mark from before the record's beginning is another record's.
        is_own = (found >= self._begins).fill_null(value=False)
        return self._at.gather(found.set(~is_own, None))


def _times_of(versions: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """When each record was seen, in the order of the records' numbers."""
    seen = versions.select("business_at", "drop_date").rechunk()[order["at"]].with_columns(order["record"])
    return (
        seen.group_by("record", maintain_order=True)
        .agg(
            first_at=pl.col("business_at").min(),
            last_at=pl.col("business_at").max(),
            first_drop_date=pl.col("drop_date").min(),
            last_drop_date=pl.col("drop_date").max(),
            version_count=pl.len().cast(pl.Int64),
        )
        .select(
            _seen_at("first_at", "first_drop_date").alias("first_seen_at"),
            _seen_at("last_at", "last_drop_date").alias("last_seen_at"),
            "first_drop_date",
            "last_drop_date",
            "version_count",
        )
    )


def _seen_at(moment: str, day: str) -> pl.Expr:
    """The business time, or else the beginning of the day it was dropped (UTC)."""
    return pl.coalesce(pl.col(moment), pl.col(day).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").cast(MOMENT))


def _record_status() -> pl.Expr:
    """The status of the newest version; one that says none is active, whatever older ones said."""
    return pl.when("is_deleted").then(pl.lit("Deleted")).otherwise(pl.lit("Active"))


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
        births = tuple(name for name in (person.birth_moment, person.birth_date, person.birth_year) if name)
        deciding |= dict.fromkeys(("birth_date", "birth_year"), births)
    return deciding
