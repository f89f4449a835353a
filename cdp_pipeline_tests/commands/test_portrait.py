"""A person on the terminal: each part reads as a sentence, what is not known is left out, and nothing leaks masked."""

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands.portrait import LATEST_ACTIVITIES, Portrait
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES

COLUMNS = {table.name: table.schema.names() for table in PUBLISHED_TABLES}


def row(table: str, **values: Any) -> dict[str, Any]:
    assert set(values) <= set(COLUMNS[table])
    return dict.fromkeys(COLUMNS[table]) | values


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=UTC)


LAN = row(
    "profiles", person_id="P1", kind="customer", internal_company_id="ORG1", display_name="Trần Thị Lan",
    gender="female", birth_date=date(1990, 3, 12), record_count=5, system_count=1, first_seen_at=at(1),
    last_seen_at=at(9), customer_ids=["C1"], review_count=0, household_size=0, can_email=True,
    can_email_basis="doubleOptIn", can_email_since=at(2),
)  # fmt: skip


def shown(unmask: bool = True, **tables: list[dict[str, Any]]) -> str:
    out = Console(record=True, width=200, file=io.StringIO())
    Portrait({"profiles": [LAN], **tables}, unmask).print(out)
    return out.export_text()


def test_it_says_who_a_person_is_and_leaves_out_what_nobody_knows() -> None:
    text = shown()
    assert text.startswith("Trần Thị Lan  P1\n  customer of ORG1: female, 1990-03-12\n")
    assert "known since 2026-01-01, last seen 2026-01-09: 5 records of 1 system" in text
    for unknown in ("Cards", "Lead story", "Activities", "How to reach", "household", "Where each value"):
        assert unknown not in text


def test_it_names_the_uses_that_the_person_forbids() -> None:
    stated = [
        ("marketing", "object", date(2026, 1, 5), "r-1"),
        ("analytics", "restrict", date(2026, 1, 6), "r-2"),
    ]
    names = ("purpose", "kind", "since", "request_id")
    rows = [row("profile_restrictions", **dict(zip(names, values, strict=True))) for values in stated]
    text = shown(profile_restrictions=rows)
    assert "marketing: objected to since 2026-01-05 by request r-1" in text
    assert "analytics: restricted since 2026-01-06 by request r-2" in text


def test_it_says_how_to_reach_a_person() -> None:
    phone = row(
        "profile_contacts", kind="phone", value="+84912345678", is_primary=True, is_shared=True, record_count=1,
        last_seen_at=at(9), verification="delivered", last_used_at=at(8),
    )  # fmt: skip
    home = row(
        "profile_addresses", record_key="r1", address_type="Live", address="1 Lê Lợi", city="Huế", is_primary=True,
        is_current=True, valid_from=at(1),
    )  # fmt: skip
    text = shown(profile_contacts=[phone], profile_addresses=[home])
    assert "phone +84912345678: main; shared with others; delivered on 2026-01-08; 1 record, last 2026-01-09" in text
    assert "live 1 Lê Lợi, Huế: main; from 2026-01-01" in text


def test_unknown_consent_is_told_as_not_allowed() -> None:
    text = shown()
    assert "marketing by e-mail: allowed by doubleOptIn since 2026-01-02" in text
    assert "marketing by SMS: unknown, so not allowed" in text


def test_points_that_do_not_add_up_are_told() -> None:
    card = row(
        "profile_memberships", record_key="r1", membership_id="M1", membership_type="VIP", status="Active",
        is_current=True, membership_issued_at=at(3), earn_point=5000, redeem_point=1200, loyalty_point=3500,
        points_add_up=False,
    )  # fmt: skip
    expected = "M1 VIP Active: current; issued 2026-01-03; points 5,000 earned, 1,200 spent, 3,500 available"
    assert f"{expected}; which do not add up" in shown(profile_memberships=[card])


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"state": "open"}, "New since 2026-01-04"),
        (
            {"state": "converted", "converted_at": at(6), "converted_by": "customer_id"},
            "became a customer on 2026-01-06, known by customer id",
        ),
        ({"state": "customer_before"}, "was a customer before"),
        ({"state": "gone", "gone_on": date(2026, 1, 7)}, "gone from the list on 2026-01-07"),
    ],
)
def test_a_lead_is_told_as_a_story(state: dict[str, Any], told: str) -> None:
    lead = row(
        "profile_leads", record_key="r1", object_type="lead-information", lead_id="L1", source_channel="Online",
        source_name="Ads", created_at=at(2), status="New", status_since=at(4), **state,
    )  # fmt: skip
    change = row(
        "profile_lead_status_history", record_key="r2", lead_record_key="r1", change_number=1, changed_at=at(4),
        old_status="Raw", new_status="New", days_in_old_status=2.0,
    )  # fmt: skip
    text = shown(profile_leads=[lead], profile_lead_status_history=[change])
    assert "2026-01-02 lead-information L1 by Online, Ads: New since 2026-01-04" in text
    assert told in text
    assert "2026-01-04 Raw -> New after 2 days" in text


def test_only_the_latest_activities_are_listed() -> None:
    many = [
        row("profile_activities", record_key=f"r{n:02}", occurred_at=at(n), activity_type=f"view{n}")
        for n in range(1, 15)
    ]
    text = shown(profile_activities=many)
    assert f"Activities: 14, the latest {LATEST_ACTIVITIES}" in text
    assert "view14" in text
    assert "view4 " not in text


def test_masked_nobody_can_read_name_phone_or_value() -> None:
    phone = row("profile_contacts", kind="phone", value="+84912345678", record_count=1, is_primary=True)
    value = row(
        "profile_values", attribute="primary_phone", value_hash="a", value="+84912345678", is_winner=True,
        strategy="source_priority", record_count=1,
    )  # fmt: skip
    text = shown(unmask=False, profile_contacts=[phone], profile_values=[value])
    assert "Trần" not in text
    assert "912345678" not in text
    assert text.count("+84***678") == 2
