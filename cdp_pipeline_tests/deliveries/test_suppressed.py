"""Rows of erased persons in a delivery: the fourth outcome, of which nothing but the number is kept."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.deliveries.reports import newest_day_report
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.privacy.keys import read_key
from cdp_pipeline.privacy.suppression import hash_texts
from cdp_pipeline.privacy.suppression_list import SuppressedHash, SuppressionList
from cdp_pipeline_tests.deliveries.conftest import Place

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"
Customer = Callable[..., dict[str, Any]]


def suppress_phone(place: Place, phone: str) -> None:
    """Suppress a phone wherever it is seen."""
    key = read_key(place.settings.privacy_key_file)
    hashes = [SuppressedHash(hash_texts(key, "phone", scope, phone), "phone", is_shared=False) for scope in ("-", "*")]
    SuppressionList(place.settings.privacy_dir).add("r-1", "P1", hashes, date(2026, 11, 15), key)


@pytest.fixture
def delivered(place: Place, customer: Customer) -> Place:
    """Three customers, one of them twice as he was, one rejected row and one that cannot be parsed."""
    an = customer(1, fullName="Lê Thị Mai", shoeSize="37", **{"Lê Thị Mai": "x"})
    bad = customer(1, fullName="Lê Thị Mai", gender="37 years old and more", yob="abc", favourite="red")
    place.drop(CUSTOMER_IDENTITY, DAY, customer(2, shoeSize="41"), customer(3), customer(3), an, bad)
    place.drop(CUSTOMER_IDENTITY, DAY, '{"customerId": "C1", "phone": "0912345001", "fullName": "L', name="cut.ndjson")
    return place


def test_every_row_is_accepted_rejected_a_duplicate_or_suppressed(delivered: Place) -> None:
    suppress_phone(delivered, "+84912345001")
    done = delivered.process(CUSTOMER_IDENTITY, DAY)
    counted = (done.read, done.accepted, done.rejected, done.duplicates, done.suppressed)
    assert counted == (6, 2, 0, 1, 3)
    assert delivered.told == [
        f"customer-identity {DAY}: 6 rows of 2 files, 2 accepted, 0 rejected, 1 duplicate, 3 suppressed."
    ]


def test_nothing_of_them_is_kept_in_any_file(delivered: Place) -> None:
    suppress_phone(delivered, "+84912345001")
    delivered.process(CUSTOMER_IDENTITY, DAY)
    for path in (path for path in delivered.lake.root.rglob("*") if path.is_file()):
        text = path.read_bytes().decode("utf-8", "replace").lower()
        assert [word for word in ("lê thị", "912345001", "favourite") if word in text] == [], path


def test_findings_are_those_of_the_other_rows(delivered: Place, customer: Customer) -> None:
    suppress_phone(delivered, "+84912345001")
    delivered.process(CUSTOMER_IDENTITY, DAY)
    found = newest_day_report(delivered.lake, "customer_identity", DAY)
    delivered.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2, shoeSize="41"), customer(3), customer(3))
    delivered.process(CUSTOMER_IDENTITY, NEXT_DAY)
    expected = newest_day_report(delivered.lake, "customer_identity", NEXT_DAY)
    assert found is not None
    assert expected is not None
    assert (found.findings, found.rules) == (expected.findings, expected.rules)
    assert found.findings["drift:shoeSize"] == 1


def test_a_delivery_of_which_all_is_suppressed_is_not_held(place: Place, customer: Customer) -> None:
    place.drop(CUSTOMER_IDENTITY, DAY, *(customer(1, gender="bad", yob=str(year)) for year in range(1950, 1990)))
    suppress_phone(place, "+84912345001")
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert (done.read, done.suppressed) == (40, 40)
    assert place.lake.held.report_days("customer_identity") == []


def test_without_a_list_no_key_is_made(delivered: Place) -> None:
    assert delivered.process(CUSTOMER_IDENTITY, DAY).suppressed == 0
    assert not Path(delivered.settings.privacy_key_file).exists()


def test_a_revoked_suppression_lets_the_day_be_read_as_sent(delivered: Place) -> None:
    suppress_phone(delivered, "+84912345001")
    delivered.process(CUSTOMER_IDENTITY, DAY)
    SuppressionList(delivered.settings.privacy_dir).revoke("r-1", "P1", date(2026, 11, 17))
    done = delivered.process(CUSTOMER_IDENTITY, DAY, reprocess=True)
    assert (done.read, done.accepted, done.rejected, done.duplicates, done.suppressed) == (6, 3, 2, 1, 0)
