import random
from datetime import UTC, date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.current.latest import latest_versions
from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.staging.tables import staging_table


@pytest.fixture
def latest(staged):
    """The one current row of one record's versions, as a dict."""

    def fold(*versions: dict[str, object], entity: Entity = CUSTOMER_IDENTITY) -> dict[str, object]:
        return latest_versions(staged(entity, *versions).lazy(), entity).collect().row(0, named=True)

    return fold


def shown(row: dict[str, object], *names: str) -> tuple[object, ...]:
    return tuple(row[name] for name in names)


def test_the_newest_value_of_each_attribute_wins_and_nulls_never_erase(latest, at) -> None:
    row = latest(
        {"business_at": at(1), "city": "Huế", "ward": "An Cựu", "language": "Vietnamese"},
        {"business_at": at(3), "city": "Đà Nẵng"},
        {"business_at": at(2), "city": "Hà Nội", "language": "English"},
    )
    assert shown(row, "city", "ward", "language") == ("Đà Nẵng", "An Cựu", "English")
    assert row["version_count"] == 3


def test_a_late_row_fills_only_what_newer_ones_left_open(latest, at, dropped) -> None:
    newer = {"business_at": at(9), "drop_date": dropped(1), "city": "Huế"}
    late = {"business_at": at(2), "drop_date": dropped(5), "city": "Hà Nội", "zip_code": "10000"}
    row = latest(newer, late)
    assert shown(row, "city", "zip_code", "business_at") == ("Huế", "10000", at(9))
    assert shown(row, "first_drop_date", "last_drop_date") == (dropped(1), dropped(5))


def test_an_untimed_row_overrides_what_was_known_when_it_came(latest, at, dropped) -> None:
    row = latest(
        {"business_at": at(5), "drop_date": dropped(1), "city": "Huế", "ward": "An Cựu"},
        {"drop_date": dropped(2), "city": "Hà Nội", "ward": "Hàng Bạc"},
        {"business_at": at(6), "drop_date": dropped(3), "city": "Đà Nẵng"},
    )
    assert shown(row, "city", "ward", "business_at") == ("Đà Nẵng", "Hàng Bạc", at(6))


def test_a_tombstone_flags_the_record_and_keeps_what_was_known(latest, at) -> None:
    row = latest(
        {"business_at": at(1), "city": "Huế", "record_status": "Active"},
        {"business_at": at(2), "is_deleted": True, "record_status": "Deleted"},
    )
    assert shown(row, "is_deleted", "record_status", "city") == (True, "Deleted", "Huế")


@pytest.mark.parametrize("status", ["Active", None])
def test_a_later_row_revives_a_deleted_record(status: str | None, latest, at) -> None:
    row = latest(
        {"business_at": at(3), "record_status": status, "city": "Hà Nội"},
        {"business_at": at(2), "is_deleted": True, "record_status": "Deleted"},
        {"business_at": at(1), "city": "Huế"},
    )
    assert shown(row, "is_deleted", "record_status", "city") == (False, "Active", "Hà Nội")


def test_a_late_tombstone_deletes_nothing_that_is_newer(latest, at, dropped) -> None:
    tombstone = {"business_at": at(1), "drop_date": dropped(9), "is_deleted": True, "record_status": "Deleted"}
    assert latest({"business_at": at(2), "drop_date": dropped(1)}, tombstone)["is_deleted"] is False


def test_a_normalised_column_comes_from_the_version_of_its_source(latest, at) -> None:
    old = {"business_at": at(1), "phone": "0912345678", "phone_e164": "+84912345678"}
    row = latest(old, {"business_at": at(2), "phone": "09123xxxxx"}, {"business_at": at(3)})
    assert shown(row, "phone", "phone_e164") == ("09123xxxxx", None)


def test_the_further_phones_come_from_the_version_of_their_phone(latest, at) -> None:
    two = {"phone": "0912345678 / 0987654321", "phone_e164": "+84912345678", "phone_others_e164": ["+84987654321"]}
    one = {"phone": "0355123456", "phone_e164": "+84355123456"}
    phones = ("phone_e164", "phone_others_e164")
    row = latest({"business_at": at(1)} | one, {"business_at": at(2)} | two, {"business_at": at(3), "city": "Huế"})
    assert shown(row, *phones) == ("+84912345678", ["+84987654321"])
    row = latest({"business_at": at(1)} | two, {"business_at": at(2)} | one)
    assert shown(row, *phones) == ("+84355123456", None)


def test_a_name_and_its_parts_come_from_one_version(latest, at) -> None:
    full = {"full_name": "Nguyễn Văn An", "middle_name": "Văn", "display_name": "Nguyễn Văn An", "name_match": "an"}
    parts = {"first_name": "Trần", "last_name": "An", "display_name": "Trần An", "name_match": "an tran"}
    row = latest({"business_at": at(1)} | full, {"business_at": at(2)} | parts, {"business_at": at(3)})
    names = ("full_name", "first_name", "middle_name", "last_name", "display_name", "name_match")
    assert shown(row, *names) == (None, "Trần", None, "An", "Trần An", "an tran")


def test_the_birth_comes_from_the_newest_version_that_knows_one(latest, at) -> None:
    day = {"dob_2": date(1988, 6, 15), "birth_date": date(1988, 6, 15), "birth_year": 1988}
    year = {"yob": 1989, "birth_year": 1989}
    row = latest({"business_at": at(1)} | day, {"business_at": at(2)} | year, {"business_at": at(3)})
    assert shown(row, "birth_date", "birth_year") == (None, 1989)
    assert shown(row, "dob_2", "yob") == (date(1988, 6, 15), 1989)


def test_a_record_is_seen_from_its_first_to_its_last_business_time(latest, at, dropped) -> None:
    versions = [{"business_at": at(day), "drop_date": dropped(10 - day)} for day in (4, 2, 8)]
    row = latest(*versions, {"drop_date": dropped(9)})
    assert shown(row, "first_seen_at", "last_seen_at") == (at(2), at(8))


@pytest.mark.parametrize("days", [[3], [3, 7]])
def test_a_record_without_business_time_is_seen_when_it_was_dropped(days: list[int], latest, dropped) -> None:
    row = latest(*({"drop_date": dropped(day)} for day in days), entity=CUSTOMER_IDENTITY_PHOTO)
    seen = (datetime(2026, 3, days[0], tzinfo=UTC), datetime(2026, 3, days[-1], tzinfo=UTC))
    assert shown(row, "first_seen_at", "last_seen_at") == seen


def test_a_record_with_one_version_is_that_version(latest, at, dropped) -> None:
    row = latest({"business_at": at(1), "city": "Huế", "nick_names": ["An"]})
    assert shown(row, "city", "nick_names", "first_seen_at", "last_seen_at") == ("Huế", ["An"], at(1), at(1))
    assert shown(row, "version_count", "record_status", "last_drop_date") == (1, "Active", dropped(1))


def test_a_source_without_tombstones_has_no_record_status(latest, at) -> None:
    row = latest({"business_at": at(1), "life_cycle_name": "New"}, {"business_at": at(2)}, entity=MOEGO_LEAD)
    assert "record_status" not in row
    assert shown(row, "life_cycle_name", "is_deleted") == ("New", False)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_entity_folds_into_its_table(entity: Entity, staged) -> None:
    days = staged(entity, {}, {"record_key": "k2"}, {})
    latest = latest_versions(days.lazy(), entity)
    assert latest.collect_schema() == current_table(entity).schema
    assert sorted(latest.collect().select("record_key", "version_count").rows()) == [("k1", 2), ("k2", 1)]
    assert latest_versions(days.clear().lazy(), entity).collect().schema == current_table(entity).schema


BIRTHDAYS = (date(1988, 6, 15), date(1989, 1, 1))
DROPS = [date(2026, 3, day) for day in range(1, 6)]
GROUPS = {"phone_e164": ("phone",), "birth_date": ("dob_2", "yob"), "birth_year": ("dob_2", "yob")} | dict.fromkeys(
    ("full_name", "display_name", "name_match"), ("full_name",)
)
"""The columns that decide from which version another one is taken."""


def random_versions(seed: int) -> list[dict[str, object]]:
    chance = random.Random(seed)

    def maybe(*values: object) -> object:
        return chance.choice([None, *values])

    def version() -> dict[str, object]:
        name, phone, born, year = maybe("An", "Bình"), maybe("0912345678", "09xxx"), maybe(*BIRTHDAYS), maybe(1990)
        return {
            "record_key": f"k{chance.randint(1, 12)}",
            "business_at": maybe(*(datetime(2026, 2, day, tzinfo=UTC) for day in range(1, 5))),
            "drop_date": chance.choice(DROPS),
            "source_file": chance.choice(["a.csv", "b.csv"]),
            "is_deleted": chance.random() < 0.2,
            "city": maybe("Huế", "Hà Nội"),
            "nick_names": maybe(["An"], ["An", "Ân"]),
            "phone": phone,
            "phone_e164": phone and chance.choice([None, "+84912345678"]),
            "dob_2": born,
            "yob": year,
            "birth_date": born,
            "birth_year": born.year if born else year,
            "full_name": name,
            "display_name": name,
            "name_match": name and maybe("an", "binh"),
        }

    return [version() for _ in range(50)]


def naive_latest(versions: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    """Each record's attributes, folded one version after the other as the rules read."""
    latest: dict[str, dict[str, object]] = {}
    for key in {version["record_key"] for version in versions}:
        own = [version for version in versions if version["record_key"] == key]
        times = {day: [v["business_at"] for v in own if v["business_at"] and v["drop_date"] <= day] for day in DROPS}
        never = datetime(1, 1, 1, tzinfo=UTC)

        def rank(version, times=times, never=never) -> tuple[object, ...]:
            time = version["business_at"] or max(times[version["drop_date"]], default=never)
            arrival = (version["source_file"], version["source_row"])
            return (time, version["drop_date"], version["business_at"] is None, *arrival)

        row: dict[str, object] = {}
        for version in sorted(own, key=rank):
            for name, value in version.items():
                if any(version.get(by) is not None for by in GROUPS.get(name, (name,))):
                    row[name] = value
        latest[key] = row | {"version_count": len(own)}
    return latest


COMPARED = ("city", "nick_names", "phone", "is_deleted", "business_at", "dob_2", "yob", "version_count", *GROUPS)


@pytest.mark.parametrize("seed", range(12))
def test_folding_agrees_with_a_fold_by_hand(seed: int, staged) -> None:
    days = staged(CUSTOMER_IDENTITY, *random_versions(seed))
    latest = {row["record_key"]: row for row in latest_versions(days.lazy(), CUSTOMER_IDENTITY).collect().to_dicts()}
    expected = naive_latest(days.select(pl.exclude("payload_hash")).to_dicts())
    assert latest.keys() == expected.keys()
    for key, row in expected.items():
        assert {name: latest[key][name] for name in COMPARED} == {name: row.get(name) for name in COMPARED}


@pytest.mark.parametrize("seed", range(5))
def test_neither_row_order_nor_running_twice_changes_anything(seed: int, staged) -> None:
    days = staged(CUSTOMER_IDENTITY, *random_versions(seed))
    shuffled = days.sample(fraction=1, shuffle=True, seed=seed)
    one, other, again = (
        latest_versions(frame.lazy(), CUSTOMER_IDENTITY).collect().sort("record_key")
        for frame in (days, shuffled, days)
    )
    assert_frame_equal(one, other)
    assert_frame_equal(one, again)


def test_days_are_read_from_many_files_alike(staged, tmp_path) -> None:
    days = staged(CUSTOMER_IDENTITY, *random_versions(1))
    for number, part in enumerate(days.iter_slices(7)):
        part.write_parquet(tmp_path / f"{number:02}.parquet")
    target = tmp_path / "current.parquet"
    latest_versions(pl.scan_parquet(sorted(tmp_path.glob("*.parquet"))), CUSTOMER_IDENTITY).sink_parquet(target)
    expected = latest_versions(days.lazy(), CUSTOMER_IDENTITY).collect()
    assert_frame_equal(pl.read_parquet(target).sort("record_key"), expected.sort("record_key"))


def test_only_some_columns_may_be_asked_for(staged) -> None:
    days = staged(CUSTOMER_IDENTITY, *random_versions(2))
    latest = latest_versions(days.lazy(), CUSTOMER_IDENTITY)
    some = latest.filter(pl.col("is_deleted")).select("record_key", "city").collect().sort("record_key")
    assert_frame_equal(some, latest.collect().filter("is_deleted").select("record_key", "city").sort("record_key"))


def test_an_exact_resend_on_another_day_changes_no_attribute(staged, dropped, at) -> None:
    version = {"business_at": at(1), "city": "Huế", "phone": "0912345678", "phone_e164": "+84912345678"}
    once = latest_versions(staged(CUSTOMER_IDENTITY, version).lazy(), CUSTOMER_IDENTITY).collect()
    resent = staged(CUSTOMER_IDENTITY, version, version | {"drop_date": dropped(2)})
    twice = latest_versions(resent.lazy(), CUSTOMER_IDENTITY).collect()
    attributes = [name for name in once.columns if name in staging_table(CUSTOMER_IDENTITY).schema]
    assert_frame_equal(once.select(attributes), twice.select(attributes))


def test_undefined_never_takes_the_place_of_a_known_gender_but_stands_where_none_is_known(latest, at) -> None:
    known = latest({"business_at": at(1), "gender": "male"}, {"business_at": at(2), "gender": "undefined"})
    unknown = latest({"business_at": at(1), "gender": None}, {"business_at": at(2), "gender": "undefined"})
    changed = latest({"business_at": at(1), "gender": "male"}, {"business_at": at(2), "gender": "female"})
    assert [row["gender"] for row in (known, unknown, changed)] == ["male", "undefined", "female"]


def test_a_record_that_is_delivered_again_keeps_its_fingerprint_and_one_that_says_more_does_not(
    latest, at, dropped
) -> None:
    sent = {"business_at": at(1), "city": "Huế", "nick_names": ["An", "Ân"]}
    again, more = sent | {"drop_date": dropped(2)}, {"business_at": at(1), "drop_date": dropped(2), "ward": "An Cựu"}
    once, twice, changed = latest(sent), latest(sent, again), latest(sent, more)
    assert shown(twice, "last_drop_date", "version_count") == (dropped(2), 2)
    assert once["fingerprint"] == twice["fingerprint"] != changed["fingerprint"]


def test_a_fingerprint_tells_apart_what_any_column_may_say(latest) -> None:
    said = [
        {},
        {"nick_names": []},
        {"nick_names": [None]},
        {"nick_names": ["An"]},
        {"nick_names": ["An", "Ân"]},
        {"nick_names": ["Ân", "An"]},
        {"nick_names": ["AnÂn"]},
        {"city": ""},
        {"city": "An"},
        {"ward": "An"},
        {"is_deleted": True},
        {"record_key": "k2"},
    ]
    assert len({latest(version)["fingerprint"] for version in said}) == len(said)


def test_a_fingerprint_does_not_depend_on_how_rows_lie_in_memory(staged) -> None:
    days = staged(CUSTOMER_IDENTITY, *random_versions(3))
    pieces = pl.concat([days[n : n + 3] for n in range(0, days.height, 3)], rechunk=False)
    one, other = (latest_versions(frame.lazy(), CUSTOMER_IDENTITY) for frame in (days, pieces))
    streamed = other.sort("record_key").collect(engine="streaming")
    assert_frame_equal(one.sort("record_key").collect(), streamed)


def test_records_that_are_folded_part_by_part_are_those_folded_at_once(staged, at, dropped, monkeypatch) -> None:
    rows = [
        {"record_key": f"r{n}", "business_at": at(day), "drop_date": dropped(day), "city": city}
        for n in range(7)
        for day, city in ((1, "Huế"), (2, None), (3, "Hà Nội" if n % 2 else "Đà Nẵng"))
    ]
    versions = staged(CUSTOMER_IDENTITY, *rows).lazy()
    at_once = latest_versions(versions, CUSTOMER_IDENTITY).collect().sort("record_key")
    monkeypatch.setattr("cdp_pipeline.current.latest.VERSIONS_AT_ONCE", 2)
    in_parts = latest_versions(versions, CUSTOMER_IDENTITY).collect().sort("record_key")
    assert at_once.height == 7
    assert in_parts.equals(at_once)
