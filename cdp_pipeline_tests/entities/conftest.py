"""Rows of an entity in which everything that a test does not name is empty."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.entity import Entity


@pytest.fixture
def typed_row() -> Callable[..., pl.DataFrame]:
    def make(entity: Entity, **values: Any) -> pl.DataFrame:
        schema = {column.name: column.kind.dtype for column in entity.columns}
        assert values.keys() <= schema.keys()
        return pl.DataFrame([{name: values.get(name) for name in schema}], schema=schema)

    return make
