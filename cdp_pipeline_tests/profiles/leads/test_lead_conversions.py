from datetime import UTC, date, datetime

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.leads.lead_conversions import find_conversions, find_named_customers
from cdp_pipeline.profiles.records.records import records_of

PHONE, MAIL = "+84912345678", "dee@mail.vn"


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def converted(records, *columns: str, entity=LEAD_INFORMATION) -> list[tuple]:
    leads = records_of(entity, records.current, records.record_persons)
    if entity is MOEGO_LEAD:
        leads = leads.rename({"created_time": "created_at"}).with_columns(customer_id=None)
    found = find_conversions(leads, records.named_customers, records.current, records.record_persons)
    return found.sort("record_key").select(columns).collect().rows()


HOW = ("is_converted", "converted_by", "converted_customer_id", "converted_record_key", "converted_at")


def test_a_lead_that_names_the_customer_became_that_customer(records):
    records.add(LEAD_INFORMATION, lead_id="L1", customer_id="C1", phone_e164=PHONE, created_at=at(1))
    customer = records.add(CUSTOMER_IDENTITY, customer_id="C1", phone_e164=PHONE, created_at=at(5))
    assert converted(records, *HOW) == [(True, "customer_id", "C1", customer, at(5))]


def test_a_lead_with_the_phone_of_a_later_customer_became_that_customer(records):
    records.add(LEAD_INFORMATION, lead_id="L1", phone_e164=PHONE, email_normalized=MAIL, created_at=at(1))
    customer = records.add(
        CUSTOMER_IDENTITY,
        customer_id="C1",
        phone_e164="+84900000001",
        phone_others_e164=[PHONE],
        email_normalized=MAIL,
        created_at=at(5),
    )
    assert converted(records, *HOW) == [(True, "phone", "C1", customer, at(5))]


def test_a_moego_lead_with_the_mailbox_of_a_later_customer_became_that_customer(records):
    records.add(MOEGO_LEAD, id="ldg7", email_normalized="dee.nguyen@gmail.com", created_time=at(1))
    records.add(CUSTOMER_IDENTITY, customer_id="C1", email_normalized="deenguyen+spa@gmail.com", created_at=at(5))
    assert converted(records, "converted_by", "converted_at", entity=MOEGO_LEAD) == [("email", at(5))]


def test_a_lead_with_the_second_address_of_a_later_customer_became_that_customer(records):
    records.add(LEAD_INFORMATION, lead_id="L1", email_normalized="deenguyen@gmail.com", created_at=at(1))
    addresses = {"email_normalized": MAIL, "email_others_normalized": ["dee.nguyen@gmail.com"]}
    records.add(CUSTOMER_IDENTITY, customer_id="C1", created_at=at(5), **addresses)
    assert converted(records, "converted_by") == [("email",)]


def test_a_lead_that_is_a_customer_by_other_links_of_the_person_says_so(records):
    records.add(LEAD_INFORMATION, lead_id="L1", created_at=at(1))
    records.add(CUSTOMER_IDENTITY, customer_id="C1", created_at=at(5))
    assert converted(records, "is_converted", "converted_by") == [(True, "other")]


def test_a_lead_of_nobody_who_is_a_customer_is_not_among_them(records):
    records.add(LEAD_INFORMATION, lead_id="L1", customer_id="C1", phone_e164=PHONE)
    records.add(CUSTOMER_IDENTITY, "P2", customer_id="C1", phone_e164=PHONE)
    assert converted(records, *HOW) == []


def test_a_deleted_customer_proves_nothing(records):
    records.add(LEAD_INFORMATION, lead_id="L1", customer_id="C1")
    records.add(CUSTOMER_IDENTITY, None, customer_id="C1", is_deleted=True)
    assert converted(records, *HOW) == []


def test_somebody_who_was_a_customer_before_was_not_won_by_the_lead(records):
    records.add(LEAD_INFORMATION, lead_id="L1", phone_e164=PHONE, created_at=at(9))
    records.add(CUSTOMER_IDENTITY, customer_id="C1", phone_e164=PHONE, created_at=at(2))
    assert converted(records, "was_customer_before", *HOW) == [(True, False, None, None, None, None)]


@pytest.mark.parametrize(("named_on", "converted_at"), [(12, at(12, 0)), (5, at(9)), (None, at(9))])
def test_a_lead_that_names_an_older_customer_was_converted_when_it_did_so_or_came_in(records, named_on, converted_at):
    records.add(LEAD_INFORMATION, record_key="l1", lead_id="L1", customer_id="C1", created_at=at(9))
    records.add(CUSTOMER_IDENTITY, customer_id="C1", created_at=at(2))
    if named_on:
        records.name_customer("l1", "C1", day=named_on)
    columns = ("is_converted", "was_customer_before", "converted_at")
    assert converted(records, *columns) == [(True, True, converted_at)]


def test_a_customer_is_named_from_the_first_version_on_that_has_its_id():
    columns = {"record_key": pl.String, "customer_id": pl.String, "business_at": pl.Datetime("ms", "UTC")}
    versions = [
        ("l1", None, at(1), date(2026, 1, 1)),
        ("l1", "C1", at(4), date(2026, 1, 5)),
        ("l1", "C1", at(3), date(2026, 1, 6)),
        ("l2", "C2", None, date(2026, 1, 7)),
    ]
    found = find_named_customers(pl.LazyFrame(versions, schema={**columns, "drop_date": pl.Date}, orient="row"))
    assert found.sort("record_key").collect().rows() == [("l1", "C1", at(3)), ("l2", "C2", at(7, 0))]


@pytest.mark.parametrize(("customer_at", "before"), [(at(8, 8), True), (at(8, 9), False), (at(9, 8), False)])
def test_within_a_day_the_customer_was_not_there_before_the_lead(records, customer_at, before):
    records.add(LEAD_INFORMATION, lead_id="L1", phone_e164=PHONE, created_at=at(9, 9))
    records.add(CUSTOMER_IDENTITY, customer_id="C1", phone_e164=PHONE, created_at=customer_at)
    dated = None if before else at(9, 9)
    assert converted(records, "was_customer_before", "converted_at") == [(before, dated)]


def test_without_dates_of_creation_the_first_evidence_holds(records):
    records.add(LEAD_INFORMATION, day=1, lead_id="L1", phone_e164=PHONE)
    records.add(CUSTOMER_IDENTITY, day=3, customer_id="C1", phone_e164=PHONE)
    assert converted(records, "converted_at") == [(at(3, 0),)]


def test_of_several_customers_the_named_one_holds_then_the_one_known_earliest_then_the_smallest_key(records):
    records.add(LEAD_INFORMATION, record_key="l1", lead_id="L1", customer_id="C3", phone_e164=PHONE, created_at=at(1))
    records.add(LEAD_INFORMATION, record_key="l2", lead_id="L2", phone_e164=PHONE, created_at=at(1))
    for number, day in ((1, 4), (2, 2), (3, 6), (4, 2)):
        records.add(
            CUSTOMER_IDENTITY,
            record_key=f"c{number}",
            customer_id=f"C{number}",
            phone_e164=PHONE,
            created_at=at(day),
        )
    columns = ("converted_by", "converted_record_key")
    assert converted(records, *columns) == [("customer_id", "c3"), ("phone", "c2")]
    assert converted(records.reversed(), *columns) == converted(records, *columns)


def test_the_same_customer_id_of_another_company_is_not_the_one_named(records):
    records.add(LEAD_INFORMATION, lead_id="L1", customer_id="C1", created_at=at(1))
    records.add(CUSTOMER_IDENTITY, customer_id="C1", company_id="ORG2", created_at=at(5))
    assert converted(records, "converted_by") == [("other",)]
