"""A generated drop through all steps: for every accepted record one can name the rows it led to, or why to none."""

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import WRITTEN, generate
from cdp_pipeline.pipeline.current import current_tables
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.pipeline.snapshot import PROFILE_TABLES
from cdp_pipeline.profiles.golden.attributes import ATTRIBUTES, CHILD_ATTRIBUTES
from cdp_pipeline.profiles.golden.corrections import PROFILE_CORRECTIONS
from cdp_pipeline.profiles.golden.survivorship import Attribute
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.store.lake import Lake

PEOPLE, DAYS, SEED = 200, 2, 9
REASONS = {"deleted", "person deleted", "unknown", "ambiguous"}


@dataclass(frozen=True)
class Led:
    """The table in which a linked record has at least one row, found by these columns of its own as the table's."""

    table: str
    by: tuple[tuple[str, str], ...] = (("record_key", "record_key"),)


OF_THE_PERSON = (("person_id", "person_id"),)
LED_TO = {
    "customer-identity": Led("profiles", OF_THE_PERSON),
    "lead-information": Led("profile_leads"),
    "moego-lead": Led("profile_leads"),
    "lead-status-history": Led("profile_lead_status_history"),
    "customer-relationship": Led("profile_relationships"),
    "customer-membership": Led("profile_memberships"),
    "customer-identity-address": Led("profile_addresses"),
    "customer-identity-email": Led("profile_contacts", (*OF_THE_PERSON, ("email_normalized", "value"))),
    # A link that two records give is one row.
    "customer-identity-photo": Led("profile_photos", (*OF_THE_PERSON, ("image_url", "image_url"))),
    "customer-product-activity": Led("profile_activities"),
    "customer-product-comment": Led("profile_activities"),
    "customer-product-review": Led("profile_activities"),
    "email-interaction": Led("profile_activities"),
    "sms-interaction": Led("profile_activities"),
    "customer-product-subscriber": Led("profile_subscriptions"),
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("every_record")
    drop = generate(folder / "raw", PEOPLE, DAYS, SEED)
    settings = Settings(_env_file=None, raw_dir=drop.directory, lake_dir=folder / "lake")
    lake, days = Lake(settings.lake_dir), [day.isoformat() for day in drop.days]
    for entity in ENTITIES:
        process_days(lake, entity, settings, "run-1", days=days, reprocess=False, log=lambda _: None)
    bring_up_to_date(lake, settings, datetime(2026, 11, 18, tzinfo=UTC), upto="anomalies")
    return lake


def test_every_entity_has_its_table() -> None:
    assert LED_TO.keys() == {entity.object_type for entity in WRITTEN}


@pytest.mark.parametrize("entity", WRITTEN, ids=lambda entity: entity.object_type)
def test_every_accepted_row_is_a_version_of_a_current_record(lake: Lake, entity) -> None:
    accepted = lake.scan_days("staging", entity.name, staging_table(entity).schema).select("record_key").collect()
    current = current_tables(lake, (entity,))[entity.name].select("record_key", "version_count").collect()
    assert accepted.height > 0
    assert accepted["record_key"].unique().sort().equals(current["record_key"].sort())
    assert current["version_count"].sum() == accepted.height


@pytest.mark.parametrize("entity", WRITTEN, ids=lambda entity: entity.object_type)
def test_every_current_record_is_linked_or_unlinked_with_a_reason(lake: Lake, entity) -> None:
    current = current_tables(lake, (entity,))[entity.name].select("record_key").collect()["record_key"]
    is_entity = pl.col("object_type") == entity.object_type
    linked = lake.scan("profiles", "profile_records").filter(is_entity).collect()["record_key"]
    unlinked = lake.scan("identity", "unlinked_records").filter(is_entity).collect()
    assert pl.concat([linked, unlinked["record_key"]]).sort().equals(current.sort())
    assert set(unlinked["reason"]) <= REASONS


@pytest.mark.parametrize("entity", WRITTEN, ids=lambda entity: entity.object_type)
def test_every_linked_record_led_to_a_row(lake: Lake, entity) -> None:
    led = LED_TO[entity.object_type]
    persons = lake.scan("identity", "record_persons").select("record_key", "person_id")
    linked = current_tables(lake, (entity,))[entity.name].join(persons, on="record_key")
    own, theirs = [column for column, _ in led.by], [column for _, column in led.by]
    lost = linked.join(lake.scan("profiles", led.table), left_on=own, right_on=theirs, how="anti")
    assert linked.select(pl.len()).collect().item() > 0
    assert lost.select("record_key", *own[1:]).collect().to_dicts() == []


@pytest.mark.parametrize("table", [t for t in PROFILE_TABLES if "record_key" in t.schema], ids=lambda t: t.name)
def test_every_row_of_a_record_comes_from_a_linked_one_of_its_person(lake: Lake, table) -> None:
    rows = lake.scan("profiles", table.name).filter(pl.col("record_key").is_not_null())
    records = lake.scan("profiles", "profile_records")
    strangers = rows.join(records, on=["record_key", "person_id"], how="anti").select("record_key", "person_id")
    assert rows.select(pl.len()).collect().item() > 0
    assert strangers.collect().to_dicts() == []


@pytest.mark.parametrize("table", PROFILE_TABLES, ids=lambda table: table.name)
def test_keys_are_unique_and_references_resolve(lake: Lake, table) -> None:
    rows = lake.scan("profiles", table.name).collect()
    assert rows.schema == table.schema
    assert not rows.select(table.key).is_duplicated().any()
    for reference in table.foreign_keys:
        there = lake.scan("profiles", reference.table).select(reference.target).collect()
        named = rows.select(reference.columns).drop_nulls()
        assert named.join(there, left_on=reference.columns, right_on=reference.target, how="anti").is_empty()


OPINIONS = ("customer_product_comment", "customer_product_review")


@pytest.mark.parametrize(
    ("table", "count", "column", "entities"),
    [
        (
            "products",
            "record_count",
            "product_sku",
            ("customer_product_activity", "customer_product_subscriber", *OPINIONS),
        ),
        ("stores", "record_count", "store_id", ("customer_identity", "customer_product_subscriber")),
        ("campaigns", "event_count", "campaign_id", ("email_interaction", "sms_interaction")),
    ],
)
def test_every_mention_of_a_product_store_or_campaign_counts_once(lake: Lake, table, count, column, entities) -> None:
    current = current_tables(lake, ENTITIES)
    live = (current[name].filter(~pl.col("is_deleted")).select(pl.col(column).count()) for name in entities)
    mentions = sum(frame.collect().item() for frame in live)
    assert lake.scan("profiles", table).select(pl.col(count).sum()).collect().item() == mentions > 0


def test_people_of_one_household_are_a_family_of_the_truth(lake: Lake) -> None:
    source = ("object_type", "internal_company_id", "system_name", "source_id")
    truth = pl.scan_parquet(lake.root.parent / "raw" / "truth.parquet").select(*source, "household").drop_nulls()
    records = lake.scan("profiles", "profile_records").filter(pl.col("object_type") == "customer-identity")
    family = records.join(truth.unique(), on=source, nulls_equal=True).select("person_id", "household").unique()
    members = (
        lake.scan("profiles", "household_members").select("person_id", "household_id").join(family, on="person_id")
    )
    pairs = members.join(members, on="household_id", suffix="_b").filter(pl.col("person_id") < pl.col("person_id_b"))
    related = pairs.select(pl.col("household") == pl.col("household_b")).collect().to_series()
    assert len(related) > 100
    assert related.mean() > 0.95


@pytest.mark.parametrize("table", sorted({table.name for table in PROFILE_TABLES} - {PROFILE_CORRECTIONS.name}))
def test_every_table_is_filled_by_a_generated_drop(lake: Lake, table: str) -> None:
    assert lake.rows("profiles", table) > 0


@pytest.mark.parametrize("attribute", ATTRIBUTES, ids=lambda attribute: attribute.name)
def test_every_golden_value_names_a_record_of_its_person(lake: Lake, attribute: Attribute) -> None:
    names = attribute.column_names
    profiles = lake.scan("profiles", "profiles").select("person_id", *names, attribute.record_key_column).collect()
    records = lake.scan("profiles", "profile_records").select("record_key", "person_id").collect()
    says = pl.any_horizontal(pl.col(name).is_not_null() for name in names)
    said = profiles.filter(says).rename({attribute.record_key_column: "record_key"})
    assert said.height > 0
    assert said.join(records, on=["record_key", "person_id"], how="anti").is_empty()
    assert profiles.filter(~says)[attribute.record_key_column].is_null().all()


@pytest.mark.parametrize("attribute", [*ATTRIBUTES, *CHILD_ATTRIBUTES], ids=lambda attribute: attribute.name)
def test_every_contested_value_names_the_records_that_say_it(lake: Lake, attribute: Attribute) -> None:
    records = lake.scan("profiles", "profile_records").select("record_key", "person_id").collect()
    values = lake.scan("profiles", "profile_values").filter(pl.col("attribute") == attribute.name).collect()
    said = values.select("person_id", pl.col("record_keys").alias("record_key")).explode("record_key").drop_nulls()
    assert said.join(records, on=["record_key", "person_id"], how="anti").is_empty()
    assert values.filter(pl.len().over("person_id") < 2).is_empty()
    winners = values.filter("is_winner")
    assert attribute.is_list or (set(winners["person_id"]), winners.height) == (
        set(values["person_id"]),
        values["person_id"].n_unique(),
    )
