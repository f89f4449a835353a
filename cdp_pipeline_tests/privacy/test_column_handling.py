"""What a pseudonymised export does with a column follows from its declaration; what is not classed is left out."""

from dataclasses import replace

import polars as pl
import pytest

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import TableColumn
from cdp_pipeline.pipeline import PUBLISHED_TABLES
from cdp_pipeline.privacy.column_handling import KEPT_TEXTS, handling_of, is_exported

TABLES = {table.name: table for table in PUBLISHED_TABLES}


def how(table: str, column: str) -> str | None:
    declared = TABLES[table]
    return handling_of(next(one for one in declared.columns if one.name == column), declared).how


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (TableColumn("shoe", pl.String(), "New.", personal=True), "personal"),
        (TableColumn("shoe_size", pl.Int64(), "New.", personal=True), "personal"),
        (TableColumn("fitted_at", TIMESTAMP, "New.", personal=True), "personal"),
        (TableColumn("shoe", pl.String(), "New."), "text that is not listed as harmless"),
        (TableColumn("shoes", pl.List(pl.String()), "New.", json=True), "text that is not listed as harmless"),
        (TableColumn("shoes", pl.String(), "New.", json=True), "JSON"),
        (TableColumn("status", pl.String(), "New, under a listed name.", free_text=True), "free text"),
        (TableColumn("status", pl.String(), "New, under a listed name.", personal=True), "personal"),
    ],
)
@pytest.mark.parametrize("table", ["profiles", "profile_activities"])
def test_a_new_column_that_is_not_classed_is_left_out(column: TableColumn, reason: str, table: str) -> None:
    grown = replace(TABLES[table], columns=(*TABLES[table].columns, column))
    found = handling_of(column, grown)
    assert (found.how, found.reason) == (None, reason)


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("profiles", "person_id", "pseudonym"),
        ("profiles", "household_id", "pseudonym"),
        ("profiles", "customer_ids", "pseudonym"),
        ("profiles", "name_record_key", "pseudonym"),
        ("profile_relationships", "related_person_id", "pseudonym"),
        ("profile_leads", "converted_customer_id", "pseudonym"),
        ("profile_activities", "parent_comment_id", "pseudonym"),
        ("links", "record_key_a", "pseudonym"),
        ("profiles", "birth_date", "band"),
        ("profiles", "city", "group"),
        ("profiles", "gender", "group"),
        ("profiles", "district", None),
        ("profiles", "display_name", None),
        ("profile_addresses", "city", None),
        ("profile_relationships", "birth_date", None),
        ("profile_leads", "facebook_id", None),
        ("profile_leads", "referral_source_id", None),
        ("profile_contacts", "value", None),
        ("profile_values", "value_hash", None),
        ("profile_photos", "image_url", None),
        ("profile_activities", "occurred_at", "period"),
        ("profile_activities", "price", "kept"),
        ("profile_activities", "link", None),
        ("household_evidence", "person_ids", None),
    ],
)
def test_ids_become_pseudonyms_and_only_the_profile_describes_a_group(
    table: str, column: str, expected: str | None
) -> None:
    assert how(table, column) == expected


def test_every_listed_text_is_published_and_not_personal_somewhere() -> None:
    published = {c.name for t in PUBLISHED_TABLES for c in t.columns if handling_of(c, t).how == "kept"}
    assert published >= KEPT_TEXTS


def test_tables_of_no_person_and_those_that_lose_their_key_are_not_exported() -> None:
    left = {table.name for table in PUBLISHED_TABLES if not is_exported(table)}
    of_reports = {"rejected_records", "run_ledger", "quality_findings", "retention_ledger"}
    assert left == of_reports | {"unlinked_records", "skipped_identifiers"}
