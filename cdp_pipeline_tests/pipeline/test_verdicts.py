"""Files that break a check, read as a run reads them, and what is said of them then."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.current.tables import current_table
from cdp_pipeline.deliveries.reports import read_day_report, write_day_report
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.identity.tables import UNLINKED_RECORDS
from cdp_pipeline.pipeline.current import CurrentState, update_current
from cdp_pipeline.pipeline.publication import Published
from cdp_pipeline.pipeline.snapshot import PROFILE_TABLES, PUBLISHED_TABLES
from cdp_pipeline.pipeline.verdicts import (
    evaluate_current,
    evaluate_database,
    evaluate_days,
    evaluate_profiles,
    read_references,
)
from cdp_pipeline.profiles.golden.profiles import PROFILES
from cdp_pipeline.profiles.tables import IDENTITY_PUBLISHED
from cdp_pipeline.quality.verdict import Check, Verdict
from cdp_pipeline.serving.database import writing
from cdp_pipeline.serving.pipeline import publish
from cdp_pipeline.store.lake import Lake

DAYS = ["2026-11-03", "2026-11-04", "2026-11-05"]
TODAY = "2026-11-06"


@pytest.fixture
def customer(customer: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A customer with a moment, so that re-sends are exact."""
    return lambda number, **columns: customer(number, updatedAt=1_760_000_000_000, **columns)


@pytest.fixture
def judged(place: Any, customer: Callable[..., dict[str, Any]]) -> Callable[..., dict[Check, Verdict]]:
    """Three days of twenty customers each, and then the day of a test: what is said of it, by check."""

    def judge(*entries: dict[str, Any] | str) -> dict[Check, Verdict]:
        for day in DAYS:
            place.drop(CUSTOMER_IDENTITY, day, *(customer(n) for n in range(20)))
        place.drop(CUSTOMER_IDENTITY, TODAY, *entries)
        place.process(CUSTOMER_IDENTITY, *DAYS, TODAY)
        return {verdict.check: verdict for verdict in evaluate_days(place.lake, CUSTOMER_IDENTITY, [TODAY])}

    return judge


def red(verdicts: dict[Check, Verdict]) -> dict[str, str]:
    return {check.name: verdict.message for check, verdict in verdicts.items() if not verdict.passed}


def test_a_day_like_the_others_passes_every_check(judged: Any, customer: Any) -> None:
    assert red(judged(*(customer(n, gender="male") for n in range(20)))) == {}


def test_a_file_that_shrank_to_a_tenth_is_seen(judged: Any, customer: Any) -> None:
    found = red(judged(customer(1), customer(2)))
    assert set(found) == {"as_many_rows_as_usual"}
    assert f"{TODAY}: 2 rows, usually 20" in found["as_many_rows_as_usual"]


def test_an_empty_file_is_seen(judged: Any) -> None:
    assert set(red(judged())) == {"as_many_rows_as_usual"}


def test_a_renamed_field_is_seen_as_one_new_and_one_missing(judged: Any, customer: Any) -> None:
    renamed = [customer(n, emailAddress=f"an{n}@example.com") for n in range(20)]
    for entry in renamed:
        entry["name"] = entry.pop("fullName")
        entry.update(firstName="An", lastName="Nguyễn")
    found = red(judged(*renamed))
    assert set(found) == {"fields_are_as_before"}
    assert "new field emailAddress in 20 rows" in found["fields_are_as_before"]
    assert "fullName is empty in all rows, usually filled in 100%" in found["fields_are_as_before"]


def test_phones_nobody_can_call_are_seen(judged: Any, customer: Any) -> None:
    found = red(judged(*(customer(n, phone="0000", email=f"an{n}@example.com") for n in range(20))))
    assert set(found) == {"contacts_are_usable"}
    assert "20 of 20 cells of phone" in found["contacts_are_usable"]


def test_values_nobody_told_of_are_seen(judged: Any, customer: Any) -> None:
    found = red(judged(*(customer(n, gender="nam") for n in range(20))))
    assert set(found) == {"values_are_in_their_lists"}
    assert "20 of 20 rows in gender" in found["values_are_in_their_lists"]


def test_some_bad_rows_warn_and_stop_nothing(judged: Any, customer: Any) -> None:
    found = red(judged(*(customer(n) for n in range(16)), *["not json"] * 4))
    assert set(found) == {"rejected_share_is_low"}
    assert f"{TODAY}: 4 of 20" in found["rejected_share_is_low"]


def test_a_day_of_only_bad_rows_is_seen(judged: Any) -> None:
    found = red(judged(*["not json"] * 20))
    assert set(found) == {"rejected_share_is_bearable"}
    assert f"{TODAY}: 20 of 20 rows rejected" in found["rejected_share_is_bearable"]


def test_fields_of_a_held_delivery_are_compared_with_those_of_the_days_before(judged: Any, customer: Any) -> None:
    renamed = [customer(n) | {"firstName": "An", "lastName": "Nguyễn"} for n in range(20)]
    for entry in renamed:
        entry["name"] = entry.pop("fullName")
    found = red(judged(*renamed, *["not json"] * 30))
    assert set(found) == {"rejected_share_is_bearable", "fields_are_as_before"}
    assert "fullName is empty in all rows" in found["fields_are_as_before"]


def test_a_file_sent_twice_is_seen(judged: Any, customer: Any) -> None:
    found = red(judged(*[customer(n) for n in range(20)] * 2))
    assert set(found) == {"duplicates_are_few"}
    assert "20 of 40 rows" in found["duplicates_are_few"]


def test_a_row_that_got_lost_is_seen(judged: Any, place: Any, customer: Any) -> None:
    judged(*(customer(n) for n in range(20)))
    report = read_day_report(place.lake, "customer_identity", TODAY)
    write_day_report(place.lake, "customer_identity", TODAY, replace(report, line=replace(report.line, accepted=19)))
    verdict, *_ = evaluate_days(place.lake, CUSTOMER_IDENTITY, [TODAY])
    assert (verdict.check.name, verdict.passed) == ("every_row_is_accounted_for", False)


def test_an_entity_that_fell_behind_is_seen(place: Any, customer: Any) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-20", customer(1))
    place.drop(LEAD_STATUS_HISTORY, "2026-11-01", {"leadId": "L1", "oldStatus": "New", "newStatus": "Won"})
    place.process(CUSTOMER_IDENTITY, "2026-11-20")
    done = place.process(LEAD_STATUS_HISTORY, "2026-11-01")
    assert done.accepted == 1
    state = CurrentState(1, 0, 1, is_rebuilt=True)
    both = (CUSTOMER_IDENTITY, LEAD_STATUS_HISTORY)
    assert [v.passed for v in evaluate_current(place.lake, both, LEAD_STATUS_HISTORY, state)] == [True, False]
    assert [v.passed for v in evaluate_current(place.lake, both, CUSTOMER_IDENTITY, state)] == [True, True]


def test_a_key_that_stands_twice_is_seen(place: Any, customer: Any) -> None:
    place.drop(CUSTOMER_IDENTITY, TODAY, customer(1))
    place.process(CUSTOMER_IDENTITY, TODAY)
    update_current(place.lake, CUSTOMER_IDENTITY)
    rows = place.lake.scan("current", "customer_identity").collect()
    place.lake.write(
        "current", "customer_identity", current_table(CUSTOMER_IDENTITY).conform(pl.concat([rows, rows]).lazy())
    )
    unique, _ = evaluate_current(
        place.lake, (CUSTOMER_IDENTITY,), CUSTOMER_IDENTITY, update_current(place.lake, CUSTOMER_IDENTITY)
    )
    assert (unique.check.name, unique.passed) == ("keys_are_unique", False)
    assert "2 records have 1 keys" in unique.message


def test_references_are_counted_by_entity(place: Any) -> None:
    place.drop(LEAD_STATUS_HISTORY, TODAY, {"leadId": "L1", "oldStatus": "New", "newStatus": "Won"})
    place.process(LEAD_STATUS_HISTORY, TODAY)
    update_current(place.lake, LEAD_STATUS_HISTORY)
    stray = {"record_key": "lead-status-history:1", "object_type": "lead-status-history", "reason": "unknown"}
    place.lake.write("identity", "unlinked_records", UNLINKED_RECORDS.conform(pl.LazyFrame([stray])))
    assert read_references(place.lake) == {LEAD_STATUS_HISTORY: (1, 1)}


def people(lake: Lake, rows: int) -> None:
    """So many people who have nothing but an id, and nothing else in the lake."""
    none = {c.name: "customer" if c.dtype == pl.String else 0 for c in PROFILES.columns if not c.nullable}
    ids = pl.LazyFrame({"person_id": [f"p{number:03}" for number in range(rows)]})
    for table in PROFILE_TABLES:
        lake.write("profiles", table.name, table.empty())
    for table in IDENTITY_PUBLISHED:
        lake.write("identity", table.name, table.empty())
    lake.write(
        "profiles",
        "profiles",
        PROFILES.conform(ids.with_columns(pl.lit(v).alias(n) for n, v in none.items() if n != "person_id")),
    )


def test_people_who_collapsed_and_have_nothing_are_seen(place: Any) -> None:
    people(place.lake, 30)
    published = Published({}, {**dict.fromkeys((table.name for table in PROFILE_TABLES), 0), "profiles": 100})
    place.lake.write_report("serving", "published", {"changes": {}, "rows": published.rows})
    _, collapse, _, complete = evaluate_profiles(place.lake, {}, accept_fewer=False, returned=0)
    assert (collapse.check.name, collapse.passed) == ("people_have_not_collapsed", False)
    assert (complete.check.name, complete.passed) == ("profiles_are_complete", False)
    assert evaluate_profiles(place.lake, {}, accept_fewer=True, returned=0)[1].passed


@pytest.mark.parametrize(
    ("meddling", "told"),
    [
        ("DELETE FROM profiles WHERE person_id = 'p007'", "profiles: 29 rows, in the lake 30"),
        (
            "UPDATE profiles SET gender = 'male' WHERE person_id = 'p029'",
            "columns gender of 30 profiles looked at differ",
        ),
        ("UPDATE profiles SET person_id = 'x' WHERE person_id = 'p029'", "columns person_id of 30"),
    ],
)
def test_a_database_that_somebody_changed_is_seen(place: Any, meddling: str, told: str) -> None:
    people(place.lake, 30)
    url = place.settings.database_url
    publish(url, {"profiles": place.lake.scan("profiles", "profiles")}, PUBLISHED_TABLES)
    published = Published({}, dict.fromkeys((t.name for t in PUBLISHED_TABLES), 0))
    assert evaluate_database(place.lake, url, published).passed
    with writing(url) as connection:
        connection.execute(sa.text(meddling))
    verdict = evaluate_database(place.lake, url, published)
    assert (verdict.check.name, verdict.passed) == ("published_equals_lake", False)
    assert told in verdict.message


def test_a_held_delivery_keeps_no_entity_fresh(place: Any, customer: Any) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-01", customer(1))
    place.drop(CUSTOMER_IDENTITY, "2026-11-20", *["not json"] * 30, *(customer(n) for n in range(2, 6)))
    place.drop(LEAD_STATUS_HISTORY, "2026-11-20", {"leadId": "L1", "oldStatus": "New", "newStatus": "Won"})
    assert place.process(CUSTOMER_IDENTITY, "2026-11-01", "2026-11-20").accepted == 5
    place.process(LEAD_STATUS_HISTORY, "2026-11-20")
    both = (CUSTOMER_IDENTITY, LEAD_STATUS_HISTORY)
    _, fresh = evaluate_current(place.lake, both, CUSTOMER_IDENTITY, CurrentState(1, 0, 1, is_rebuilt=True))
    assert "The newest delivery is of 2026-11-01, 19 days behind 2026-11-20" in fresh.message
