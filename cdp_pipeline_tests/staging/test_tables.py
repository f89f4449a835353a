import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.staging.tables import staging_table


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_entity_has_a_table_of_distinct_described_columns(entity: Entity) -> None:
    table = staging_table(entity)
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert all(column.description for column in table.columns)
    assert {column.name for column in entity.columns} <= set(names)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_what_the_declaration_refers_to_is_staged(entity: Entity) -> None:
    staged = set(staging_table(entity).schema)
    named = {*entity.natural_key, *entity.business_time, entity.source_id, "company_id", "system_name"}
    assert named | {identifier.column for identifier in entity.identifiers} <= staged


def test_a_normalised_column_stands_behind_its_own_and_is_as_personal() -> None:
    table = staging_table(CUSTOMER_IDENTITY)
    names = [column.name for column in table.columns]
    at = names.index("phone")
    assert names[at + 1 : at + 3] == ["phone_e164", "phone_others_e164"]
    assert names[names.index("passport_no") + 1] == "passport_no_normalized"
    assert {column.name for column in table.columns if column.personal} >= {
        "email_normalized",
        "name_match",
        "birth_date",
    }


def test_the_further_phones_of_a_cell_are_a_personal_list_that_databases_keep_as_json() -> None:
    others = next(c for c in staging_table(CUSTOMER_IDENTITY).columns if c.name == "phone_others_e164")
    assert (others.dtype, others.personal, others.json, others.nullable) == (pl.List(pl.String), True, True, True)


def test_moments_are_utc_and_keys_may_not_be_null() -> None:
    table = staging_table(CUSTOMER_IDENTITY)
    assert table.schema["updated_at"] == table.schema["business_at"] == TIMESTAMP
    assert table.schema["payload_hash"] == pl.UInt64
    assert not next(column for column in table.columns if column.name == "record_key").nullable


def test_only_an_entity_that_describes_a_person_has_names_and_births() -> None:
    assert not {"display_name", "birth_date"} & set(staging_table(EMAIL_INTERACTION).schema)
    assert "display_name" in staging_table(MOEGO_LEAD).schema
    assert "birth_date" not in staging_table(MOEGO_LEAD).schema
