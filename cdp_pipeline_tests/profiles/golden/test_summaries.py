from datetime import UTC, datetime

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.golden.profiles import summarize_memberships, summarize_records
from cdp_pipeline.profiles.records.memberships import build_profile_memberships
from cdp_pipeline.profiles.records.records import build_profile_records


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def test_records_are_counted_by_person_and_by_system(records):
    records.add(CUSTOMER_IDENTITY, day=3, customer_id="C2", system_name="POS")
    records.add(CUSTOMER_IDENTITY, day=1, customer_id="C1", system_name="CRM")
    records.add(LEAD_INFORMATION, day=2, lead_id="L1", system_name="CRM")
    built = summarize_records(build_profile_records(records.current, records.record_persons))
    row = built.collect().row(0, named=True)
    assert (row["record_count"], row["system_count"]) == (3, 2)
    assert (row["customer_ids"], row["lead_ids"]) == (["C1", "C2"], ["L1"])
    assert (row["first_seen_at"], row["last_seen_at"]) == (at(1), at(3))


def test_a_person_is_a_customer_else_a_lead_else_a_contact(records):
    records.add(CUSTOMER_IDENTITY, "P1")
    records.add(LEAD_INFORMATION, "P1")
    records.add(MOEGO_LEAD, "P2")
    records.add(CUSTOMER_MEMBERSHIP, "P3")
    built = summarize_records(build_profile_records(records.current, records.record_persons)).sort("person_id")
    assert built.collect()["kind"].to_list() == ["customer", "lead", "contact"]


def test_the_membership_summary_is_that_of_the_current_card(records):
    records.add(
        CUSTOMER_MEMBERSHIP, membership_id="M1", membership_issued_at=at(1), membership_type="VIP", loyalty_point=10
    )
    points = {"earn_point": 9, "redeem_point": 2, "loyalty_point": 7}
    records.add(CUSTOMER_MEMBERSHIP, membership_id="M2", membership_issued_at=at(2), membership_type="Gold", **points)
    built = summarize_memberships(
        build_profile_memberships(records.current, records.record_persons, records.statements)
    )
    assert built.collect().rows() == [("P1", 2, "M2", "Gold", None, at(2), 9, 2, 7)]
