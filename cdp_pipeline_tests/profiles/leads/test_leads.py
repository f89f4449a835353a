from datetime import UTC, date, datetime

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.leads.leads import PROFILE_LEADS, build_profile_leads


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def built(records):
    return build_profile_leads(
        records.current, records.record_persons, records.status_history, records.gone_leads, records.named_customers
    )


def test_there_is_one_row_per_lead_of_both_systems(records, rows_of):
    records.add(LEAD_INFORMATION, lead_id="L1", status="Active", form_name="sign-up")
    records.add(MOEGO_LEAD, id="ldg7", life_cycle_name="New", pets='[{"name":"Mun"}]', allocate_staff_id="stf1")
    columns = ("object_type", "lead_id", "status", "form_name", "allocate_staff_id", "pets")
    assert [tuple(row.values()) for row in rows_of(built(records), PROFILE_LEADS, *columns)] == [
        ("lead-information", "L1", "Active", "sign-up", None, None),
        ("moego-lead", "ldg7", "New", None, "stf1", '[{"name":"Mun"}]'),
    ]


def test_a_moego_leads_name_is_its_parts_and_its_referral_its_source(records, rows_of):
    records.add(
        MOEGO_LEAD, id="ldg7", display_name="Ana Tran", referral_source_name="Walk-in", action_status_name="Call"
    )
    row = rows_of(built(records), PROFILE_LEADS)[0]
    assert (row["full_name"], row["source_name"], row["action_status_name"]) == ("Ana Tran", "Walk-in", "Call")
    assert (row["source_channel"], row["double_opt_in"], row["timezone_gmt"]) == (None, None, 0)


@pytest.mark.parametrize(
    ("config", "opt_in"),
    [
        ('{"isAgreedMarketingPolicy":true}', "Yes"),
        ('{"isAgreedMarketingPolicy":false}', "No"),
        ('{"isConsented":true}', None),
        (None, None),
    ],
)
def test_moegos_marketing_policy_is_the_single_opt_in(records, rows_of, config, opt_in):
    records.add(MOEGO_LEAD, id="ldg7", compliance_config=config)
    assert rows_of(built(records), PROFILE_LEADS)[0]["single_opt_in"] == opt_in


def test_a_lead_is_open_until_its_person_becomes_a_customer_or_it_leaves_the_list(records, rows_of):
    records.add(MOEGO_LEAD, "P1", record_key="r1", id="ldg1")
    records.add(MOEGO_LEAD, "P2", record_key="r2", id="ldg2")
    records.add(MOEGO_LEAD, "P3", record_key="r3", id="ldg3", created_time=at(1))
    records.add(CUSTOMER_IDENTITY, "P3", customer_id="C3", created_at=at(4))
    records.add(LEAD_INFORMATION, "P4", record_key="r4", lead_id="L4", created_at=at(9))
    records.add(CUSTOMER_IDENTITY, "P4", customer_id="C4", created_at=at(4))
    records.vanish("r2", day=5)
    records.vanish("r3", day=6)
    columns = ("state", "is_converted", "converted_at", "gone_on")
    assert [tuple(row.values()) for row in rows_of(built(records), PROFILE_LEADS, *columns)] == [
        ("open", False, None, None),
        ("gone", False, None, date(2026, 1, 5)),
        ("converted", True, at(4), date(2026, 1, 6)),
        ("customer_before", False, None, None),
    ]


def test_a_lead_that_left_the_list_is_gone_though_its_person_was_a_customer_before(records, rows_of):
    records.add(MOEGO_LEAD, record_key="r1", id="ldg1", created_time=at(9))
    records.add(CUSTOMER_IDENTITY, customer_id="C1", created_at=at(2))
    records.vanish("r1", day=12)
    row = rows_of(built(records), PROFILE_LEADS)[0]
    assert (row["state"], row["was_customer_before"]) == ("gone", True)


@pytest.mark.parametrize(
    ("changes", "since", "count"),
    [
        ([], 1, 0),
        ([(3, "New", "Called"), (7, "Called", "Won")], 7, 2),
        ([(3, "New", "Called")], None, 1),
        ([(None, "New", "Won")], None, 1),
        ([(3, "New", "Won"), (None, "Won", "Lost")], 3, 2),
    ],
)
def test_a_status_holds_since_the_change_that_led_to_it_or_since_the_lead_was_created(
    records, rows_of, changes, since, count
):
    records.add(LEAD_INFORMATION, record_key="l1", lead_id="L1", status="Won", created_at=at(1))
    for day, old, new in changes:
        records.add(
            LEAD_STATUS_HISTORY, lead_id="L1", old_status=old, new_status=new, changed_at=at(day) if day else None
        )
    row = rows_of(built(records), PROFILE_LEADS)[0]
    assert (row["status_since"], row["status_change_count"]) == (at(since) if since else None, count)


def test_the_order_of_rows_does_not_matter(records, rows_of):
    records.add(LEAD_INFORMATION, lead_id="L1", customer_id="C1", created_at=at(1))
    records.add(MOEGO_LEAD, record_key="r9", id="ldg1")
    records.add(LEAD_STATUS_HISTORY, lead_id="L1", old_status="New", new_status="Won", changed_at=at(3))
    records.add(CUSTOMER_IDENTITY, customer_id="C1", created_at=at(4))
    records.vanish("r9", day=5)
    assert rows_of(built(records), PROFILE_LEADS) == rows_of(built(records.reversed()), PROFILE_LEADS)
