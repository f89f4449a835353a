"""Batches as the reader would give them, from a few believable entries."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import REJECTED_IN_BATCH, Batch
from cdp_pipeline.validation.pipeline import Limits, Validated, validate_batch

Entry = dict[str, object]


@pytest.fixture
def limits() -> Limits:
    return Limits(loaded_at=datetime(2026, 3, 2, 2, 0, tzinfo=UTC), default_region="VN", default_timezone_gmt=7)


@pytest.fixture
def text_rows() -> Callable[..., pl.DataFrame]:
    """One text row per entry, from line 1 on; what an entry does not name is null."""

    def build(entity: Entity, *entries: Entry) -> pl.DataFrame:
        schema = pl.Schema(
            {column.name: pl.String for column in entity.columns}
            | {"custom_fields": pl.String, "extra": pl.String, "structured": pl.List(pl.String)}
            | {"envelope_source": pl.String, "ignored_update_cfs": pl.List(pl.String)}
            | {"source_file": pl.String, "source_row": pl.Int64, "entry_number": pl.Int64, "raw": pl.String}
        )
        rows = [
            {"source_file": "crm.ndjson", "source_row": row, "entry_number": 1, "raw": f"entry {row}"} | entry
            for row, entry in enumerate(entries, start=1)
        ]
        assert {name for row in rows for name in row} <= set(schema), "an entry names a column that is not there"
        return pl.DataFrame(rows, schema=schema)

    return build


@pytest.fixture
def batch_of(text_rows: Callable[..., pl.DataFrame]) -> Callable[..., Batch]:
    """A batch of readable entries, of which the reader refused none."""

    def build(entity: Entity, *entries: Entry) -> Batch:
        return Batch(
            rows=text_rows(entity, *entries), rejected=pl.DataFrame(schema=REJECTED_IN_BATCH.schema), findings=Counter()
        )

    return build


@pytest.fixture
def validate(batch_of: Callable[..., Batch], limits: Limits) -> Callable[..., Validated]:
    """A batch of these entries, validated."""

    def run(entity: Entity, *entries: Entry) -> Validated:
        return validate_batch(batch_of(entity, *entries), entity, limits)

    return run


@pytest.fixture
def an() -> Entry:
    """A customer who breaks no rule."""
    return {"customer_id": "C120901341", "full_name": "Nguyễn Văn An", "phone": "0912345678"}
