"""Staging for databases without a bulk way of their own; the two bulk ways are tested through publishing."""

from datetime import UTC, datetime

import polars as pl
import sqlalchemy as sa

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.serving.cells import storable_batches
from cdp_pipeline.serving.database import writing
from cdp_pipeline.serving.loading import Load, stage_by_insert
from cdp_pipeline.serving.schema import database_tables

VISITS = Table(
    name="visits",
    description="One row per visit.",
    columns=(
        TableColumn("id", pl.Int64(), "Its number.", nullable=False),
        TableColumn("at", TIMESTAMP, "When."),
        TableColumn("is_first", pl.Boolean(), "Whether it is the first."),
        TableColumn("tags", pl.List(pl.String()), "Tags."),
    ),
    key=("id",),
)


def test_inserted_rows_are_staged_as_they_are_and_gone_afterwards(url: str) -> None:
    rows = [(1, datetime(2026, 3, 1, 9, 30, tzinfo=UTC), True, ["a", "ơ"]), (2, None, None, None)]
    batches = storable_batches(pl.LazyFrame(rows, schema=VISITS.schema, orient="row"), VISITS)
    table = database_tables([VISITS]).tables["visits"]
    with writing(url) as connection:
        with stage_by_insert(connection, [Load(table, batches)]) as staged:
            query = sa.select(staged["visits"]).order_by(staged["visits"].c.id)
            assert [tuple(row) for row in connection.execute(query)] == rows
        assert not sa.inspect(connection).get_temp_table_names()
