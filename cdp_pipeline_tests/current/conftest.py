"""Staged rows of a few versions, by what a test is about."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import pytest

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.staging.tables import staging_table

Version = dict[str, object]


@pytest.fixture
def staged() -> Callable[..., pl.DataFrame]:
    """One staged row per version, in file order; by default of one live record, dropped on 1 March."""

    def build(entity: Entity, *versions: Version) -> pl.DataFrame:
        usual = {"record_key": "k1", "is_deleted": False, "drop_date": date(2026, 3, 1), "source_file": "a.ndjson"}
        usual |= {"object_type": entity.object_type, "entry_number": 1, "payload_hash": 0}
        rows = [usual | {"source_row": row} | version for row, version in enumerate(versions, start=1)]
        schema = staging_table(entity).schema
        assert {name for row in rows for name in row} <= set(schema), "a version names a column that is not there"
        return pl.DataFrame(rows, schema=schema)

    return build


@pytest.fixture
def at() -> Callable[[int], datetime]:
    """Noon of a day of February 2026."""
    return lambda day: datetime(2026, 2, day, 12, tzinfo=UTC)


@pytest.fixture
def dropped() -> Callable[[int], date]:
    """A day of March 2026."""
    return lambda day: date(2026, 3, day)
