"""The published database, or the previous memory of ids -> the memory of ids, where that is lost.

No step can rebuild ids, as they depend on the past. The database holds the id of every record that belongs to a person,
the previous memory also those of deleted records and of contacts.
"""

import polars as pl
import sqlalchemy as sa

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.tables import PERSON_ID_HISTORY, PERSON_IDS
from cdp_pipeline.lake import Lake
from cdp_pipeline.lake_files import BrokenFileError, check_whole
from cdp_pipeline.pipeline.identity import IDS, IDS_BEFORE, OF_RECORD, are_ids_given
from cdp_pipeline.pipeline.published import PUBLISHED_TABLES
from cdp_pipeline.profiles.records import PROFILE_RECORDS
from cdp_pipeline.serving.database import ServingError, reading
from cdp_pipeline.serving.read import read_table
from cdp_pipeline.serving.schema import database_tables

HISTORY = ("identity", PERSON_ID_HISTORY.name)
"""Where the changes of ids lie in the lake."""

_AT_ONCE = 100_000
_RECORDS = pl.Schema({"record_key": pl.String, "object_type": pl.String, "person_id": pl.String})


class LostIdsError(Exception):
    """Neither the database nor the lake holds the ids; the message names the places that were searched."""


def are_ids_lost(lake: Lake) -> str:
    """Why the memory of ids cannot be used; empty where it can, or where none was ever written."""
    path = lake.path(*IDS)
    if not path.exists():
        return "it is missing" if are_ids_given(lake) else ""
    try:
        check_whole(path)
    except BrokenFileError as error:
        return str(error)
    return ""


def restore_ids(lake: Lake, url: str) -> str:
    """Restore the memory of ids and its history; returns their source, in words.

    The next resolution gives every person the id that its records have there. Where a record has two, the published
    one holds.

    Raises:
        LostIdsError: No source holds them.
    """
    before = _kept_before(lake)
    records, history, problem = _published(url)
    if before is None and records.is_empty():
        raise LostIdsError(f"{problem or 'The database holds no records'}, and no earlier memory is kept in the lake")
    known = PERSON_IDS.empty() if before is None else before
    timestamps = pl.concat([known["resolved_at"], history["changed_at"], known["assigned_at"]])
    # The state before was reached when the last change in it was made.
    reached = (
        pl.lit(timestamps.max(), TIMESTAMP)
        if timestamps.len()
        else pl.lit("2000-01-01").str.to_datetime().cast(TIMESTAMP)
    )
    if records.is_empty():
        rows = known
    else:
        published = records.select("record_key", published="person_id")
        kept = known.join(published, on="record_key", how="left").with_columns(
            pl.coalesce("published", "person_id").alias("person_id"),
            is_present=pl.col("published").is_not_null(),
            is_published=pl.col("published").is_not_null(),
        )
        added = records.join(known, on="record_key", how="anti").with_columns(is_present=True, is_published=True)
        rows = pl.concat([kept.select(known.columns), _nodes(added, reached)])
        lake.write(*HISTORY, _in_order(history))
    lake.write(*IDS, PERSON_IDS.conform(rows.with_columns(resolved_at=reached).lazy().sort("node_key")))
    return "the published database" if records.height else "the memory before the last change of it, kept in the lake"


def restore_history(lake: Lake, url: str) -> bool:
    """Write the history of ids as it was published; returns whether the database could be read."""
    _, history, problem = _published(url)
    if not problem:
        lake.write(*HISTORY, _in_order(history))
    return not problem


def _in_order(history: pl.DataFrame) -> pl.DataFrame:
    return history.sort("changed_at", *PERSON_ID_HISTORY.key[:-1])


def _nodes(records: pl.DataFrame, reached: pl.Expr) -> pl.DataFrame:
    """The rows of records that the kept memory does not know.

    Which contact a record names is known only when all are resolved; until then it is a node of its own, by whose
    record the contact is found.
    """
    roles = {entity.object_type: entity.role for entity in ENTITIES if entity.role in ("person", "contact")}
    role = pl.col("object_type").replace_strict(roles, default=None)
    of_record = pl.when(role == "contact").then(pl.lit(OF_RECORD)).otherwise(pl.lit(""))
    named = records.filter(role.is_not_null()).with_columns(node_key=of_record + pl.col("record_key"))
    return _timed(named, reached)


def _timed(rows: pl.DataFrame, reached: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(assigned_at=reached, resolved_at=reached).select(PERSON_IDS.schema.names())


def _kept_before(lake: Lake) -> pl.DataFrame | None:
    try:
        check_whole(lake.path(*IDS_BEFORE))
    except BrokenFileError:
        return None
    return PERSON_IDS.conform(lake.scan(*IDS_BEFORE)).collect()


def _published(url: str) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """The records with a person, the history of ids, and why the database could not be read."""
    tables = database_tables(PUBLISHED_TABLES)
    found = tables.tables[PROFILE_RECORDS.name]
    try:
        with reading(url) as connection:
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(
                sa.select(*(found.c[name] for name in _RECORDS.names()))
            )
            parts = [
                pl.DataFrame([tuple(row) for row in part], schema=_RECORDS, orient="row") for part in rows.partitions()
            ]
            history = read_table(connection, tables, PERSON_ID_HISTORY)
    except ServingError as error:
        return pl.DataFrame(schema=_RECORDS), PERSON_ID_HISTORY.empty(), str(error).removesuffix(".")
    return pl.concat([pl.DataFrame(schema=_RECORDS), *parts]), history, ""
