"""Each check of staged rows: data that breaks it, what it says then, and the same data whole."""

from collections.abc import Callable
from typing import Any

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.quality.checks import BY_NAME, checks_of, evaluate
from cdp_pipeline.quality.days import Day, EntityDays
from cdp_pipeline.quality.verdict import Verdict


def day(number: int, rows: int = 100, **others: Any) -> Day:
    """A November day of so many accepted rows."""
    return Day(f"2026-11-{number:02}", **{"read": rows, "accepted": rows, **others})


def days(*known: Day, asked: str | None = None, entity: Entity = CUSTOMER_IDENTITY) -> EntityDays:
    """The newest of these days asked for."""
    return EntityDays(entity, (asked or known[-1].name,), known)


def verdict_of(check: str) -> Callable[[EntityDays], Verdict]:
    """What a check says of days."""
    return lambda days: BY_NAME[check].evaluate(days=days, entity=days.entity)


evaluate_accounts = verdict_of("every_row_is_accounted_for")
evaluate_rows = verdict_of("as_many_rows_as_usual")
evaluate_fields = verdict_of("fields_are_as_before")
evaluate_contacts = verdict_of("contacts_are_usable")
evaluate_values = verdict_of("values_are_in_their_lists")

USUAL = [day(number) for number in range(1, 6)]


def test_a_row_that_is_nowhere_is_an_error_and_told_with_its_day() -> None:
    verdict = evaluate_accounts(days(day(6, 100, accepted=98, rejected=1)))
    assert (verdict.passed, verdict.check.stops) == (False, True)
    assert "2026-11-06: 100 read, 99 accounted for" in verdict.message
    assert "each must be accepted, rejected, a duplicate or suppressed" in verdict.message
    assert "`cdp run --date`" in verdict.message


def test_rows_that_are_rejected_or_repeated_are_accounted_for() -> None:
    assert evaluate_accounts(days(day(6, 100, accepted=97, rejected=1, duplicates=2))).passed


def test_a_file_that_shrank_to_a_tenth_warns_with_what_is_usual() -> None:
    verdict = evaluate_rows(days(*USUAL, day(6, 10)))
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "2026-11-06: 10 rows, usually 100, expected at least 25." in verdict.message
    assert "delivered again" in verdict.message


@pytest.mark.parametrize(("files", "told"), [(0, "No file on 2026-11-06."), (1, "2026-11-06: files without a row")])
def test_a_day_without_a_row_warns_where_others_came_before(files: int, told: str) -> None:
    verdict = evaluate_rows(days(*USUAL, day(6, 0, files=files)))
    assert not verdict.passed
    assert told in verdict.message


def test_a_day_that_was_never_read_has_no_file() -> None:
    assert "No file on 2026-11-06." in evaluate_rows(days(*USUAL, asked="2026-11-06")).message


WORKDAYS = [day(number, 1000) for number in (9, 10, 11, 12, 13, 16, 17, 18, 19, 20)]


def test_a_first_saturday_without_a_file_is_missed_but_makes_nothing_untrue() -> None:
    verdict = evaluate_rows(days(*WORKDAYS[:5], asked="2026-11-14"))
    assert (verdict.passed, verdict.is_red) == (False, False)


def test_one_sunday_that_made_up_for_a_day_does_not_make_the_next_empty_one_red() -> None:
    verdict = evaluate_rows(days(*WORKDAYS[:5], day(15, 1000), *WORKDAYS[5:], asked="2026-11-22"))
    assert (verdict.passed, verdict.is_red) == (False, False)


def test_a_weekday_that_came_three_times_and_then_stays_away_is_red() -> None:
    verdict = evaluate_rows(days(*(day(number, 1000) for number in (2, 9, 16)), asked="2026-11-23"))
    assert (verdict.passed, verdict.is_red) == (False, True)


def test_an_entity_that_does_not_come_daily_may_stay_away() -> None:
    assert evaluate_rows(days(*USUAL, asked="2026-11-06", entity=CUSTOMER_IDENTITY_PHOTO)).passed


@pytest.mark.parametrize(
    "known", [[*USUAL, day(6, 60)], [day(1), day(2), day(3, 1)], [day(1, 0)], [day(1, 4), day(2, 1)]]
)
def test_half_a_day_a_short_history_and_a_first_day_are_as_usual(known: list[Day]) -> None:
    assert evaluate_rows(days(*known)).passed


def test_the_usual_is_that_of_the_days_around_not_of_long_ago() -> None:
    then = [Day(f"2025-{month:02}-{number:02}", read=10) for month in range(1, 5) for number in range(1, 29)]
    now = [Day(f"2026-11-{number:02}", read=1000, accepted=1000) for number in range(1, 31)]
    assert not evaluate_rows(
        EntityDays(CUSTOMER_IDENTITY, ("2026-12-01",), (*then, *now, Day("2026-12-01", read=100)))
    ).passed


def test_a_field_nobody_knows_warns_on_the_day_it_comes_first() -> None:
    verdict = evaluate_fields(days(*USUAL, day(6, findings={"drift:nickname": 40})))
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "2026-11-06: new field nickname in 40 rows" in verdict.message
    assert "[customer-identity.fields] of a mapping" in verdict.message


def test_an_unknown_field_that_came_before_is_no_change() -> None:
    drifting = {"drift:nickname": 40}
    assert evaluate_fields(days(*USUAL, day(6, findings=drifting), day(7, findings=drifting))).passed


def test_a_field_that_was_filled_and_is_empty_in_all_rows_warns() -> None:
    usual = [day(number, filled={"full_name": 90, "phone": 60}) for number in range(1, 6)]
    verdict = evaluate_fields(days(*usual, day(6, filled={"full_name": 88, "phone": 0})))
    assert not verdict.passed
    assert "2026-11-06: phone is empty in all rows, usually filled in 60%" in verdict.message


@pytest.mark.parametrize(("usual", "rows"), [(60, 10), (5, 100)])
def test_a_field_that_may_be_empty_by_chance_is_not_missed(usual: int, rows: int) -> None:
    before = [day(number, filled={"full_name": 100, "phone": usual}) for number in range(1, 6)]
    assert evaluate_fields(days(*before, day(6, rows, filled={"full_name": rows}))).passed


def test_phones_that_cannot_be_used_warn_by_column() -> None:
    bad = day(6, filled={"phone": 90, "email": 80}, findings={"format:phone": 30, "format:email": 2})
    verdict = evaluate_contacts(days(*USUAL, bad))
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "2026-11-06: 30 of 90 cells of phone" in verdict.message
    assert "email" not in verdict.message.split(";")[0]
    assert "at least 90% usable" in verdict.message
    assert "CDP_DEFAULT_REGION" in verdict.message
    assert verdict.numbers == {"contacts_filled": 170, "contacts_unusable": 32}


def test_rows_refused_for_their_contact_count_as_unusable() -> None:
    assert not evaluate_contacts(days(day(6, 100, filled={"phone": 60}, rules={"format:phone": 40}))).passed


def test_a_few_mistyped_contacts_are_life() -> None:
    assert evaluate_contacts(days(day(6, filled={"phone": 100}, findings={"format:phone": 9}))).passed
    assert evaluate_contacts(days(day(6, 4, filled={"phone": 4}, findings={"format:phone": 3}))).passed


def test_values_outside_their_lists_warn_by_field() -> None:
    verdict = evaluate_values(days(day(6, findings={"value:gender": 20}, rules={"value:createdAt": 30})))
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "2026-11-06: 20 of 100 rows in gender" in verdict.message
    assert "createdAt" not in verdict.message
    assert "at most 2%" in verdict.message
    assert "[customer-identity.values] of a mapping" in verdict.message


def test_a_few_values_outside_their_lists_do_not() -> None:
    assert evaluate_values(days(day(6, 1000, findings={"value:gender": 20}))).passed


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda e: e.object_type)
def test_each_entity_is_judged_by_the_checks_that_its_columns_allow(entity: Entity) -> None:
    verdicts = evaluate("staging", entity, days=EntityDays(entity, ("2026-11-01",), ()))
    assert [verdict.check for verdict in verdicts] == checks_of("staging", entity)
    assert all(verdict.passed for verdict in verdicts)
