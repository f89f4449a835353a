from datetime import UTC, datetime

import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.profiles.records.memberships import PROFILE_MEMBERSHIPS, build_profile_memberships


def card(records, person: str, issued: int, **columns) -> str:
    return records.add(
        CUSTOMER_MEMBERSHIP, person, membership_issued_at=datetime(2026, 1, issued, tzinfo=UTC), **columns
    )


def built(records):
    return build_profile_memberships(records.current, records.record_persons, records.statements)


def current_cards(records) -> list[str]:
    return sorted(built(records).collect().filter("is_current")["record_key"])


def referred_by(records) -> dict[str, str | None]:
    """By what each card refers to its person, by membership id."""
    return dict(built(records).select("membership_id", "referred_by").collect().iter_rows())


def test_there_is_one_row_per_card_with_its_points_as_stated(records, rows_of):
    card(records, "P1", 1, membership_id="M1", earn_point=5000, redeem_point=1200, loyalty_point=3500)
    card(records, "P1", 2, membership_id="M2", membership_type="VIP")
    columns = ("source_id", "membership_type", "earn_point", "loyalty_point", "is_current")
    assert [tuple(row.values()) for row in rows_of(built(records), PROFILE_MEMBERSHIPS, *columns)] == [
        ("M1", None, 5000, 3500, False),
        ("M2", "VIP", None, None, True),
    ]


def test_the_current_card_is_the_one_changed_last(records):
    card(records, "P1", 1, membership_updated_at=datetime(2026, 1, 9, tzinfo=UTC))
    card(records, "P1", 5)
    assert current_cards(records) == ["r1"]


def test_an_expired_card_is_current_only_where_there_is_no_active_one(records):
    card(records, "P1", 5, status="Expired")
    assert current_cards(records) == ["r1"]
    card(records, "P1", 1, status="active")
    assert current_cards(records) == ["r2"]


def test_each_person_has_one_current_card_even_on_a_tie(records):
    for person in ("P1", "P1", "P2"):
        card(records, person, 1)
    assert current_cards(records) == ["r1", "r3"]


@pytest.mark.parametrize(
    ("earned", "spent", "there", "adds_up"),
    [
        (5000, 1200, 3800, True),
        (5000, 1200, 3500, False),
        (100, 300, -200, True),
        (None, 0, 0, None),
        (10, None, 10, None),
        (10, 0, None, None),
    ],
)
def test_points_that_do_not_add_up_stay_as_stated_and_the_row_says_so(records, rows_of, earned, spent, there, adds_up):
    card(records, "P1", 1, earn_point=earned, redeem_point=spent, loyalty_point=there)
    columns = ("earn_point", "redeem_point", "loyalty_point", "points_add_up")
    assert tuple(rows_of(built(records), PROFILE_MEMBERSHIPS, *columns)[0].values()) == (earned, spent, there, adds_up)


def test_a_card_refers_to_its_person_by_the_strongest_thing_a_customer_or_lead_of_theirs_has(records):
    records.add(CUSTOMER_IDENTITY, customer_id="C1", phone_e164="+84912345678", phone_others_e164=["+84355123456"])
    records.add(LEAD_INFORMATION, email_normalized="dee.n@gmail.com")
    records.add(CUSTOMER_IDENTITY_EMAIL, customer_id="C1", email_normalized="dee@work.vn")
    phone = {"customer_phone_e164": "+84912345678"}
    email = {"customer_email_normalized": "deen@gmail.com"}
    card(records, "P1", 1, membership_id="all", customer_id="C1", **email, **phone)
    card(records, "P1", 1, membership_id="id of another system", customer_id="0001", **email, **phone)
    card(records, "P1", 1, membership_id="e-mail record", customer_email_normalized="dee@work.vn")
    card(records, "P1", 1, membership_id="new e-mail", customer_email_normalized="new@mail.vn", **phone)
    card(records, "P1", 1, membership_id="second phone", customer_phone_e164="+84355123456")
    assert referred_by(records) == {
        "all": "customer_id",
        "id of another system": "email",
        "e-mail record": "email",
        "new e-mail": "phone",
        "second phone": "phone",
    }


def test_a_card_whose_customer_nobody_knows_is_kept_and_refers_to_nobody(records, rows_of):
    given = {"customer_phone_e164": "+84912345678", "customer_email_normalized": "dee@mail.vn"}
    records.add(CUSTOMER_IDENTITY, "P2", customer_id="C9", phone_e164="+84912345678")
    card(records, "P1", 1, membership_id="M1", customer_id="C9", **given)
    card(records, "P1", 2, membership_id="M2", customer_id="C9", **given)
    records.add(CUSTOMER_PRODUCT_ACTIVITY, "P1", customer_id="C9", **given)
    rows = rows_of(built(records), PROFILE_MEMBERSHIPS, "membership_id", "is_current", "referred_by")
    assert [tuple(row.values()) for row in rows] == [("M1", False, None), ("M2", True, None)]


def test_the_order_of_records_does_not_matter(records):
    for person in ("P1", "P2"):
        records.add(CUSTOMER_IDENTITY, person, customer_id=person, email_normalized=f"{person}@mail.vn".lower())
        for status in ("Active", "Expired", None):
            card(records, person, 1, status=status, customer_email_normalized=f"{person}@mail.vn".lower())
    assert_frame_equal(built(records).collect(), built(records.reversed()).collect(), check_row_order=False)
