from datetime import UTC, date, datetime

import polars as pl
from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.golden.profiles import PROFILES, build_profiles

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def built(records) -> pl.LazyFrame:
    return build_profiles(records.parts(NOON.date()))


def family(records):
    """A customer with a card, an address and a lead, and a contact who only looked at something."""
    records.add(
        CUSTOMER_IDENTITY,
        day=2,
        customer_id="C1",
        display_name="Nguyễn Minh Dee",
        phone_e164="+84912345678",
        birth_year=1988,
    )
    records.add(LEAD_INFORMATION, lead_id="L1", email_normalized="dee@mail.vn", single_opt_in="Yes", status="Active")
    records.add(CUSTOMER_IDENTITY_ADDRESS, address_type="Live", city="Hue", address="1 Le Loi", country="Việt Nam")
    card = {"membership_id": "M1", "membership_type": "VIP", "membership_issued_at": NOON, "earn_point": 5000}
    records.add(CUSTOMER_MEMBERSHIP, **card)
    records.add(CUSTOMER_PRODUCT_ACTIVITY, "P2", action="Search", action_at=NOON, display_name="Tran Van B")
    return records


def test_there_is_one_row_per_person_with_golden_values_and_summaries(records, rows_of):
    customer, contact = rows_of(built(family(records)), PROFILES)
    expected = {
        "person_id": "P1",
        "kind": "customer",
        "internal_company_id": "ORG1",
        "display_name": "Nguyễn Minh Dee",
        "birth_year": 1988,
        "primary_phone": "+84912345678",
        "primary_email": "dee@mail.vn",
        "city": "Hue",
        "country_alpha_code_2": "VN",
        "country_alpha_code_3": "VNM",
        "record_count": 4,
        "membership_count": 1,
        "membership_type": "VIP",
        "membership_issued_at": NOON,
        "earn_point": 5000,
        "lead_status": "Active",
        "activity_count": 0,
        "can_email": True,
    }
    assert {name: customer[name] for name in expected} == expected
    assert (contact["kind"], contact["display_name"], contact["activity_count"]) == ("contact", "Tran Van B", 1)


def test_unknown_consent_is_null(records, rows_of):
    contact = rows_of(built(family(records)), PROFILES)[1]
    assert (contact["can_email"], contact["can_sms"]) == (None, None)


def test_the_birth_year_is_that_of_the_birth_date_where_one_is_known(records, rows_of):
    records.add(CUSTOMER_IDENTITY, day=1, birth_date=date(1988, 6, 15), birth_year=1988)
    records.add(CUSTOMER_IDENTITY, day=2, birth_year=1989)
    assert rows_of(built(records), PROFILES, "birth_date", "birth_year") == [
        {"birth_date": date(1988, 6, 15), "birth_year": 1988}
    ]


def test_a_person_about_whom_nothing_is_said_still_has_a_profile(records, rows_of):
    records.add(MOEGO_LEAD, company_id=None, system_name=None)
    row = rows_of(built(records), PROFILES)[0]
    assert (row["kind"], row["display_name"], row["system_count"], row["membership_count"]) == ("lead", None, 0, 0)


def test_the_order_of_rows_decides_nothing(records):
    family(records)
    records.add(CUSTOMER_IDENTITY, day=2, customer_id="C2", display_name="Nguyen Dee", phone_e164="+84987654321")
    forward, backward = (built(r).sort("person_id").collect() for r in (records, records.reversed()))
    assert_frame_equal(forward, backward)
