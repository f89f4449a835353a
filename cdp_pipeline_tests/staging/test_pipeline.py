from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.staging.pipeline import Staged, StagingContext, keys_of, stage_rows
from cdp_pipeline.staging.tables import staging_table


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_entity_is_staged_in_the_form_of_its_table(stage: Callable[..., Staged], entity: Entity) -> None:
    row = {entity.source_id: "1"}
    assert stage(entity, row, row).rows.schema == staging_table(entity).schema
    assert stage(entity).rows.schema == staging_table(entity).schema


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_keys_alone_are_those_of_the_staged_rows(
    accepted: Callable[..., pl.DataFrame], context: StagingContext, entity: Entity
) -> None:
    said = {
        "email": "An@Example.com ",
        "phone_number": "0912 345 678",
        "event_at": 1584507164123,
        "company_id": "cop123",
    }
    row = {entity.source_id: " 1"} | {name: value for name, value in said.items() if name in entity.by_name}
    rows = accepted(entity, row, {entity.source_id: "2"})
    assert keys_of(rows, entity, context).equals(stage_rows(rows, entity, context).rows["record_key"])
    assert keys_of(rows.clear(), entity, context).to_list() == []


def test_a_row_says_where_it_came_from(stage: Callable[..., Staged]) -> None:
    row = stage(CUSTOMER_IDENTITY, {"customer_id": "C1", "source_row": 4, "entry_number": 2}).rows.row(0, named=True)
    lineage = {name: row[name] for name in ("object_type", "drop_date", "source_file", "source_row", "entry_number")}
    assert lineage == {
        "object_type": "customer-identity",
        "drop_date": date(2026, 3, 1),
        "source_file": "drop/2026-03-01/part.ndjson",
        "source_row": 4,
        "entry_number": 2,
    }


def test_the_first_business_time_that_is_there_orders_the_versions(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "updated_at": 1584507164123, "created_at": 1584000000000},
        {"customer_id": "C2", "created_at": 1584507164123},
        {"customer_id": "C3"},
    ).rows
    moment = datetime(2020, 3, 18, 4, 52, 44, 123000, tzinfo=UTC)
    assert rows["business_at"].to_list() == [moment, moment, None]
    assert rows["updated_at"].to_list() == [moment, None, None]


def test_an_entity_without_business_time_has_none(stage: Callable[..., Staged]) -> None:
    photo = {"customer_id": "C1", "source": "Facebook", "image_url": "https://example.com/1.png"}
    assert stage(CUSTOMER_IDENTITY_PHOTO, photo).rows["business_at"].to_list() == [None]


def test_staging_keeps_the_rows_their_order_and_the_accepted_frame(
    accepted: Callable[..., pl.DataFrame], context: StagingContext
) -> None:
    rows = accepted(
        CUSTOMER_IDENTITY,
        *({"customer_id": f" C{i % 3}", "phone": f"09{i:08d}", "full_name": "  An"} for i in range(9)),
    )
    before = rows.clone()
    staged = stage_rows(rows, CUSTOMER_IDENTITY, context).rows
    assert rows.equals(before)
    assert staged["source_row"].to_list() == list(range(1, 10))
