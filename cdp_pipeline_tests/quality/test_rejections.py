"""Each check of rows that did not go through: data that breaks it, what it says then, and the same data whole."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.quality.checks import BY_NAME
from cdp_pipeline.quality.days import Day, EntityDays
from cdp_pipeline.quality.rejections import is_broken
from cdp_pipeline.quality.verdict import Verdict


def day(number: int, rejected: int = 0, rows: int = 100, **others: Any) -> Day:
    """A November day with so many rows rejected."""
    return Day(f"2026-11-{number:02}", read=rows, accepted=rows - rejected, rejected=rejected, **others)


def days(*known: Day, entity: Entity = CUSTOMER_IDENTITY) -> EntityDays:
    """The newest of these days asked for."""
    return EntityDays(entity, (known[-1].name,), known)


def verdict_of(check: str) -> Callable[[EntityDays], Verdict]:
    """What a check says of days."""
    return lambda days: BY_NAME[check].evaluate(days=days, entity=days.entity)


evaluate_share = verdict_of("rejected_share_is_low")
evaluate_limit = verdict_of("rejected_share_is_bearable")
evaluate_duplicates = verdict_of("duplicates_are_few")


def test_more_rejected_rows_than_the_entity_allows_warn() -> None:
    verdict = evaluate_share(days(day(1, 6)))
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "2026-11-01: 6 of 100, expected at most 5.0%" in verdict.message
    assert "`cdp rejected --entity customer-identity`" in verdict.message
    assert "`cdp rejected --entity customer-identity --csv FILE`" in verdict.message
    assert verdict.numbers == {"rows_read": 100, "rows_rejected": 6, "rows_rejected_open": 6, "rejected_share": 0.06}


def test_rows_that_are_settled_count_no_more_and_are_named_beside_those_that_are_open() -> None:
    some = evaluate_share(days(day(1, 20, settled=4)))
    assert "2026-11-01: 16 of 100 (4 more are settled), expected at most 5.0%" in some.message
    assert (some.numbers["rows_rejected"], some.numbers["rows_rejected_open"]) == (20, 16)
    most = evaluate_share(days(day(1, 20, settled=15)))
    assert (most.passed, most.message) == (True, "Rejected: 20 of 100 rows; open: 5.")


def test_clearly_more_than_on_the_other_days_warn_below_that_too() -> None:
    usual = [day(number, 10, 1000) for number in range(1, 5)]
    assert not evaluate_share(days(*usual, day(6, 25, 1000))).passed
    assert evaluate_share(days(*usual, day(6, 15, 1000))).passed


@pytest.mark.parametrize(("rejected", "is_red"), [(11, False), (50, False), (60, True)])
def test_the_first_bad_rows_of_a_clean_sender_are_to_be_looked_at_and_make_nothing_untrue(
    rejected: int, is_red: bool
) -> None:
    clean = [day(number, 0, 1000) for number in range(1, 30)]
    verdict = evaluate_share(days(*clean, day(30, rejected, 1000)))
    assert (verdict.passed, verdict.is_red) == (False, is_red)


def test_a_month_does_not_hide_its_bad_day() -> None:
    month = [day(number, 40 if number == 7 else 0) for number in range(1, 31)]
    verdict = evaluate_share(EntityDays(CUSTOMER_IDENTITY, tuple(d.name for d in month), tuple(month)))
    assert not verdict.passed
    assert "2026-11-07: 40 of 100" in verdict.message


def test_three_bad_rows_are_no_news() -> None:
    assert evaluate_share(days(day(1, 3, 10))).passed


def test_files_in_no_days_folder_are_told_of() -> None:
    verdict = evaluate_share(replace(days(day(1)), misplaced=Day("undated", read=1, rejected=1)))
    assert not verdict.passed
    assert "1 entry for files that lie in no day's folder" in verdict.message


@pytest.mark.parametrize(
    ("rejected", "rows", "told"),
    [(5, 5, "5 of 5 rows rejected"), (1, 1, "1 of 1"), (60, 100, "60 of 100 rows rejected")],
)
def test_a_held_delivery_is_an_error_that_stops_nothing_and_says_what_to_do(
    rejected: int, rows: int, told: str
) -> None:
    verdict = evaluate_limit(days(day(1), day(2, rejected, rows, is_held=True)))
    assert (verdict.passed, verdict.check.effect) == (False, "holds")
    assert f"2026-11-02: {told}" in verdict.message
    assert "at most 50% rejected" in verdict.message
    assert "`cdp rejected --entity customer-identity --date 2026-11-02`" in verdict.message
    assert "customer-identity/2026-11-02/" in verdict.message
    assert "`cdp run --date 2026-11-02 --accept-rejected`" in verdict.message
    assert "`cdp repair FILE`" in verdict.message
    assert "or remove it" in verdict.message


def test_a_held_delivery_is_told_by_the_runs_of_the_days_after_it_too() -> None:
    assert not evaluate_limit(days(day(1, 100, is_held=True), day(2))).passed


def test_a_held_delivery_is_told_by_one_check_and_not_by_two() -> None:
    assert evaluate_share(days(day(1), day(2, 100, is_held=True))).passed


def test_an_accepted_delivery_is_counted_and_no_error() -> None:
    verdict = evaluate_limit(days(day(1, 100, is_accepted=True), day(2)))
    assert verdict.passed
    assert verdict.numbers == {"deliveries_held": 0, "deliveries_accepted": 1}


def broken(known: Day, entity: Entity = CUSTOMER_IDENTITY) -> bool:
    return is_broken(entity.thresholds, known.read, known.accepted, known.rejected)


@pytest.mark.parametrize("known", [day(1, 5, 5), day(1, 1, 1), day(1, 51), day(1, 11, 20)])
def test_a_day_of_only_or_mostly_bad_rows_is_broken(known: Day) -> None:
    assert broken(known)


@pytest.mark.parametrize("known", [day(1, 50), day(1, 6, 10), day(1, 0, 0), day(1)])
def test_a_day_of_which_enough_is_accepted_is_not(known: Day) -> None:
    assert not broken(known)


def test_a_day_of_exact_resends_and_bad_rows_is_broken() -> None:
    assert broken(Day("2026-11-01", read=4, accepted=0, rejected=1, duplicates=3))


def test_an_entity_of_a_row_or_two_a_day_spares_so_small_a_day() -> None:
    assert not broken(day(1, 1, 1), LEAD_STATUS_HISTORY)
    assert broken(day(1, 4, 4), LEAD_STATUS_HISTORY)


def test_a_file_sent_twice_warns() -> None:
    twice = Day("2026-11-01", read=200, accepted=100, duplicates=100)
    verdict = evaluate_duplicates(days(twice))
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "2026-11-01: 100 of 200 rows" in verdict.message
    assert "at most 10%" in verdict.message
    assert "ask the sender" in verdict.message


def test_lists_of_leads_may_come_twice() -> None:
    assert evaluate_duplicates(
        days(Day("2026-11-01", read=200, accepted=100, duplicates=100), entity=MOEGO_LEAD)
    ).passed
