"""current rows + later versions of their records -> the current rows now, without the versions they were made of.

A row of the current table says of each attribute what its newest version says. So where all that comes is newer than
all that was known, the row itself stands for the versions before: folding it together with the new ones gives what
folding all versions would.
"""

import polars as pl

from cdp_pipeline.current.latest import latest_versions
from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.staging.tables import staging_table

_COUNTED = ("last_drop_date", "version_count")
"""What moves in a row whenever its record is sent again, even if nothing is said that was not known."""


def continued_records(before: pl.DataFrame, news: pl.DataFrame) -> pl.Series:
    """The keys of known records of which every new version is newer than all that was known, by the order of evidence.

    Newer means dropped on a later day, and not of an earlier business time; one without a business time takes effect
    when it comes.

    Args:
        before: Rows of the current table.
        news: The new versions of any records.
    """
    came = news.group_by("record_key").agg(
        pl.col("drop_date").min().alias("came_on"), pl.col("business_at").min().alias("came_of")
    )
    is_newer = (pl.col("came_on") > pl.col("last_drop_date")) & (pl.col("came_of") >= pl.col("business_at")).fill_null(
        value=True
    )
    known = before.select("record_key", "business_at", "last_drop_date")
    return known.join(came, on="record_key").filter(is_newer)["record_key"]


def as_versions(before: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Rows of the current table as staged versions, one per record, that come before all that came after them.

    They have no custom fields: these have a table of their own.
    """
    schema = staging_table(entity).schema
    stands_for = before.with_columns(
        drop_date="last_drop_date",
        source_file=pl.lit(""),
        source_row=pl.lit(0),
        entry_number=pl.lit(0),
        payload_hash=pl.lit(0),
    )
    return stands_for.select(
        (pl.col(name) if name in stands_for.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )


def continue_rows(before: pl.DataFrame, versions: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """The current rows of continued records: one per row of `before`, as `current_table(entity)` has it.

    Args:
        before: Rows of the current table of continued records.
        versions: They as `as_versions` gives them, with at least one new version of each, and of nobody else.
        entity: Whose rows they are.
    """
    table = current_table(entity)
    folded = table.conform(latest_versions(versions.lazy(), entity)).collect()
    was = before.select(
        "record_key",
        "first_seen_at",
        "first_drop_date",
        "version_count",
        was_timed=pl.col("business_at").is_not_null(),
    )
    begins_anew = ~pl.col("was_timed") & pl.col("business_at").is_not_null()
    return (
        folded.join(was, on="record_key", suffix="_was")
        .with_columns(
            first_seen_at=pl.when(begins_anew).then("first_seen_at").otherwise("first_seen_at_was"),
            first_drop_date="first_drop_date_was",
            version_count=pl.col("version_count") - 1 + pl.col("version_count_was"),
        )
        .select(table.schema.names())
    )


def continue_fields(fields: pl.DataFrame, folded: pl.DataFrame) -> pl.DataFrame:
    """The custom fields of continued records: the new values, and the old ones of fields without a new one."""
    return pl.concat([fields.join(folded, on=["record_key", "container", "key"], how="anti"), folded])


def repeated_records(before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    """The keys of rows that say after what they said before: their records were only sent again.

    Args:
        before: Rows of the current table, each record once.
        after: Rows of the same table.
    """
    said = [name for name in before.columns if name not in _COUNTED]
    was, is_now = (rows.select("record_key", mark=rows.select(said).hash_rows(seed=0)) for rows in (before, after))
    return is_now.join(was, on=["record_key", "mark"], how="semi")["record_key"]
