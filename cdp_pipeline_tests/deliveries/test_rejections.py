"""Rejected rows as `cdp rejected` reads them: from the lake, newest first, filtered."""

import io
from datetime import date
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands.rejected import list_rejected
from cdp_pipeline.deliveries.rejections import read_rejected, was_anything_read
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY

BOTH = (CUSTOMER_IDENTITY, LEAD_STATUS_HISTORY)


@pytest.fixture
def read(place: Any, customer: Any) -> Any:
    """Four rejected rows: two of customers on two days, one in no day's folder, one of a lead's status."""
    assert not was_anything_read(place.lake, BOTH)
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1), "not json")
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", customer(2, customerId=""))
    place.drop(CUSTOMER_IDENTITY, "lost", customer(3))
    place.drop(LEAD_STATUS_HISTORY, "2026-11-17", "not json")
    place.process(CUSTOMER_IDENTITY, "2026-11-16", "2026-11-17")
    place.process(LEAD_STATUS_HISTORY, "2026-11-17")
    return place.lake


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({}, [17, 17, 16, None]),
        ({"limit": 1}, [17]),
        ({"day": date(2026, 11, 16)}, [16]),
        ({"rule": "required:customerId"}, [17]),
        ({"rule": "required"}, []),
    ],
)
def test_rejected_rows_come_newest_first_and_filtered(read: Any, asked: dict[str, Any], days: list[int | None]) -> None:
    found = list(read_rejected(read, BOTH, **asked))
    assert [row["drop_date"].day if row["drop_date"] else None for row in found] == days


def test_rejected_rows_of_one_entity_carry_their_rules_and_what_was_sent(read: Any) -> None:
    (row,) = read_rejected(read, (LEAD_STATUS_HISTORY,))
    assert (row["object_type"], row["rules"], row["raw"]) == ("lead-status-history", ["unreadable"], "not json")
    assert was_anything_read(read, BOTH)


def test_the_screen_masks_a_phone_in_the_name_of_a_file_and_the_row_keeps_it(place) -> None:
    name = "zalo_0912345678.ndjson"
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", "{", name=name)
    place.process(CUSTOMER_IDENTITY, "2026-11-16")
    out = Console(record=True, width=200, file=io.StringIO())
    assert list_rejected(place.settings, None, None, None, 5, None, out, out) == 0
    shown = out.export_text()
    assert ("***678" in shown, "0912345678" in shown) == (True, False)
    kept = read_rejected(place.lake, (CUSTOMER_IDENTITY,))
    assert [row["source_file"] for row in kept] == [f"customer-identity/2026-11-16/{name}"]


def test_a_message_about_the_place_of_a_file_masks_a_phone_in_it(place) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16/0912345678", "{}")
    place.drop(CUSTOMER_IDENTITY, "hoa@example.com", "{}")
    told = " ".join(file.problem for file in place.landing().files)
    assert [word in told for word in ("***678", "h***@example", "0912345678", "hoa@")] == [True, True, False, False]
