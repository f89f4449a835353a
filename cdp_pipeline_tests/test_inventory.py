"""The inventory, written out, against what is declared and what Dagster sees, both ways: nothing is forgotten."""

from pathlib import Path

import dagster as dg
import pytest

from cdp_pipeline.definitions import defs
from cdp_pipeline.defs.profiles import ProfilesConfig
from cdp_pipeline.defs.staging import ReadConfig
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES

ROOT = Path(__file__).parents[1]

ENTITY_NAMES = [
    "lead_information",
    "lead_status_history",
    "customer_identity",
    "customer_relationship",
    "customer_membership",
    "customer_identity_address",
    "customer_identity_email",
    "customer_identity_photo",
    "customer_product_activity",
    "email_interaction",
    "sms_interaction",
    "customer_product_comment",
    "customer_product_review",
    "customer_product_subscriber",
    "moego_lead",
]
PROFILE_TABLES = [
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
    "profile_products",
    "profile_recency",
    "profile_custom_fields",
    "profile_corrections",
    "profile_values",
    "households",
    "household_members",
    "household_evidence",
    "products",
    "stores",
    "campaigns",
]
UNPUBLISHED = ["comment_ties", "contact_statements", "contact_uses", "evidence", "golden_values"]
IDENTITY_TABLES = [
    "identifiers",
    "links",
    "skipped_identifiers",
    "household_relations",
    "override_problems",
    "record_persons",
    "unlinked_records",
    "person_id_history",
    "person_ids",
]
OTHER_PUBLISHED = [
    "links",
    "household_relations",
    "skipped_identifiers",
    "unlinked_records",
    "person_id_history",
    "rejected_records",
    "run_ledger",
    "quality_findings",
    "profile_restrictions",
]
QUALITY_PAGE = "serving/data_quality"
ASSETS = {
    *(f"{layer}/{name}" for layer in ("raw", "staging", "rejected", "current") for name in ENTITY_NAMES),
    "current/custom_fields",
    *(f"identity/{name}" for name in IDENTITY_TABLES),
    *(f"profiles/{name}" for name in (*PROFILE_TABLES, *UNPUBLISHED)),
    *(f"serving/{name}" for name in (*PROFILE_TABLES, *OTHER_PUBLISHED)),
    QUALITY_PAGE,
    "privacy/requests",
}
WITHOUT_CONTACTS = {"customer_identity_address", "customer_identity_photo", "lead_status_history"}
WITHOUT_LISTS = {"moego_lead"}
BLOCKING_CHECKS = {
    *((f"staging/{name}", "every_row_is_accounted_for") for name in ENTITY_NAMES),
    *((f"current/{name}", "keys_are_unique") for name in ENTITY_NAMES),
    ("identity/record_persons", "every_record_has_one_person"),
    ("profiles/profiles", "nobody_erased_came_back"),
    ("profiles/profiles", "people_have_not_collapsed"),
    ("serving/profiles", "published_equals_lake"),
}
OTHER_CHECKS = {
    *((f"staging/{name}", "as_many_rows_as_usual") for name in ENTITY_NAMES),
    *((f"staging/{name}", "fields_are_as_before") for name in ENTITY_NAMES),
    *((f"staging/{name}", "contacts_are_usable") for name in ENTITY_NAMES if name not in WITHOUT_CONTACTS),
    *((f"staging/{name}", "values_are_in_their_lists") for name in ENTITY_NAMES if name not in WITHOUT_LISTS),
    *((f"rejected/{name}", "rejected_share_is_low") for name in ENTITY_NAMES),
    *((f"rejected/{name}", "rejected_share_is_bearable") for name in ENTITY_NAMES),
    *((f"rejected/{name}", "duplicates_are_few") for name in ENTITY_NAMES),
    *((f"current/{name}", "newest_drop_is_fresh") for name in ENTITY_NAMES),
    ("identity/record_persons", "references_resolve"),
    ("identity/record_persons", "persons_are_steady"),
    ("identity/record_persons", "clusters_are_small"),
    ("identity/skipped_identifiers", "few_identifiers_are_nobodys"),
    ("identity/override_problems", "every_override_holds"),
    ("profiles/profiles", "people_are_consistent"),
    ("profiles/profiles", "profiles_are_complete"),
    ("privacy/requests", "no_request_is_overdue"),
}


def test_the_registry_lists_every_entity() -> None:
    assert [entity.name for entity in ENTITIES] == ENTITY_NAMES


def test_dagster_sees_every_asset_and_no_other() -> None:
    keys = defs.resolve_asset_graph().get_all_asset_keys()
    assert {key.to_user_string() for key in keys} == ASSETS


def test_dagster_sees_every_check_and_knows_which_block() -> None:
    graph = defs.resolve_asset_graph()
    checks = {
        (key.asset_key.to_user_string(), key.name): graph.get_check_spec(key).blocking for key in graph.asset_check_keys
    }
    assert {check for check, blocking in checks.items() if blocking} == BLOCKING_CHECKS
    assert {check for check, blocking in checks.items() if not blocking} == OTHER_CHECKS


def test_job_schedule_and_sensor_have_the_names_of_the_contract() -> None:
    assert defs.resolve_job_def("daily_profiles").partitions_def is not None
    schedule = defs.resolve_schedule_def("daily_profiles_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "Asia/Ho_Chi_Minh")
    assert defs.resolve_sensor_def("new_files_sensor").job_name == "daily_profiles"


def test_every_table_of_the_database_is_declared() -> None:
    assert {table.name for table in PUBLISHED_TABLES} == {*PROFILE_TABLES, *OTHER_PUBLISHED}


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_an_asset_has_a_description_with_its_grain_an_owner_and_columns(name: str) -> None:
    spec = defs.resolve_asset_graph().get(dg.AssetKey.from_user_string(name))
    layer = name.split("/")[0]
    assert spec.group_name == layer
    assert spec.owners == ["team:customer-data"]
    assert spec.description
    assert layer == "raw" or spec.description.startswith(("One row per ", "One page per run"))
    if name != QUALITY_PAGE:
        assert all(column.description for column in spec.metadata["dagster/column_schema"].columns)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda e: e.object_type)
def test_every_entity_has_a_sample_in_the_landing_folders(entity: Entity) -> None:
    assert list((ROOT / "data" / "raw" / entity.object_type).rglob("*.*"))


def test_the_job_says_what_the_launchpad_takes() -> None:
    told = defs.resolve_job_def("daily_profiles").description or ""
    for config in (ReadConfig, ProfilesConfig):
        for name, field in config.to_fields_dict().items():
            assert field.description
            assert f"| `{name}` | {field.description} |" in told
