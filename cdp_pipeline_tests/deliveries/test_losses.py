from collections.abc import Callable

import pytest

from cdp_pipeline.deliveries.held import accept_deliveries
from cdp_pipeline.deliveries.reports import days_without_files, read_day_report
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline_tests.deliveries.conftest import Place

DAY = "2026-11-16"


@pytest.fixture
def two_files(place: Place, customer: Callable) -> Place:
    place.drop(CUSTOMER_IDENTITY, DAY, *(customer(n) for n in range(9)), name="hue.ndjson")
    place.drop(CUSTOMER_IDENTITY, DAY, customer(9), name="hanoi.ndjson")
    place.process(CUSTOMER_IDENTITY, DAY)
    assert place.warned == []
    return place


def test_a_file_that_comes_with_fewer_rows_under_its_name_is_told_and_stands_in_the_report(
    two_files: Place, customer: Callable
) -> None:
    two_files.drop(CUSTOMER_IDENTITY, DAY, customer(1), name="hue.ndjson")
    two_files.process(CUSTOMER_IDENTITY, DAY)
    told = (
        f"Shorter than before under the same name: customer-identity/{DAY}/hue.ndjson; "
        f"2 rows of customer-identity {DAY} read, 10 before."
    )
    report = read_day_report(two_files.lake, "customer_identity", DAY)
    assert (two_files.warned, report and report.losses) == ([told], (told,))


def test_a_removed_file_of_a_day_that_has_others_is_told(two_files: Place) -> None:
    (two_files.settings.raw_dir / "customer-identity" / DAY / "hanoi.ndjson").unlink()
    two_files.process(CUSTOMER_IDENTITY, DAY)
    assert two_files.warned == [
        f"Removed from the raw folder: customer-identity/{DAY}/hanoi.ndjson; "
        f"9 rows of customer-identity {DAY} read, 10 before."
    ]


def test_a_file_that_comes_with_more_rows_or_the_same_is_not_told(two_files: Place, customer: Callable) -> None:
    two_files.drop(CUSTOMER_IDENTITY, DAY, customer(8), customer(9), name="hanoi.ndjson")
    two_files.process(CUSTOMER_IDENTITY, DAY)
    assert two_files.warned == []


def test_days_whose_files_are_all_gone_are_told_once_with_what_becomes_of_them(two_files: Place) -> None:
    there = {("customer-identity", DAY)}
    assert days_without_files(two_files.lake, [CUSTOMER_IDENTITY], there) == ""
    told = days_without_files(two_files.lake, [CUSTOMER_IDENTITY], [])
    assert told.startswith(f"Removed from the raw folder: all files of customer-identity {DAY}; what was made")


def test_a_day_of_nothing_but_rejected_rows_that_were_accepted_as_they_are_is_told_too(place: Place) -> None:
    place.drop(CUSTOMER_IDENTITY, DAY, "not json", "nor this")
    place.process(CUSTOMER_IDENTITY, DAY)
    accept_deliveries(place.lake, CUSTOMER_IDENTITY, [DAY])
    told = days_without_files(place.lake, [CUSTOMER_IDENTITY], [])
    assert told.startswith(f"Removed from the raw folder: all files of customer-identity {DAY}; what was made")
