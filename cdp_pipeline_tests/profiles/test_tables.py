import polars as pl
import pytest

from cdp_pipeline.entities.table import Table
from cdp_pipeline.pipeline.snapshot import PROFILE_TABLES, PUBLISHED_TABLES

BY_NAME = {table.name: table for table in PUBLISHED_TABLES}


def test_every_table_of_the_contract_is_published():
    assert {table.name for table in PUBLISHED_TABLES} == {
        "profiles",
        "profile_records",
        "profile_contacts",
        "profile_addresses",
        "profile_memberships",
        "profile_leads",
        "profile_lead_status_history",
        "profile_lead_pets",
        "profile_lead_addresses",
        "profile_relationships",
        "profile_photos",
        "profile_subscriptions",
        "profile_consents",
        "profile_activities",
        "profile_activity_counts",
        "profile_engagement",
        "products",
        "profile_products",
        "profile_recency",
        "profile_custom_fields",
        "profile_corrections",
        "profile_values",
        "households",
        "household_members",
        "household_evidence",
        "stores",
        "campaigns",
        "links",
        "household_relations",
        "skipped_identifiers",
        "unlinked_records",
        "person_id_history",
        "rejected_records",
        "profile_restrictions",
        "run_ledger",
        "retention_ledger",
        "quality_findings",
    }


@pytest.mark.parametrize("table", PUBLISHED_TABLES, ids=lambda table: table.name)
def test_a_table_is_described_and_its_key_and_indexes_are_columns_of_it(table: Table):
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert table.description.startswith("One row per ")
    assert [column.name for column in table.columns if not column.description] == []
    assert {column for columns in (table.key, *table.indexes) for column in columns} <= set(names)
    assert [c.name for c in table.columns if c.name in table.key and c.nullable] == []


@pytest.mark.parametrize("table", PUBLISHED_TABLES, ids=lambda table: table.name)
def test_no_index_is_declared_that_begins_like_the_key_or_another_index(table: Table):
    others = {index: [table.key, *(i for i in table.indexes if i != index)] for index in table.indexes}
    assert [index for index, found in others.items() if index in [o[: len(index)] for o in found]] == []


@pytest.mark.parametrize("table", PUBLISHED_TABLES, ids=lambda table: table.name)
def test_lists_are_kept_as_json(table: Table):
    assert [c.name for c in table.columns if isinstance(c.dtype, pl.List) and not c.json] == []


OF_PEOPLE = [table for table in PROFILE_TABLES if "person_id" in table.schema and table.name != "profiles"]


@pytest.mark.parametrize("table", OF_PEOPLE, ids=lambda table: table.name)
def test_every_child_table_refers_to_the_persons_profile(table: Table):
    assert [key.table for key in table.foreign_keys if key.columns == ("person_id",)] == ["profiles"]
    assert any(index[0] == "person_id" for index in (table.key, *table.indexes))


def test_a_table_is_loaded_after_those_it_refers_to():
    order = [table.name for table in PUBLISHED_TABLES]
    for table in PUBLISHED_TABLES:
        assert all(order.index(key.table) < order.index(table.name) for key in table.foreign_keys)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("profiles", "primary_phone"),
        ("profile_contacts", "value"),
        ("profile_addresses", "address"),
        ("profile_activities", "content"),
        ("households", "address"),
        ("household_evidence", "value"),
        ("rejected_records", "raw"),
    ],
)
def test_personal_data_is_marked(table: str, column: str):
    assert [c.personal for c in BY_NAME[table].columns if c.name == column] == [True]
