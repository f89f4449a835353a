from datetime import UTC, datetime

from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.profiles.contacts.contacts import PROFILE_CONTACTS

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PHONE, OTHER_PHONE, THIRD_PHONE = "+84912345678", "+84987654321", "+84355123456"


def built(records):
    return records.contacts


def primary(records, kind="email"):
    values = built(records).collect().filter(kind=kind, is_primary=True)["value"].to_list()
    assert len(values) == 1
    return values[0]


def test_there_is_one_row_per_person_kind_and_value_however_many_records_say_it(records, rows_of):
    records.add(CUSTOMER_IDENTITY, day=2, phone_e164=PHONE, email_normalized="dee@mail.vn")
    records.add(LEAD_INFORMATION, day=1, phone_e164=PHONE)
    records.add(CUSTOMER_PRODUCT_ACTIVITY, "P2", customer_phone_e164=PHONE)
    records.add(CUSTOMER_PRODUCT_ACTIVITY, "P2", day=3, customer_phone_e164=PHONE)
    rows = rows_of(built(records), PROFILE_CONTACTS, "person_id", "kind", "value", "record_count")
    assert [tuple(row.values()) for row in rows] == [
        ("P1", "email", "dee@mail.vn", 1),
        ("P1", "phone", PHONE, 2),
        ("P2", "phone", PHONE, 2),
    ]


def test_first_and_last_seen_span_all_records_of_the_value(records, rows_of):
    records.add(CUSTOMER_IDENTITY, day=5, phone_e164=PHONE)
    records.add(LEAD_INFORMATION, day=3, phone_e164=PHONE)
    row = rows_of(built(records), PROFILE_CONTACTS)[0]
    assert (row["first_seen_at"].day, row["last_seen_at"].day) == (3, 5)


def test_the_phone_of_a_related_person_is_no_contact_of_the_customer(records, rows_of):
    records.add(CUSTOMER_RELATIONSHIP, customer_phone_e164=PHONE, phone_e164=OTHER_PHONE)
    assert [row["value"] for row in rows_of(built(records), PROFILE_CONTACTS)] == [PHONE]


def test_the_main_email_is_the_declared_primary_then_the_identitys_then_the_latest(records):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, day=3, customer_email_normalized="web@mail.vn")
    records.add(LEAD_INFORMATION, day=4, email_normalized="lead@mail.vn")
    assert primary(records) == "lead@mail.vn"
    records.add(CUSTOMER_IDENTITY, day=2, email_normalized="crm@mail.vn")
    assert primary(records) == "crm@mail.vn"
    records.add(CUSTOMER_IDENTITY_EMAIL, day=1, email_normalized="work@mail.vn", primary=True)
    assert primary(records) == "work@mail.vn"


def test_of_two_declared_primaries_the_one_declared_last_is_the_main_email(records):
    records.add(CUSTOMER_IDENTITY_EMAIL, day=1, email_normalized="old@mail.vn", primary=True)
    records.add(CUSTOMER_IDENTITY_EMAIL, day=2, email_normalized="new@mail.vn", primary=True)
    records.add(LEAD_INFORMATION, day=9, email_normalized="old@mail.vn")
    assert primary(records) == "new@mail.vn"
    assert primary(records.reversed()) == "new@mail.vn"


def test_an_email_declared_not_primary_goes_behind_that_of_the_identity(records):
    records.add(CUSTOMER_IDENTITY, day=1, email_normalized="crm@mail.vn")
    records.add(CUSTOMER_IDENTITY_EMAIL, day=2, email_normalized="work@mail.vn", primary=False)
    assert primary(records) == "crm@mail.vn"


def test_a_main_email_that_bounces_or_is_shared_stays_the_main_one_and_the_row_says_so(records, rows_of):
    records.add(CUSTOMER_IDENTITY, email_normalized="crm@mail.vn")
    records.add(LEAD_INFORMATION, day=9, email_normalized="lead@mail.vn")
    records.add(EMAIL_INTERACTION, email_normalized="crm@mail.vn", event="hardBounce", event_at=NOON)
    records.share("email", "crm@mail.vn")
    rows = rows_of(built(records), PROFILE_CONTACTS, "value", "is_primary", "is_shared", "verification")
    assert [tuple(row.values()) for row in rows] == [
        ("crm@mail.vn", True, True, "bounced"),
        ("lead@mail.vn", False, False, None),
    ]


def test_of_emails_that_nothing_else_tells_apart_one_of_their_own_goes_first_then_the_smallest(records):
    for address in ("a@mail.vn", "b@mail.vn", "c@mail.vn"):
        records.add(LEAD_INFORMATION, email_normalized=address)
    assert primary(records) == "a@mail.vn"
    records.share("email", "a@mail.vn")
    assert primary(records) == primary(records.reversed()) == "b@mail.vn"


def test_a_shared_phone_is_primary_only_where_there_is_nothing_else(records, rows_of):
    records.share("phone", PHONE)
    records.add(CUSTOMER_IDENTITY, day=9, phone_e164=PHONE)
    assert primary(records, "phone") == PHONE
    records.add(LEAD_INFORMATION, day=1, phone_e164=OTHER_PHONE)
    assert primary(records, "phone") == OTHER_PHONE
    assert [row["is_shared"] for row in rows_of(built(records), PROFILE_CONTACTS)] == [True, False]


def test_every_number_of_a_cell_is_a_contact_and_the_first_is_primary(records, rows_of):
    records.add(CUSTOMER_IDENTITY, phone_e164=PHONE, phone_others_e164=[OTHER_PHONE, THIRD_PHONE])
    rows = rows_of(built(records), PROFILE_CONTACTS, "value", "is_primary", "record_count")
    assert {row["value"]: row["is_primary"] for row in rows} == {PHONE: True, OTHER_PHONE: False, THIRD_PHONE: False}
    assert {row["record_count"] for row in rows} == {1}


def test_every_address_of_a_cell_is_a_contact_and_the_first_is_primary(records, rows_of):
    records.add(CUSTOMER_IDENTITY, email_normalized="an@x.vn", email_others_normalized=["an@y.vn"])
    records.add(LEAD_INFORMATION, email_normalized="an@y.vn")
    rows = rows_of(built(records), PROFILE_CONTACTS, "value", "is_primary", "record_count")
    assert [tuple(row.values()) for row in rows] == [("an@x.vn", True, 1), ("an@y.vn", False, 2)]


def test_the_first_number_of_any_cell_goes_before_the_further_number_of_an_identity(records):
    records.add(CUSTOMER_IDENTITY, day=9, phone_e164=PHONE, phone_others_e164=[OTHER_PHONE])
    records.share("phone", PHONE)
    assert primary(records, "phone") == OTHER_PHONE
    records.add(LEAD_INFORMATION, day=1, phone_e164=THIRD_PHONE)
    assert primary(records, "phone") == THIRD_PHONE


def test_a_phone_that_is_first_in_one_cell_and_further_in_another_is_one_contact(records, rows_of):
    records.add(CUSTOMER_IDENTITY, phone_e164=PHONE, phone_others_e164=[OTHER_PHONE])
    records.add(LEAD_INFORMATION, phone_e164=OTHER_PHONE)
    rows = rows_of(built(records), PROFILE_CONTACTS, "value", "record_count")
    assert [tuple(row.values()) for row in rows] == [(PHONE, 1), (OTHER_PHONE, 2)]


def test_a_phone_that_two_people_hold_is_shared_between_them(records, rows_of):
    records.add(CUSTOMER_IDENTITY, "P1", phone_e164=PHONE)
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=PHONE)
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=OTHER_PHONE)
    shared = {(row["person_id"], row["value"]): row["is_shared"] for row in rows_of(built(records), PROFILE_CONTACTS)}
    assert shared == {("P1", PHONE): True, ("P2", PHONE): True, ("P2", OTHER_PHONE): False}


def test_a_phone_shared_in_one_company_is_not_shared_in_another(records, rows_of):
    records.share("phone", PHONE, scope="ORG1")
    records.share("phone", OTHER_PHONE, scope="*")
    records.add(CUSTOMER_IDENTITY, phone_e164=PHONE, company_id="ORG2")
    records.add(LEAD_INFORMATION, phone_e164=OTHER_PHONE, company_id="ORG2")
    shared = {row["value"]: row["is_shared"] for row in rows_of(built(records), PROFILE_CONTACTS)}
    assert shared == {PHONE: False, OTHER_PHONE: True}


def test_a_message_sent_to_an_address_does_not_make_it_the_latest_stated(records):
    records.add(LEAD_INFORMATION, day=1, email_normalized="old@mail.vn")
    records.add(LEAD_INFORMATION, day=2, email_normalized="new@mail.vn")
    records.add(EMAIL_INTERACTION, day=9, email_normalized="old@mail.vn")
    assert primary(records) == "new@mail.vn"


def test_the_type_of_an_email_is_what_its_latest_email_record_says(records, rows_of):
    records.add(CUSTOMER_IDENTITY_EMAIL, day=1, email_normalized="dee@mail.vn", email_type="Business")
    records.add(CUSTOMER_IDENTITY_EMAIL, day=2, email_normalized="dee@mail.vn", email_type="Personal")
    records.add(CUSTOMER_IDENTITY, phone_e164=PHONE)
    types = {row["value"]: row["contact_type"] for row in rows_of(built(records), PROFILE_CONTACTS)}
    assert types == {"dee@mail.vn": "Personal", PHONE: None}


def test_the_order_of_records_does_not_matter(records):
    for day, person in enumerate(("P1", "P1", "P2", "P2"), start=1):
        records.add(CUSTOMER_IDENTITY, person, day=day, phone_e164=PHONE, email_normalized=f"{person}@mail.vn".lower())
        records.add(LEAD_INFORMATION, person, phone_e164=f"+8498765432{day}", email_normalized=f"dee{day}@mail.vn")
        records.add(EMAIL_INTERACTION, person, email_normalized=f"dee{day}@mail.vn", event="opened", event_at=NOON)
        records.add(SMS_INTERACTION, person, phone_number_e164=PHONE, event="sent", event_at=NOON)
    assert_frame_equal(built(records).collect(), built(records.reversed()).collect(), check_row_order=False)


def test_a_placeholder_is_the_main_contact_only_where_nothing_else_is_known(records):
    records.add(CUSTOMER_IDENTITY, day=3, email_normalized="noemail@gmail.com")
    assert primary(records) == "noemail@gmail.com"
    records.add(LEAD_INFORMATION, day=1, email_normalized="ha@x.vn")
    assert primary(records) == "ha@x.vn"


def test_a_contact_that_is_nobodys_is_marked(records, rows_of):
    records.add(CUSTOMER_IDENTITY, email_normalized="khongco@gmail.com", phone_e164="+84999999999")
    records.add(LEAD_INFORMATION, phone_e164=PHONE)
    rows = rows_of(built(records), PROFILE_CONTACTS, "value", "is_primary", "is_placeholder")
    assert [tuple(row.values()) for row in rows] == [
        ("khongco@gmail.com", True, True),
        (PHONE, True, False),
        ("+84999999999", False, True),
    ]
