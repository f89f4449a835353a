from collections.abc import Callable
from datetime import date

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.staging.pipeline import Staged

MIDNIGHT_IN_VIETNAM = 582310800000
"""1988-06-15 00:00 at GMT+7, the source documents' own example; in GMT it is still the 14th."""


@pytest.mark.parametrize(
    ("sent", "born", "year"),
    [
        ({"dob": MIDNIGHT_IN_VIETNAM, "timezone_gmt": 7}, date(1988, 6, 15), 1988),
        ({"dob": MIDNIGHT_IN_VIETNAM}, date(1988, 6, 15), 1988),
        ({"dob": MIDNIGHT_IN_VIETNAM, "timezone_gmt": 0}, date(1988, 6, 14), 1988),
        ({"dob": MIDNIGHT_IN_VIETNAM, "dob_2": date(2001, 10, 31)}, date(2001, 10, 31), 2001),
        ({"dob": -1000, "timezone_gmt": 0}, date(1969, 12, 31), 1969),
        ({"dob_2": date(2001, 10, 31), "yob": 1988}, date(2001, 10, 31), 2001),
        ({"yob": 1988}, None, 1988),
        ({}, None, None),
    ],
)
def test_the_birth_date_is_the_one_sent_or_else_the_local_date_of_the_moment(
    stage: Callable[..., Staged], sent: dict[str, object], born: date | None, year: int | None
) -> None:
    rows = stage(CUSTOMER_IDENTITY, {"customer_id": "C1"} | sent).rows
    assert rows.select("birth_date", "birth_year").row(0) == (born, year)


def test_an_entity_with_a_moment_only_has_a_birth_date_too(stage: Callable[..., Staged]) -> None:
    rows = stage(LEAD_INFORMATION, {"lead_id": "L1", "dob": MIDNIGHT_IN_VIETNAM}).rows
    assert rows.select("birth_date", "birth_year").row(0) == (date(1988, 6, 15), 1988)


@pytest.mark.parametrize(
    ("sent", "contradictions"),
    [
        ({"dob": MIDNIGHT_IN_VIETNAM, "dob_2": date(1988, 6, 15), "yob": 1988}, 0),
        ({"dob": MIDNIGHT_IN_VIETNAM, "dob_2": date(1988, 6, 16)}, 1),
        ({"dob": MIDNIGHT_IN_VIETNAM, "yob": 1989}, 1),
        ({"yob": 1989}, 0),
    ],
)
def test_births_that_contradict_each_other_are_counted(
    stage: Callable[..., Staged], sent: dict[str, object], contradictions: int
) -> None:
    assert stage(CUSTOMER_IDENTITY, {"customer_id": "C1"} | sent).findings["contradiction:birth"] == contradictions


@pytest.mark.parametrize(
    "sent",
    [{"dob_2": date(1900, 1, 1)}, {"dob": 0}, {"dob": -25200000}, {"dob_2": date(2026, 3, 1)}, {"yob": 1900}],
)
def test_a_default_birth_is_missing_and_counted(stage: Callable[..., Staged], sent: dict[str, object]) -> None:
    staged = stage(CUSTOMER_IDENTITY, {"customer_id": "C1"} | sent)
    assert staged.rows.select("birth_date", "birth_year").row(0) == (None, None)
    assert staged.findings["placeholder:birth"] == 1


def test_a_lead_born_a_few_years_ago_was_born_when_its_form_was_sent(stage: Callable[..., Staged]) -> None:
    assert stage(LEAD_INFORMATION, {"lead_id": "L1", "dob": 1584507164000}).rows["birth_date"].to_list() == [None]
    child = stage(CUSTOMER_IDENTITY, {"customer_id": "C1", "dob": 1584507164000})
    assert child.rows["birth_date"].to_list() == [date(2020, 3, 18)]


def births(*dates: date) -> list[dict[str, object]]:
    names = ("An", "Bình", "Chi", "Dũng", "Hà", "Khoa", "Lan", "Minh", "Nga", "Phúc", "Quân", "Sơn")
    return [
        {"customer_id": f"C{n}", "full_name": f"{names[n % 12]} {names[n // 12 % 12]}", "dob_2": day}
        for n, day in enumerate(dates)
    ]


def test_a_first_of_january_that_a_file_overuses_is_missing_and_counted(stage: Callable[..., Staged]) -> None:
    real = [date(1960 + n % 40, 1 + n % 12, 2 + n % 27) for n in range(100)]
    staged = stage(CUSTOMER_IDENTITY, *births(*[date(2000, 1, 1)] * 10, date(1985, 1, 1), *real))
    assert staged.rows["birth_date"].to_list() == [None] * 10 + [date(1985, 1, 1), *real]
    assert staged.findings["placeholder:birth"] == 10


def test_a_few_people_or_one_person_often_born_on_a_first_of_january_were(stage: Callable[..., Staged]) -> None:
    few = stage(CUSTOMER_IDENTITY, *births(*[date(2000, 1, 1)] * 9, *[date(1988, 6, 15)] * 90))
    assert few.rows["birth_date"].null_count() == 0
    one = [{"customer_id": f"C{n}", "full_name": "Nguyễn An", "dob_2": date(2000, 1, 1)} for n in range(50)]
    assert stage(CUSTOMER_IDENTITY, *one).rows["birth_date"].null_count() == 0


def test_a_common_day_that_no_form_puts_in_is_believed(stage: Callable[..., Staged]) -> None:
    assert stage(CUSTOMER_IDENTITY, *births(*[date(1988, 6, 15)] * 60)).rows["birth_date"].null_count() == 0
