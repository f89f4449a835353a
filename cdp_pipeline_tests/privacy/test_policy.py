"""Periods and holidays: the packaged profiles, and a user's file over them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.privacy import Request
from cdp_pipeline.privacy.deadlines import Period
from cdp_pipeline.privacy.policy import Policy, read_policy
from cdp_pipeline.privacy.requests import Kind, State


def asked(kind: Kind, received_on: date, state: State = "confirmed", answered_at: datetime | None = None) -> Request:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    return Request("r-1", kind, "p-an", received_on, (), None, None, "lan", state, at, answered_at)


@pytest.fixture
def read(tmp_path: Path):
    def write(text: str) -> Policy:
        (file := tmp_path / "mine.toml").write_text(text)
        return read_policy(file)

    return write


def test_the_packaged_profile_has_the_periods_of_the_law() -> None:
    policy = read_policy(None)
    assert policy.profile == "vn"
    assert policy.first_answer == Period(2, "working days")
    assert {kind: period.count for kind, period in policy.periods.items()} == {
        "erase": 20, "export": 10, "restrict": 15, "object": 15, "correct": 10, "revoke": 15,
    }  # fmt: skip


def test_another_profile_is_chosen_by_name(read) -> None:
    policy = read('profile = "gdpr"')
    assert set(policy.periods.values()) == {Period(1, "months")}


def test_a_file_replaces_periods_and_adds_holidays(read) -> None:
    policy = read('[profiles.vn]\nerase = "10 working days"\nholidays = [2026-11-24]')
    assert policy.periods["erase"] == Period(10, "working days")
    assert policy.periods["export"] == Period(10, "days")
    assert {date(2026, 11, 24), date(2026, 9, 2)} <= policy.working_days.holidays


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[profiles.vn]\nerase = "soon"', "profiles.vn.erase is 'soon'; allowed: a period such as \"2 working days\""),
        ('[profiles.vn]\neraze = "1 day"', "profiles.vn.eraze is unknown (did you mean erase?); allowed: first_answer"),
        ('[profiles.vn]\nweekend = ["friay"]', "profiles.vn.weekend, item 1, is 'friay' (did you mean friday?)"),
        ('[profiles.vn]\nholidays = ["yesterday"]', "profiles.vn.holidays, item 1, is a text; allowed: a date"),
        ('profile = "mars"', "profile is 'mars', which lacks correct, erase, export, first_answer"),
        (
            '[profiles.vn]\nweekend = ["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]',
            "profiles.vn.weekend is every day of it; allowed: a week with a working day",
        ),
    ],
)
def test_a_wrong_file_is_one_sentence_with_the_place_and_what_is_allowed(read, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(text)
    assert message in str(error.value)


def test_until_the_first_answer_that_is_due_next_and_then_the_work() -> None:
    policy = read_policy(None)
    request = asked("erase", date(2026, 11, 2))
    assert policy.next_due(request) == date(2026, 11, 4)
    answered = asked("erase", date(2026, 11, 2), answered_at=datetime(2026, 11, 3, tzinfo=UTC))
    assert policy.next_due(answered) == date(2026, 11, 23)
    assert policy.next_due(asked("erase", date(2026, 11, 2), state="done")) is None


@pytest.mark.parametrize(("today", "is_overdue"), [(date(2026, 11, 4), False), (date(2026, 11, 5), True)])
def test_a_request_is_overdue_from_the_day_after_its_due_date(today: date, is_overdue: bool) -> None:
    assert read_policy(None).is_overdue(asked("erase", date(2026, 11, 2)), today) is is_overdue


def test_years_without_listed_holidays_are_known() -> None:
    assert read_policy(None).lists_holidays_of(2027)
    assert not read_policy(None).lists_holidays_of(2028)
