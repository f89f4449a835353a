from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.validation.bounds import acceptable, expected
from cdp_pipeline.validation.pipeline import Limits


def is_acceptable(entity: Entity, name: str, value: object, loaded_at: datetime) -> object:
    column = entity.by_name[name]
    frame = pl.DataFrame({name: [value]}, schema={name: column.kind.dtype})
    return frame.select(acceptable(column, loaded_at, pl.lit(7))).item()


def milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        ("1899-12-31T23:59:59", False),
        ("1900-01-01T00:00:00", True),
        ("2026-03-03T02:00:00", True),
        ("2026-03-03T02:00:01", False),
        # As epoch milliseconds these look like seconds.
        ("1970-01-19T08:08:27", False),
        ("1973-03-03T09:46:39", False),
        ("1973-03-03T09:46:40", True),
    ],
)
def test_an_event_lies_between_1900_and_a_day_after_loading_and_is_not_in_seconds(
    moment: str, accepted: bool, limits: Limits
) -> None:
    assert is_acceptable(CUSTOMER_IDENTITY, "created_at", milliseconds(moment), limits.loaded_at) is accepted


@pytest.mark.parametrize(
    ("name", "moment", "accepted"),
    [
        ("dob", "1970-01-19T08:08:27", True),
        ("dob", "1899-12-31T00:00:00", False),
        # As epoch milliseconds this is the seconds of a day in 2020.
        ("start_time", "1970-01-19T08:08:27", False),
        ("start_time", "1972-06-01T00:00:00", True),
        ("start_time", "1899-12-31T00:00:00", False),
        ("end_time", "2031-01-01T00:00:00", True),
    ],
)
def test_births_and_periods_may_lie_near_1970_but_no_period_in_seconds(
    name: str, moment: str, accepted: bool, limits: Limits
) -> None:
    entity = CUSTOMER_IDENTITY if name == "dob" else CUSTOMER_IDENTITY_ADDRESS
    assert is_acceptable(entity, name, milliseconds(moment), limits.loaded_at) is accepted


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("dob_2", date(1900, 1, 1), True),
        ("dob_2", date(2026, 3, 3), True),
        ("dob_2", date(2026, 3, 4), False),
        ("dob_2", date(1899, 12, 31), False),
        ("yob", 1988, True),
        ("yob", 88, False),
        ("yob", 2027, False),
        ("timezone_gmt", 14, True),
        ("timezone_gmt", -13, False),
        ("record_status", "Deleted", True),
        ("record_status", "Gone", False),
    ],
)
def test_a_value_lies_within_its_bounds_or_list(name: str, value: object, accepted: bool, limits: Limits) -> None:
    assert is_acceptable(CUSTOMER_IDENTITY, name, value, limits.loaded_at) is accepted


def test_the_bounds_of_a_column_go_before_those_of_its_kind(limits: Limits) -> None:
    column = replace(CUSTOMER_IDENTITY.by_name["yob"], lowest=1850)
    assert pl.DataFrame({"yob": [1860]}).select(acceptable(column, limits.loaded_at, pl.lit(7))).item() is True


def test_free_text_and_open_lists_accept_anything(limits: Limits) -> None:
    assert acceptable(CUSTOMER_IDENTITY.by_name["city"], limits.loaded_at, pl.lit(7)) is None


def test_an_expectation_names_the_list_or_the_bounds(limits: Limits) -> None:
    columns = CUSTOMER_IDENTITY.by_name
    assert expected(columns["gender"], limits.loaded_at) == "one of male, female, undefined"
    assert expected(columns["timezone_gmt"], limits.loaded_at) == "whole hours from GMT, -12 to 14"
    assert expected(columns["yob"], limits.loaded_at) == "a year of four digits, between 1900 and a day after loading"
