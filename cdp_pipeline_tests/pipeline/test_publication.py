from datetime import UTC, datetime

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.current import update_current
from cdp_pipeline.pipeline.identity import read_choices, update_persons
from cdp_pipeline.pipeline.layers import BY_TABLE
from cdp_pipeline.pipeline.publication import UnfinishedError, publish_database, published_at, read_published
from cdp_pipeline.pipeline.refresh import refresh
from cdp_pipeline.pipeline.run import bring_up_to_date, chosen_of
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.serving.database import ServingError, reading
from cdp_pipeline.serving.schema import database_tables

DAY = "2026-11-16"
DECLARED = database_tables(PUBLISHED_TABLES).tables


def publish(place, now, url=None, copies=None, **others):
    """All steps behind staging."""
    bring_up_to_date(place.lake, place.settings, now, upto="anomalies")
    return publish_database(
        place.lake, ENTITIES, url or place.settings.database_url, chosen_of(place.settings), copies=copies, **others
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


def rows(place, table, url=None):
    with reading(url or place.settings.database_url) as connection:
        return [dict(row) for row in connection.execute(sa.select(DECLARED[table])).mappings()]


def test_ledger_findings_and_rejected_rows_are_published(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1, phone="12", email="an@example.com"), customer(2, yob="abc"))
    place.process(CUSTOMER_IDENTITY, DAY)
    published = publish(place, now)
    assert (published.people, published.records, published.unlinked) == (1, 1, 0)
    ledger = rows(place, "run_ledger")[0]
    assert (ledger["run_id"], ledger["read"], ledger["accepted"], ledger["rejected"]) == ("run-1", 2, 1, 1)
    assert {(f["rule"], f["rows"]) for f in rows(place, "quality_findings")} == {("format:phone", 1)}
    assert [(r["rules"], r["source_row"]) for r in rows(place, "rejected_records")] == [(["type:yob"], 2)]


def test_rejected_entries_are_published_masked_and_a_change_of_the_setting_rewrites_them(
    place, customer, now, tmp_path
):
    def published(shown):
        publish(place, now, copies=tmp_path / "copies", rejected=shown)
        copy = pl.read_parquet(tmp_path / "copies/rejected_records.parquet")["raw"].to_list()
        assert copy == [row["raw"] for row in rows(place, "rejected_records")]
        return copy

    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), "An Trần, 0912 345 678")
    place.process(CUSTOMER_IDENTITY, DAY)
    assert published("masked") == ["A*** T***, #### ### ###"]
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", "Lê Bình")
    place.process(CUSTOMER_IDENTITY, "2026-11-17")
    assert published("masked") == ["A*** T***, #### ### ###", "L*** B***"]
    assert published("raw") == ["An Trần, 0912 345 678", "Lê Bình"]
    assert published("masked") == ["A*** T***, #### ### ###", "L*** B***"]


def test_publishing_again_changes_nothing_and_one_changed_phone_changes_few_rows(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    publish(place, now)
    assert {(c.inserted, c.updated, c.deleted) for c in publish(place, now).changes.values()} == {(0, 0, 0)}
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", customer(1, phone="0987654321"))
    place.process(CUSTOMER_IDENTITY, "2026-11-17")
    changes = publish(place, now).changes
    assert (changes["profiles"].updated, changes["profiles"].unchanged) == (1, 1)
    assert (changes["profile_contacts"].inserted, changes["profile_contacts"].deleted) == (1, 1)
    assert read_published(place.lake).changes == changes


def test_periods_are_judged_by_the_newest_drop_date_whatever_the_clock_says(place, customer, now):
    living = {"customerId": "C1", "systemName": "CRM", "addressType": "Live", "city": "Huế", "district": "Phú Hội"}
    next_day = int(datetime(2026, 11, 17, 3, tzinfo=UTC).timestamp() * 1000)
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    old, new = {**living, "address": "1 Lê Lợi"}, {**living, "address": "5 Hùng Vương", "startTime": next_day}
    place.drop(CUSTOMER_IDENTITY_ADDRESS, DAY, old, new)
    place.process(CUSTOMER_IDENTITY, DAY)
    place.process(CUSTOMER_IDENTITY_ADDRESS, DAY)
    publish(place, now)
    assert rows(place, "profiles")[0]["address"] == "1 Lê Lợi"
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", customer(1, gender="male"))
    place.process(CUSTOMER_IDENTITY, "2026-11-17")
    publish(place, now)
    assert rows(place, "profiles")[0]["address"] == "5 Hùng Vương"


def test_a_changed_choice_of_survivors_changes_profiles_and_their_values_on_the_next_run(
    place, customer, now, tmp_path
):
    for day, language in ((DAY, "English"), ("2026-11-17", "Vietnamese")):
        place.drop(CUSTOMER_IDENTITY, day, customer(int(day[-1]), language=language, phone="0912345678"))
        place.process(CUSTOMER_IDENTITY, day)
    publish(place, now)
    file = tmp_path / "survivorship.toml"
    file.write_text('[language]\nstrategy = "oldest"\n')
    own = place.settings.model_copy(update={"survivorship": file})
    for settings, expected in ((place.settings, "Vietnamese"), (own, "English")):
        bring_up_to_date(place.lake, settings, now, upto="anomalies")
        values = place.lake.scan("profiles", "profile_values").filter(attribute="language", is_winner=True)
        assert place.lake.scan("profiles", "profiles").collect()["language"].to_list() == [expected]
        assert values.collect()["value"].to_list() == [expected]


def test_what_the_custom_fields_show_is_a_finding_of_their_day(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1, customFieldNumbers={"customField01": "many"}))
    place.process(CUSTOMER_IDENTITY, DAY)
    publish(place, now)
    findings = pl.DataFrame(rows(place, "quality_findings"))
    assert findings.filter(pl.col("rule") == "format:custom_fields")["rows"].to_list() == [1]


def test_a_second_day_with_one_changed_phone_writes_only_the_rows_that_say_so(place, customer, now, url):
    people = [customer(n, fullName=f"Nguyễn Văn {name}") for n, name in enumerate(("An", "Bình", "Chi", "Dũng"), 1)]
    place.drop(CUSTOMER_IDENTITY, DAY, *people)
    place.process(CUSTOMER_IDENTITY, DAY)
    first = publish(place, now, url)
    assert first.people == 4
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", people[0] | {"phone": "0987654321"})
    place.process(CUSTOMER_IDENTITY, "2026-11-17")
    before = {table.name: rows(place, table.name, url) for table in PUBLISHED_TABLES}
    changes = publish(place, now, url).changes
    for table in PUBLISHED_TABLES:
        key = [column.name for column in table.columns if column.name in table.key]
        old, new = (
            {tuple(row[name] for name in key): row for row in found}
            for found in (before[table.name], rows(place, table.name, url))
        )
        different = sum(old[row] != new[row] for row in old.keys() & new)
        counted = changes[table.name]
        assert counted.inserted == len(new.keys() - old), table.name
        assert counted.deleted == len(old.keys() - new), table.name
        assert counted.updated == different, table.name
        assert counted.unchanged == len(old.keys() & new) - different, table.name
    assert (changes["profiles"].updated, changes["profiles"].unchanged) == (1, 3)
    assert (changes["profile_contacts"].inserted, changes["profile_contacts"].deleted) == (1, 1)
    assert (changes["profile_contacts"].updated, changes["profile_contacts"].unchanged) == (0, 3)
    assert (changes["run_ledger"].inserted, changes["run_ledger"].unchanged) == (1, 1)
    written = {name for name, c in changes.items() if c.inserted or c.updated or c.deleted}
    assert not written & {"links", "rejected_records", "profile_activities", "profile_leads", "unlinked_records"}


def test_parquet_copies_hold_what_the_database_holds_also_when_the_lake_is_lost(place, customer, now, url, tmp_path):
    copies = tmp_path / "copies"
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2, yob="abc"))
    place.process(CUSTOMER_IDENTITY, DAY)
    publish(place, now, url, copies)
    files = {table.name: copies / f"{table.name}.parquet" for table in PUBLISHED_TABLES}
    untouched = files["profile_leads"].stat().st_ino
    place.lake.clear_report("customer_identity", DAY)
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", customer(1, phone="0987654321"))
    place.process(CUSTOMER_IDENTITY, "2026-11-17")
    publish(place, now, url, copies)
    for table in PUBLISHED_TABLES:
        found = pl.read_parquet(files[table.name])
        assert found.schema == table.schema
        assert found.height == len(rows(place, table.name, url)), table.name
    assert pl.read_parquet(files["run_ledger"]).height == 2
    assert files["profile_leads"].stat().st_ino == untouched
    phones = pl.read_parquet(files["profile_contacts"]).filter(kind="phone")["value"].to_list()
    assert phones == ["+84987654321"]


def test_a_database_that_is_down_loses_nothing_and_the_next_run_publishes_without_reading_again(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    with pytest.raises(
        ServingError, match=r"Cannot publish to postgresql\+psycopg://cdp:\*\*\*@127.0.0.1:1/cdp"
    ) as down:
        publish(place, now, "postgresql+psycopg://cdp:s3cret@127.0.0.1:1/cdp")
    assert "s3cret" not in str(down.value)
    assert published_at(place.lake) is None
    assert place.process(CUSTOMER_IDENTITY, DAY).days_read == 0
    assert publish_database(place.lake, ENTITIES, place.settings.database_url, chosen_of(place.settings)).people == 1


def test_tables_of_two_states_of_identity_are_not_published(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    publish(place, now)
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", customer(2))
    place.process(CUSTOMER_IDENTITY, "2026-11-17")
    update_current(place.lake, CUSTOMER_IDENTITY)
    update_persons(place.lake, ENTITIES, read_choices(place.settings), now)
    for name in ("contact_statements", "profile_contacts"):
        refresh(place.lake, BY_TABLE[name], chosen_of(place.settings))
    with pytest.raises(
        UnfinishedError, match=r"and others were made before the newest state.*Run `cdp run`"
    ) as refused:
        publish_database(place.lake, ENTITIES, place.settings.database_url, chosen_of(place.settings))
    assert "profile_contacts" not in str(refused.value)
    assert len(rows(place, "profiles")) == 1
    publish(place, now)
    assert len(rows(place, "profiles")) == 2
