import pytest

from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.leads import PROFILE_LEADS, build_profile_leads


def built(records):
    return build_profile_leads(records.current, records.record_persons)


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
