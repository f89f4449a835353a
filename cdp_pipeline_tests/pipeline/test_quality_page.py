from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.pipeline.quality_page import gather_quality, keep_stopped, put_page, write_quality_page
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.pipeline.verdicts import evaluate_days
from cdp_pipeline.quality.report.content import QualityDay
from cdp_pipeline.quality.report.page import quality_page


def test_a_page_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "serving" / "data_quality.html"
    put_page(quality_page(QualityDay(("2026-11-15",), True, "r1", "")), path)
    put_page(quality_page(QualityDay(("2026-11-16",), True, "r2", "")), path)
    assert "data quality, 2026-11-16" in path.read_text()
    assert [p.name for p in path.parent.iterdir()] == ["data_quality.html"]


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data_quality.html"
    put_page(quality_page(QualityDay(("2026-11-15",), True, "r1", "")), path)

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        put_page(quality_page(QualityDay(("2026-11-16",), True, "r2", "")), path)
    assert "data quality, 2026-11-15" in path.read_bytes().decode()
    assert [p.name for p in tmp_path.iterdir()] == ["data_quality.html"]


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = (CUSTOMER_IDENTITY,)


@pytest.fixture
def page_of(place: Any) -> Callable[..., QualityDay]:
    """Read and judge days of customers, and make the page."""

    def make(*days: str, run_id: str = "run-1", now: datetime = NOON) -> QualityDay:
        place.process(CUSTOMER_IDENTITY, *days, run_id=run_id)
        if days:
            evaluate_days(place.lake, CUSTOMER_IDENTITY, days)
        return write_quality_page(place.lake, place.settings, ONE, run_id, now)

    return make


def publish_nothing(place: Any, at: datetime) -> None:
    place.lake.write_report("serving", "published", {"changes": {}, "rows": {"profiles": 0}, "at": at.isoformat()})


def test_a_run_without_news_keeps_what_is_open(place, customer, page_of) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1), customer(2, yob="abc"))
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", "not json")
    place.drop(CUSTOMER_IDENTITY, "2026-11-18", *(customer(n, phone="0000") for n in range(10, 15)))
    first = page_of("2026-11-16", "2026-11-17", "2026-11-18")
    later = page_of(run_id="run-2")
    assert not later.read_anything
    assert (first.open_rows, first.held, first.warnings) == (later.open_rows, later.held, later.warnings)
    assert [(o.rows, o.oldest, o.worst) for o in later.open_rows] == [(1, "2026-11-16", "type:yob")]
    assert [h.drop_date for h in later.held] == ["2026-11-17"]
    assert [(w.check, w.day) for w in later.warnings] == [("contacts_are_usable", "2026-11-18")]


def test_a_rejected_row_that_a_later_delivery_brought_whole_is_not_open(place, customer, page_of) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1), customer(2, yob="abc"))
    assert page_of("2026-11-16").open_rows
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", customer(2, yob="1990"))
    assert not page_of("2026-11-17", run_id="run-2").open_rows


def test_a_warning_of_a_day_goes_when_the_day_is_judged_again_and_holds(place, customer, page_of) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-18", *(customer(n, phone="0000") for n in range(5)))
    assert page_of("2026-11-18").warnings
    place.drop(CUSTOMER_IDENTITY, "2026-11-19", customer(9))
    assert page_of("2026-11-19").warnings
    place.drop(CUSTOMER_IDENTITY, "2026-11-18", *(customer(n) for n in range(5)))
    assert not page_of("2026-11-18").warnings


def test_a_stopped_run_is_told_until_a_later_one_publishes(place, customer, page_of) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1))
    publish_nothing(place, NOON)
    page_of("2026-11-16")
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", customer(2))
    for step in ("build_profiles", "publish"):
        keep_stopped(place.lake, "run-2", NOON + timedelta(hours=1), step)
    day = page_of("2026-11-17", run_id="run-2", now=NOON + timedelta(hours=1))
    assert day.stopped is not None
    assert (day.answer, day.stopped.steps) == ("no", ("build_profiles", "publish"))
    assert (day.published_at, day.published_until) == ("2026-11-20 12:00:00", "2026-11-16")
    assert "<strong>No</strong>" in place.settings.quality_page.read_text()
    publish_nothing(place, NOON + timedelta(hours=2))
    assert gather_quality(place.lake, place.settings, ONE, "run-3", NOON + timedelta(hours=2)).stopped is None


def test_people_whom_a_stopped_run_found_are_not_told_as_published(place, customer, page_of) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", *(customer(n) for n in range(3)))
    page_of("2026-11-16")
    bring_up_to_date(place.lake, place.settings, NOON)
    published = page_of(now=NOON)
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", customer(7))
    place.process(CUSTOMER_IDENTITY, "2026-11-17", run_id="run-2")
    bring_up_to_date(place.lake, place.settings, NOON, upto="identity")
    keep_stopped(place.lake, "run-2", datetime.now(UTC), "build_profiles")
    stopped = page_of(run_id="run-2", now=NOON + timedelta(days=1))
    assert [(day.people["people"], day.people["new"], day.state.people) for day in (published, stopped)] == [
        (3, 3, 3),
        (3, 3, 3),
    ]
    assert stopped.changes == ("The last run stopped.",)


def test_the_page_tells_what_changed_since_the_day_before(place, customer, page_of) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1), customer(2, yob="abc"))
    assert page_of("2026-11-16").changes == ()
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", "not json")
    day = page_of("2026-11-17", run_id="run-2", now=NOON + timedelta(days=1))
    assert (day.before_on, day.changes) == ("2026-11-20", ("Held deliveries, new: customer-identity 2026-11-17.",))


def test_days_are_drawn_with_what_was_usual_once_enough_of_them_are_known(place, customer, page_of) -> None:
    days = [(date(2026, 11, 1) + timedelta(days=n)).isoformat() for n in range(5)]
    for day in days:
        place.drop(CUSTOMER_IDENTITY, day, *(customer(n) for n in range(1 if day == days[-1] else 20)))
    (trend,) = page_of(*days).trends
    assert [(d.value, d.low, d.is_unusual) for d in trend.days[2:]] == [(20, None, False), (20, 5, False), (1, 5, True)]
    pictures = place.lake.read_report("quality", "pictures")
    assert list(pictures) == [trend.digest]
    assert pictures[trend.digest] in place.settings.quality_page.read_text()


def test_a_check_of_rejected_rows_counts_those_that_are_open_and_goes_when_few_are(place, customer, page_of) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", *(customer(n, yob="abc" if n < 6 else None) for n in range(40)))
    first = page_of("2026-11-16")
    assert ([w.check for w in first.warnings], first.answer) == (["rejected_share_is_low"], "partly")
    assert "2026-11-16: 6 of 40, expected" in first.warnings[0].message
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", customer(0))
    (warned,) = page_of("2026-11-17", run_id="run-2").warnings
    assert "2026-11-16: 5 of 40 (1 more are settled), expected" in warned.message
    place.drop(CUSTOMER_IDENTITY, "2026-11-18", *(customer(n) for n in range(5)))
    later = page_of("2026-11-18", run_id="run-3")
    assert ([o.rows for o in later.open_rows], later.warnings) == ([1], ())


def test_a_held_delivery_that_was_removed_is_told_and_no_empty_day(place, customer, page_of) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1), customer(2))
    bad = [place.drop(CUSTOMER_IDENTITY, day, *["not json"] * 4) for day in ("2026-11-16", "2026-11-17")]
    page_of("2026-11-16", "2026-11-17")
    bad[1].unlink()
    day = page_of("2026-11-17", run_id="run-2")
    assert (day.drop_dates, day.read_anything) == (("2026-11-16",), False)
    assert day.verdict.startswith(
        "The held delivery of customer-identity 2026-11-17 was removed from the raw folder; the day is empty now."
    )


def test_a_removed_held_delivery_leaves_the_rows_of_the_one_before_and_says_so(place, customer, page_of) -> None:
    path = place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1), customer(2))
    page_of("2026-11-16")
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", *["not json"] * 4)
    page_of("2026-11-16", run_id="run-2")
    path.unlink()
    day = page_of("2026-11-16", run_id="run-3")
    assert day.losses == (
        "The held delivery of customer-identity 2026-11-16 was removed from the raw folder; the 2 rows of the delivery "
        "before stay in use.",
    )
    assert (day.read_anything, day.held) == (False, ())


def test_a_fault_of_former_weeks_is_open_and_nothing_that_todays_data_is_judged_by(place, customer, page_of) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-01", *(customer(n, phone="0000") for n in range(5)))
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(9))
    day = page_of("2026-11-01", "2026-11-16")
    assert [(w.check, w.is_past) for w in day.warnings] == [("contacts_are_usable", True)]
    assert (day.answer, "1 check is open of former weeks." in day.verdict) == ("yes", True)
