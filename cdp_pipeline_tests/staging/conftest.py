"""Accepted rows as validation would give them, from a few believable entries, and what staging makes of them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.staging.pipeline import Staged, StagingContext, stage_rows
from cdp_pipeline.validation.tables import accepted_table

Entry = dict[str, Any]


FILE = "drop/2026-03-01/part.ndjson"


@pytest.fixture
def context() -> StagingContext:
    return StagingContext(
        default_region="VN",
        default_timezone_gmt=7,
        company_aliases={"cop123": "ORG1"},
        drop_date=date(2026, 3, 1),
    )


@pytest.fixture
def accepted() -> Callable[..., pl.DataFrame]:
    """One typed row per entry, from line 1 on; what an entry does not name is null."""

    def build(entity: Entity, *entries: Entry) -> pl.DataFrame:
        schema = accepted_table(entity).schema
        rows = [
            {"source_file": FILE, "source_row": number, "entry_number": 1, "is_deleted": False} | entry
            for number, entry in enumerate(entries, start=1)
        ]
        assert {name for row in rows for name in row} <= set(schema), "an entry names a column that is not there"
        return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)

    return build


@pytest.fixture
def stage(accepted: Callable[..., pl.DataFrame], context: StagingContext) -> Callable[..., Staged]:
    """These entries, staged."""

    def run(entity: Entity, *entries: Entry) -> Staged:
        return stage_rows(accepted(entity, *entries), entity, context)

    return run
