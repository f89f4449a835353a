"""The current state after days that come, change and go is the one folded from nothing, at the cost of what changed."""

import random
from datetime import date

import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.current.custom_fields import current_custom_fields
from cdp_pipeline.current.latest import latest_versions
from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.current import (
    clear_current_state,
    current_tables,
    gather_custom_fields,
    newest_drop_date,
    state_tokens,
    update_current,
    versions_token,
)
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.store.lake import Lake

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


def test_the_newest_version_of_all_days_is_current_and_a_field_not_sent_stays(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1, customerGroup="VIP"))
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1, fullName="Nguyễn Văn Bình"))
    place.process(CUSTOMER_IDENTITY, DAY, NEXT_DAY)
    state = update_current(place.lake, CUSTOMER_IDENTITY)
    assert (state.records, state.keys, state.deleted, state.is_rebuilt) == (1, 1, 0, True)
    row = current_tables(place.lake, (CUSTOMER_IDENTITY,))["customer_identity"].collect().row(0, named=True)
    assert (row["full_name"], row["customer_group"]) == ("Nguyễn Văn Bình", "VIP")


def test_an_unchanged_entity_is_not_rebuilt_and_a_late_file_rebuilds_it(place, customer):
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    update_current(place.lake, CUSTOMER_IDENTITY)
    assert not update_current(place.lake, CUSTOMER_IDENTITY).is_rebuilt
    place.drop(CUSTOMER_IDENTITY, DAY, customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    state = update_current(place.lake, CUSTOMER_IDENTITY)
    assert (state.is_rebuilt, state.records) == (True, 2)


def test_an_entity_without_files_has_an_empty_current_table(place):
    assert update_current(place.lake, CUSTOMER_IDENTITY).records == 0


def test_custom_fields_of_all_entities_stand_in_one_table(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1, customFieldTexts={"customField01": "tag:question"}))
    place.process(CUSTOMER_IDENTITY, DAY)
    update_current(place.lake, CUSTOMER_IDENTITY)
    assert gather_custom_fields(place.lake, (CUSTOMER_IDENTITY,)) == 1
    row = place.lake.scan("current", "custom_fields").collect().row(0, named=True)
    assert (row["container"], row["key"], row["text_value"]) == ("customFieldTexts", "customField01", "tag:question")


CUSTOMERS = CUSTOMER_IDENTITY.name
MARCH = [date(2026, 3, day) for day in range(1, 8)]


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def stage(lake, staged):
    """Puts a staged day in place; each version is a row of a customer."""

    def put(day: date, *versions: dict) -> None:
        rows = staged(CUSTOMER_IDENTITY, *(version | {"drop_date": day} for version in versions))
        lake.write("staging", CUSTOMERS, rows, day.isoformat())

    return put


def token(lake: Lake) -> str:
    return state_tokens(lake, (CUSTOMER_IDENTITY,))[CUSTOMERS]


def rows(lake: Lake, *columns: str) -> list[tuple]:
    """These columns of the current customers, by their keys."""
    update_current(lake, CUSTOMER_IDENTITY)
    return lake.scan("current", CUSTOMERS).sort("record_key").select(columns).collect().rows()


@pytest.fixture
def read_days(monkeypatch) -> list[str]:
    """The staged days that are read from now on, if only to look for some records."""
    asked: list[str] = []
    scan_days = Lake.scan_days

    def scan(lake, layer, table, schema, days=None):
        asked.extend(lake.days(layer, table) if days is None else days)
        return scan_days(lake, layer, table, schema, days)

    monkeypatch.setattr(Lake, "scan_days", scan)
    return asked


@pytest.mark.parametrize("seed", range(30))
def test_after_any_edits_of_days_the_state_is_the_one_folded_from_nothing(seed, lake, stage, staged, random_customers):
    chance = random.Random(seed)

    def edit() -> None:
        day = chance.choice(MARCH)
        path = lake.path("staging", CUSTOMERS, day.isoformat())
        # A day is removed, written again (by the lake or into the file itself), or new.
        if path.exists() and chance.random() < 0.3:
            path.unlink()
            return
        versions = random_customers(chance.randint(0, 10**6) * 4 + seed % 4, chance.randint(0, 20))
        if path.exists() and chance.random() < 0.3:
            staged(CUSTOMER_IDENTITY, *(v | {"drop_date": day} for v in versions)).write_parquet(path)
        else:
            stage(day, *versions)

    for round_of_edits in range(4):
        for _ in range(chance.randint(1, 3) if round_of_edits else 4):
            edit()
        update_current(lake, CUSTOMER_IDENTITY)
        days = lake.scan_days("staging", CUSTOMERS, staged(CUSTOMER_IDENTITY).schema)
        assert_frame_equal(
            lake.scan("current", CUSTOMERS).sort("record_key").collect(),
            latest_versions(days, CUSTOMER_IDENTITY).sort("record_key").collect(),
        )
        of_field = ["record_key", "container", "key"]
        assert_frame_equal(
            lake.scan("current_custom_fields", CUSTOMERS).sort(of_field).collect(),
            current_custom_fields(days, CUSTOMER_IDENTITY).sort(of_field).collect(),
        )


def test_a_record_that_is_only_delivered_again_keeps_its_fingerprint_and_the_token(lake, stage, at):
    sent = {"business_at": at(1), "full_name": "An"}
    stage(MARCH[0], sent)
    [(fingerprint,)] = rows(lake, "fingerprint")
    before = token(lake)
    stage(MARCH[1], sent)
    assert rows(lake, "fingerprint", "version_count", "last_drop_date") == [(fingerprint, 2, MARCH[1])]
    assert token(lake) == before
    stage(MARCH[2], sent | {"full_name": "Bình"})
    assert rows(lake, "fingerprint") != [(fingerprint,)]
    assert token(lake) != before


def test_the_token_is_that_of_what_the_table_says_however_it_came_to_say_it(lake, stage, at):
    stage(MARCH[0], {"full_name": "An"}, {"record_key": "k2"})
    update_current(lake, CUSTOMER_IDENTITY)
    before = token(lake)
    clear_current_state(lake, CUSTOMER_IDENTITY)
    assert state_tokens(lake, (CUSTOMER_IDENTITY,)) == {}
    update_current(lake, CUSTOMER_IDENTITY)
    assert token(lake) == before
    stage(MARCH[1], {"record_key": "k3"})
    update_current(lake, CUSTOMER_IDENTITY)
    assert token(lake) != before
    lake.clear_day("staging", CUSTOMERS, MARCH[1].isoformat())
    update_current(lake, CUSTOMER_IDENTITY)
    assert token(lake) == before


def test_the_token_of_versions_changes_with_every_day_that_is_written_and_is_empty_until_it_is_folded(lake, stage, at):
    tokens = []
    for day in (MARCH[0], MARCH[1], MARCH[1]):
        stage(day, {"business_at": at(1)})
        assert versions_token(lake, CUSTOMER_IDENTITY) == ""
        update_current(lake, CUSTOMER_IDENTITY)
        tokens.append(versions_token(lake, CUSTOMER_IDENTITY))
    assert len(set(tokens)) == 3


def test_a_whole_list_every_day_and_records_never_seen_before_read_the_new_day_only(lake, stage, at, read_days):
    everybody = [{"record_key": f"k{n}", "business_at": at(1)} for n in range(9)]
    for day in MARCH[:3]:
        stage(day, *everybody)
    update_current(lake, CUSTOMER_IDENTITY)
    read_days.clear()
    stage(MARCH[3], *everybody, {"record_key": "new"})
    assert rows(lake, "version_count") == [(4,)] * 9 + [(1,)]
    assert set(read_days) == {MARCH[3].isoformat()}


def test_only_records_that_are_revised_have_older_days_read(lake, stage, at, read_days):
    stage(MARCH[0], {"business_at": at(5), "city": "Huế"}, {"record_key": "k2", "business_at": at(5)})
    update_current(lake, CUSTOMER_IDENTITY)
    read_days.clear()
    stage(MARCH[1], {"business_at": at(4), "city": "Hà Nội", "ward": "Hàng Bạc"})
    assert rows(lake, "city", "ward") == [("Huế", "Hàng Bạc"), (None, None)]
    assert set(read_days) == {MARCH[0].isoformat(), MARCH[1].isoformat()}


def test_a_day_removed_or_rewritten_by_hand_takes_its_records_away(lake, stage, staged):
    stage(MARCH[0], {"record_key": "k1"}, {"record_key": "k2"})
    stage(MARCH[1], {"record_key": "k2"}, {"record_key": "k3"})
    assert rows(lake, "record_key") == [("k1",), ("k2",), ("k3",)]
    lake.path("staging", CUSTOMERS, MARCH[1].isoformat()).unlink()
    assert rows(lake, "record_key", "version_count") == [("k1", 1), ("k2", 1)]
    only = staged(CUSTOMER_IDENTITY, {"record_key": "k9", "drop_date": MARCH[0]})
    only.write_parquet(lake.path("staging", CUSTOMERS, MARCH[0].isoformat()))
    assert rows(lake, "record_key") == [("k9",)]


def test_where_files_cannot_have_two_names_days_are_copied(lake, stage, monkeypatch):
    def refuse(*_):
        raise OSError

    monkeypatch.setattr("os.link", refuse)
    stage(MARCH[0], {"record_key": "k1"})
    stage(MARCH[1], {"record_key": "k2"})
    assert rows(lake, "record_key") == [("k1",), ("k2",)]
    stage(MARCH[0], {"record_key": "k3"})
    assert rows(lake, "record_key") == [("k2",), ("k3",)]


def test_a_state_whose_days_as_they_were_folded_are_lost_is_folded_from_nothing(lake, stage):
    stage(MARCH[0], {"record_key": "k1"})
    update_current(lake, CUSTOMER_IDENTITY)
    lake.clear_day("folded", CUSTOMERS, MARCH[0].isoformat())
    stage(MARCH[0], {"record_key": "k2"})
    assert rows(lake, "record_key") == [("k2",)]


def test_no_published_table_has_a_fingerprint():
    assert all("fingerprint" in current_table(entity).schema for entity in ENTITIES)
    assert not any("fingerprint" in table.schema for table in PUBLISHED_TABLES)


def test_the_newest_drop_date_is_that_of_any_record_of_any_entity(place, customer):
    assert newest_drop_date(place.lake, ENTITIES) is None
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1))
    place.drop(CUSTOMER_IDENTITY, DAY, customer(2))
    place.process(CUSTOMER_IDENTITY, DAY, NEXT_DAY)
    for entity in ENTITIES:
        update_current(place.lake, entity)
    assert newest_drop_date(place.lake, ENTITIES) == date.fromisoformat(NEXT_DAY)
