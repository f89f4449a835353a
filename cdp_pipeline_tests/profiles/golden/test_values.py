import json
import random
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.addresses.addresses import build_profile_addresses
from cdp_pipeline.profiles.golden.attributes import ATTRIBUTES, CHILD_ATTRIBUTES, build_golden_values, find_evidence
from cdp_pipeline.profiles.golden.corrections import PROFILE_CORRECTIONS
from cdp_pipeline.profiles.golden.profiles import build_profiles
from cdp_pipeline.profiles.golden.survivorship import Attribute
from cdp_pipeline.profiles.golden.values import PROFILE_VALUES, ValueParts, build_profile_values
from cdp_pipeline.profiles.records.records import MOST_RECORD_KEYS

TODAY = date(2026, 1, 9)


def built(records, attributes=ATTRIBUTES) -> pl.LazyFrame:
    given = (records.current, records.record_persons)
    evidence = find_evidence(*given)
    parts = ValueParts(
        evidence=evidence,
        golden=build_golden_values(evidence, attributes),
        corrections=PROFILE_CORRECTIONS.empty().lazy(),
        statements=records.statements,
        contacts=records.contacts,
        addresses=build_profile_addresses(*given, TODAY),
    )
    return build_profile_values(parts, attributes)


def profiles(records, attributes) -> pl.DataFrame:
    return build_profiles(records.parts(TODAY, attributes)).collect()


@pytest.fixture
def values_of(records, rows_of):
    """The values of one attribute, the winner first."""

    def values(attribute: str) -> list[dict[str, Any]]:
        rows = [row for row in rows_of(built(records), PROFILE_VALUES) if row["attribute"] == attribute]
        return sorted(rows, key=lambda row: (not row["is_winner"], row["value"]))

    return values


def test_a_value_names_the_records_that_say_it_and_the_one_it_was_taken_from(records, values_of):
    records.add(CUSTOMER_IDENTITY, day=1, gender="female")
    records.add(LEAD_INFORMATION, day=3, gender="female")
    records.add(CUSTOMER_IDENTITY, day=2, gender="male")
    won, lost = values_of("gender")
    assert (won["value"], won["record_key"], won["record_keys"], won["record_count"]) == (
        "female",
        "r2",
        ["r1", "r2"],
        2,
    )
    assert (won["first_seen_at"].day, won["last_seen_at"].day, won["strategy"]) == (1, 3, "most_recent")
    assert (lost["value"], lost["record_key"], lost["record_keys"]) == ("male", None, ["r3"])


def test_what_all_records_say_is_not_repeated(records, rows_of):
    records.add(CUSTOMER_IDENTITY, gender="female", phone_e164="+84912345678", city="Hue", nick_names=["Dee"])
    records.add(LEAD_INFORMATION, day=2, gender="female", phone_e164="+84912345678")
    records.add(CUSTOMER_IDENTITY, "P2", gender="male", city="Hue")
    assert rows_of(built(records), PROFILE_VALUES) == []


def test_another_spelling_and_a_missing_part_are_other_values(records, values_of):
    records.add(CUSTOMER_IDENTITY, display_name="Dee Nguyen", source_channel="Online", source_name="Ads")
    records.add(CUSTOMER_IDENTITY, display_name="dee nguyen", source_channel="Online")
    assert [len(values_of(attribute)) for attribute in ("name", "source", "gender")] == [2, 2, 0]


def test_an_attribute_is_contested_of_one_person_and_not_of_another(records, values_of):
    records.add(CUSTOMER_IDENTITY, gender="female")
    records.add(CUSTOMER_IDENTITY, gender="male")
    records.add(CUSTOMER_IDENTITY, "P2", gender="male")
    assert {row["person_id"] for row in values_of("gender")} == {"P1"}


def test_the_parts_of_a_name_are_one_value_without_the_empty_ones(records, values_of):
    records.add(CUSTOMER_IDENTITY, display_name='Dee "middle_name":null, Nguyen', last_name="Dee")
    records.add(LEAD_INFORMATION, display_name="Be")
    assert json.loads(values_of("name")[0]["value"]) == {
        "display_name": 'Dee "middle_name":null, Nguyen',
        "last_name": "Dee",
    }


def test_a_last_empty_part_leaves_no_comma_behind(records, values_of):
    records.add(CUSTOMER_IDENTITY, first_name="Minh,}")
    records.add(LEAD_INFORMATION, first_name="Be")
    assert values_of("name")[0]["value"] == '{"first_name":"Minh,}"}'


def test_a_birth_date_and_its_year_are_one_value_dates_as_iso(records, values_of):
    records.add(CUSTOMER_IDENTITY, birth_date=date(1988, 6, 15))
    records.add(CUSTOMER_IDENTITY, birth_year=1989)
    won, lost = values_of("birth")
    assert (won["value"], lost["value"]) == ('{"birth_date":"1988-06-15","birth_year":1988}', '{"birth_year":1989}')


def test_each_nick_name_is_a_value_and_all_win(records, values_of):
    records.add(CUSTOMER_IDENTITY, nick_names=["Dee", "Bee"])
    records.add(CUSTOMER_IDENTITY, nick_names=["Dee"])
    assert [(v["value"], v["is_winner"], v["record_keys"], v["record_key"]) for v in values_of("nick_names")] == [
        ("Bee", True, ["r1"], None),
        ("Dee", True, ["r1", "r2"], None),
    ]


def test_a_mention_counts_with_all_its_records_and_names_the_first_hundred(records, values_of):
    for n in range(MOST_RECORD_KEYS + 5):
        records.add(CUSTOMER_PRODUCT_COMMENT, record_key=f"c{n:03}", display_name="Dee", day=2)
    records.add(CUSTOMER_PRODUCT_COMMENT, display_name="Be")
    name = values_of("name")[0]
    assert (name["record_count"], name["record_key"]) == (MOST_RECORD_KEYS + 5, "c000")
    assert name["record_keys"] == [f"c{n:03}" for n in range(MOST_RECORD_KEYS)]


def test_a_value_of_a_source_that_may_not_decide_is_listed_and_does_not_win(records, rows_of):
    records.add(LEAD_INFORMATION, gender="male")
    of_customers = [replace(a, sources=(("customer-identity",),)) if a.name == "gender" else a for a in ATTRIBUTES]
    rows = [row for row in rows_of(built(records, of_customers), PROFILE_VALUES) if row["attribute"] == "gender"]
    assert [(row["value"], row["is_winner"], row["record_key"]) for row in rows] == [("male", False, None)]


def test_phones_and_emails_have_the_records_that_hold_them_and_the_primary_one_wins(records, values_of):
    records.add(
        LEAD_INFORMATION,
        phone_e164="+84912345678",
        email_normalized="dee@work.vn",
        email_others_normalized=["dee@home.vn"],
    )
    records.add(CUSTOMER_IDENTITY, phone_e164="+84912345678", phone_others_e164=["+84987654321"])
    records.add(CUSTOMER_IDENTITY_EMAIL, email_normalized="dee@mail.vn", primary=True)
    assert [(v["value"], v["is_winner"], v["record_keys"], v["record_key"]) for v in values_of("primary_phone")] == [
        ("+84912345678", True, ["r1", "r2"], "r2"),
        ("+84987654321", False, ["r2"], None),
    ]
    assert [(v["value"], v["is_winner"], v["record_key"]) for v in values_of("primary_email")] == [
        ("dee@mail.vn", True, "r3"),
        ("dee@home.vn", False, None),
        ("dee@work.vn", False, None),
    ]


def test_an_address_that_only_messages_were_sent_to_is_said_by_no_record(records, values_of):
    records.add(CUSTOMER_IDENTITY, email="an@example.com", email_normalized="an@example.com")
    records.add(EMAIL_INTERACTION, event="sent", email="a.n@example.com", email_normalized="a.n@example.com")
    said, used = values_of("primary_email")
    assert (said["value"], said["is_winner"], said["record_count"]) == ("an@example.com", True, 1)
    assert (used["value"], used["is_winner"], used["record_count"], used["record_keys"]) == (
        "a.n@example.com",
        False,
        0,
        [],
    )


def test_an_address_is_one_value_with_its_type_and_equal_ones_are_counted_together(records, values_of):
    records.add(CUSTOMER_IDENTITY, city="Hue", address="1 Le Loi")
    records.add(CUSTOMER_IDENTITY, city="Hue", address="1 Le Loi")
    records.add(CUSTOMER_IDENTITY_ADDRESS, address_type="Live", city="Vinh")
    won, lost = values_of("address")
    assert (json.loads(won["value"]), won["record_key"]) == ({"address_type": "Live", "city": "Vinh"}, "r3")
    assert (json.loads(lost["value"]), lost["record_keys"]) == ({"city": "Hue", "address": "1 Le Loi"}, ["r1", "r2"])


def people(records, seed: int) -> None:
    """Customers, leads and comments of a dozen people who contradict each other, with every golden column filled."""
    dice = random.Random(seed)
    names = (None, "Nguyen Dee", "Tran Be", "Le An")
    for _ in range(150):
        entity = dice.choice((CUSTOMER_IDENTITY, LEAD_INFORMATION, MOEGO_LEAD, CUSTOMER_PRODUCT_COMMENT))
        said = {
            "display_name": names,
            "first_name": (None, "Dee", "Be"),
            "middle_name": (None, "Minh"),
            "last_name": (None, "Nguyen"),
            "nick_names": (None, ["dee"], ["Bee", "dee"]),
            "gender": (None, "male", "female", "undefined"),
            "birth_date": (None, None, date(1988, 6, 15), date(1990, 1, 2)),
            "birth_year": (None, 1988, 1991),
            "marital_status": (None, "Single", "Married"),
            "language": (None, "Vietnamese", "English"),
            "customer_group": (None, "VIP"),
            "store_id": (None, "S1", "S2"),
            "source_channel": (None, "Online"),
            "source_name": (None, "Walk-in", "Ads"),
            "referral_source_name": (None, "Walk-in"),
            "phone_e164": (None, "+84912345678", "+84987654321"),
            "email_normalized": (None, "dee@mail.vn", "dee@work.vn"),
            "city": (None, "Hue", "Vinh"),
            "address": (None, "1 Le Loi"),
        }
        has = columns_of(entity)
        row = {name: dice.choice(values) for name, values in said.items() if name in has}
        company = dice.choice((None, "ORG1", "ORG2"))
        records.add(entity, f"P{dice.randrange(12)}", dice.randrange(1, 9), company_id=company, **row)


def columns_of(entity: Entity) -> set[str]:
    return {column.name for column in current_table(entity).columns}


def chosen_by(strategy: str) -> tuple[Attribute, ...]:
    return tuple(
        a if strategy not in a.allowed_strategies or strategy == a.strategy else replace(a, strategy=strategy)
        for a in ATTRIBUTES
    )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("strategy", ["declared", "most_recent", "most_frequent", "most_complete", "oldest"])
def test_the_winners_are_the_columns_of_the_profile_wherever_records_differ(records, strategy: str, seed: int):
    people(records, seed)
    attributes = chosen_by(strategy)
    values = built(records, attributes).collect()
    golden = {row["person_id"]: row for row in profiles(records, attributes).to_dicts()}
    for attribute in (*attributes, *CHILD_ATTRIBUTES):
        of = values.filter(attribute=attribute.name)
        won = set(of.filter("is_winner").select("person_id", "value").iter_rows())
        differing = {person for person, said in stated(records, attribute).items() if len(said) > 1}
        assert won == {(person, v) for person in differing for v in shown(golden[person], attribute)}, attribute.name
        assert set(of["person_id"]) == differing, f"the random people differ in no {attribute.name}"


def stated(records, attribute: Attribute) -> dict[str, set[str]]:
    """What the records of each person say of an attribute, the slow way."""
    evidence = find_evidence(records.current, records.record_persons).collect()
    tables = {"primary_phone": records.contacts, "primary_email": records.contacts}
    if attribute.name in tables:
        contacts = records.contacts.filter(kind=attribute.name.removeprefix("primary_")).collect()
        evidence = contacts.rename({"value": attribute.name})
    elif attribute.name == "address":
        evidence = build_profile_addresses(records.current, records.record_persons, TODAY).collect()
    said: dict[str, set[str]] = {}
    for row in evidence.to_dicts():
        said.setdefault(row["person_id"], set()).update(value for value in shown(row, attribute) if value is not None)
    return said


def shown(row: dict[str, Any], attribute: Attribute) -> list[str | None]:
    """What profile_values calls the profile's value, or values."""
    found = {name: row[name] for name in attribute.column_names if row[name] is not None}
    if attribute.is_list:
        return found.get(attribute.name, [])
    if len(attribute.columns) == 1:
        return [str(value) for value in found.values()]
    return [json.dumps(found, default=str, ensure_ascii=False, separators=(",", ":")) if found else None]


def test_the_order_of_rows_decides_nothing(records):
    people(records, 1)
    forward, backward = (built(r).sort(PROFILE_VALUES.key).collect() for r in (records, records.reversed()))
    assert_frame_equal(forward, backward)
