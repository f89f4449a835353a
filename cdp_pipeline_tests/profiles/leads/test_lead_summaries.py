from datetime import UTC, datetime
from typing import Any

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import columns_of
from cdp_pipeline.profiles.leads.leads import LeadSummary, build_profile_leads, summarize_leads


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def summary(records) -> dict[str, Any]:
    leads = build_profile_leads(
        records.current, records.record_persons, records.status_history, records.gone_leads, records.named_customers
    )
    people = summarize_leads(leads).collect()
    assert set(people.columns) == {"person_id", *(column.name for column in columns_of(LeadSummary))}
    return people.row(0, named=True)


def test_the_lead_summary_is_that_of_the_lead_seen_last(records):
    records.add(LEAD_INFORMATION, day=1, status="Active", source_name="Facebook Ads", single_opt_in="Yes")
    records.add(
        MOEGO_LEAD,
        day=2,
        life_cycle_name="Quoted",
        action_status_name="To call",
        allocate_staff_id="stf1",
        created_time=at(2),
        compliance_config='{"isAgreedMarketingPolicy":false}',
    )
    told = summary(records)
    assert (told["lead_count"], told["lead_state"], told["lead_status"], told["lead_status_since"]) == (
        2, "open", "Quoted", at(2),
    )  # fmt: skip
    assert (told["lead_life_cycle"], told["lead_action_status"], told["lead_staff_id"]) == ("Quoted", "To call", "stf1")
    assert (told["lead_source_name"], told["lead_single_opt_in"], told["lead_double_opt_in"]) == (None, "No", None)


def test_the_stage_of_a_lead_that_is_not_moegos_is_its_status_only(records):
    records.add(LEAD_INFORMATION, lead_id="L1", status="Won", prospect_level=3, double_opt_in="Yes")
    records.add(LEAD_STATUS_HISTORY, lead_id="L1", old_status="New", new_status="Won", changed_at=at(4))
    told = summary(records)
    assert (told["lead_status"], told["lead_life_cycle"], told["prospect_level"]) == ("Won", None, 3)
    assert (told["lead_status_since"], told["lead_status_change_count"]) == (at(4), 1)
    assert told["lead_double_opt_in"] == "Yes"


def test_first_and_last_touch_are_the_leads_created_first_and_last(records):
    records.add(LEAD_INFORMATION, day=9, created_at=at(5), source_channel="Online", source_name="Google")
    records.add(
        LEAD_INFORMATION,
        day=8,
        created_at=at(1),
        source_name="Facebook Ads",
        source_name_level_2="spa",
        source_name_level_3="video",
        form_name="sign-up",
    )
    records.add(MOEGO_LEAD, day=7, created_time=at(7), referral_source_name="Walk-in")
    told = summary(records)
    first = ("Facebook Ads", "spa", "video", "sign-up")
    assert (told["first_touch_at"], told["last_touch_at"]) == (at(1), at(7))
    assert tuple(told[f"first_touch_{name}"] for name in
                 ("source_name", "source_name_level_2", "source_name_level_3", "form_name")) == first  # fmt: skip
    assert (told["last_touch_source_name"], told["last_touch_source_channel"]) == ("Walk-in", None)


def test_converted_and_gone_leads_are_counted_and_the_first_conversion_is_dated(records):
    records.add(LEAD_INFORMATION, lead_id="L1", customer_id="C1", created_at=at(1))
    records.add(LEAD_INFORMATION, lead_id="L2", customer_id="C2", created_at=at(2))
    records.add(MOEGO_LEAD, record_key="r9", id="ldg1", created_time=at(20))
    records.add(CUSTOMER_IDENTITY, customer_id="C1", created_at=at(8))
    records.add(CUSTOMER_IDENTITY, customer_id="C2", created_at=at(6))
    records.vanish("r9", day=25)
    told = summary(records)
    assert (told["lead_count"], told["converted_lead_count"], told["gone_lead_count"]) == (3, 2, 1)
    assert told["lead_converted_at"] == at(6)


def test_the_order_of_rows_does_not_matter(records):
    for name in ("Google", "Facebook Ads", "Zalo"):
        records.add(LEAD_INFORMATION, source_name=name, created_at=at(3))
    assert summary(records) == summary(records.reversed())
