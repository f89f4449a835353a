"""Scenarios: a few records, and who they are."""

import random
from datetime import UTC, date, datetime

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION


def one(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_one_person_with_ids_in_three_systems_is_one_person(world):
    world.add("crm", CUSTOMER_IDENTITY, customer_id="C1", full_name="Nguyễn Văn An", phone="0912 345 678")
    world.add(
        "pos",
        CUSTOMER_IDENTITY,
        system_name="POS",
        customer_id="77",
        full_name="AN NGUYEN",
        phone="+84912345678",
        email="an@example.com",
    )
    world.add(
        "web",
        CUSTOMER_IDENTITY,
        system_name="Website",
        customer_id="u9",
        full_name="Nguyen V. An",
        email="An@Example.com",
    )
    assert world.groups() == {one("crm", "pos", "web")}


def test_a_family_at_one_phone_stays_a_family_of_people(world):
    for name, full_name in (("father", "Nguyễn Văn Hùng"), ("mother", "Trần Thị Lan"), ("son", "Nguyễn Văn Nam")):
        world.add(name, CUSTOMER_IDENTITY, customer_id=name, full_name=full_name, phone="0243 812 3456")
    assert world.groups() == {one("father"), one("mother"), one("son")}


def test_old_and_new_prefix_of_a_phone_are_one_number(world):
    world.add("old", CUSTOMER_IDENTITY, customer_id="1", full_name="Lê Thị Hoa", phone="01685 123 456")
    world.add("new", LEAD_INFORMATION, lead_id="L1", full_name="Hoa Le", phone="0385123456")
    assert world.groups() == {one("old", "new")}


def test_a_lead_that_names_its_customer_is_that_customer_whatever_the_name(world):
    world.add("customer", CUSTOMER_IDENTITY, customer_id="C1", full_name="Lê Thị Hoa", phone="0912345678")
    world.add("lead", LEAD_INFORMATION, lead_id="L1", customer_id="C1", full_name="Mrs H.", phone="0987654321")
    assert world.groups() == {one("customer", "lead")}


def test_a_customer_id_of_another_system_means_the_one_customer_who_has_it(world):
    world.add("customer", CUSTOMER_IDENTITY, customer_id="C1", full_name="Lê Thị Hoa", phone="0912345678")
    world.add("card", CUSTOMER_MEMBERSHIP, system_name="Loyalty", customer_id="C1", membership_id="M1")
    assert world.groups() == {one("customer", "card")}


def test_a_customer_id_that_two_systems_have_means_neither(world):
    world.add("crm", CUSTOMER_IDENTITY, customer_id="1", full_name="Lê Thị Hoa", phone="0912345678")
    world.add("pos", CUSTOMER_IDENTITY, system_name="POS", customer_id="1", full_name="Trần An", phone="0987654321")
    world.add("card", CUSTOMER_MEMBERSHIP, system_name="Loyalty", customer_id="1", membership_id="M1")
    assert world.groups() == {one("crm"), one("pos")}
    assert world.reasons() == {"card": "unknown"}
    assert world.resolution.unresolved_references.rows() == [("customer-membership", 1)]


def test_a_customer_id_of_another_system_means_nobody_whose_name_contradicts(world):
    world.add("customer", CUSTOMER_IDENTITY, customer_id="1", full_name="Lê Thị Hoa", phone="0912345678")
    world.add(
        "action",
        CUSTOMER_PRODUCT_ACTIVITY,
        system_name="Website",
        customer_id="1",
        action_id="A1",
        customer_name="Trần An",
        customer_phone="0987654321",
    )
    assert world.groups() == {one("customer"), one("action")}


def test_an_order_in_another_name_belongs_to_its_customer_and_joins_nobody(world):
    world.add("husband", CUSTOMER_IDENTITY, customer_id="H", full_name="Nguyễn Văn An", phone="0903121001")
    world.add("wife", CUSTOMER_IDENTITY, customer_id="W", full_name="Trần Thị Bích", phone="0903121002")
    world.add(
        "order",
        CUSTOMER_PRODUCT_ACTIVITY,
        action_id="A1",
        customer_id="H",
        customer_name="Trần Thị Bích",
        customer_phone="0903121002",
    )
    assert world.groups() == {one("husband", "order"), one("wife")}


def test_people_of_two_companies_are_merged_only_in_the_scope_of_the_organisation(world):
    for company in ("ORG1", "ORG2"):
        world.add(
            company,
            CUSTOMER_IDENTITY,
            internal_company_id=company,
            customer_id="1",
            full_name="Lê Hoa",
            phone="0912345678",
        )
    assert world.groups() == {one("ORG1"), one("ORG2")}
    assert world.groups(scope="organisation") == {one("ORG1", "ORG2")}


def test_placeholder_values_link_nobody(world):
    world.add("a", CUSTOMER_IDENTITY, customer_id="1", full_name="Lê Hoa", email="noemail@example.com")
    world.add("b", CUSTOMER_IDENTITY, customer_id="2", full_name="Lê Hoa", email="noemail@example.com")
    assert world.groups() == {one("a"), one("b")}


def test_an_address_of_the_email_entity_finds_the_customer_in_another_system(world):
    world.add("crm", CUSTOMER_IDENTITY, customer_id="C1", full_name="Lê Thị Hoa", phone="0912345678")
    world.add("mail", CUSTOMER_IDENTITY_EMAIL, customer_id="C1", email="hoa.le@example.com", email_type="Personal")
    world.add(
        "moego", MOEGO_LEAD, system_name=None, id="ldg1", first_name="Hoa", last_name="Le", email="hoa.le@example.com"
    )
    assert world.groups() == {one("crm", "mail", "moego")}


def test_interactions_find_a_person_by_address_and_never_make_one(world):
    world.add(
        "crm", CUSTOMER_IDENTITY, customer_id="C1", full_name="Lê Thị Hoa", phone="0912345678", email="hoa@example.com"
    )
    world.add("husband", CUSTOMER_IDENTITY, customer_id="C2", full_name="Trần Văn Minh", phone="0912345678")
    world.add("opened", EMAIL_INTERACTION, system_name="EDM", id="1", email="HOA@example.com", event="opened")
    world.add("stranger", EMAIL_INTERACTION, system_name="EDM", id="2", email="who@example.com", event="opened")
    world.add("text", SMS_INTERACTION, system_name="SMS", id="3", phone_number="0912345678", event="sent")
    assert world.groups() == {one("crm", "opened"), one("husband")}
    assert world.reasons() == {"stranger": "unknown", "text": "ambiguous"}


def test_a_contact_named_in_an_activity_becomes_a_person_when_nobody_else_is_found(world):
    for action in ("A1", "A2"):
        world.add(
            action,
            CUSTOMER_PRODUCT_ACTIVITY,
            system_name="Website",
            action_id=action,
            customer_id="user1",
            customer_name="Trần An",
            customer_email="an@example.com",
        )
    assert world.groups() == {one("A1", "A2")}


def test_a_card_whose_customer_does_not_exist_is_the_card_of_a_contact(world):
    card = {"customer_id": "C9", "customer_name": "Trần An", "customer_phone": "0987654321"}
    world.add("card", CUSTOMER_MEMBERSHIP, membership_id="M1", **card)
    world.add("other", CUSTOMER_IDENTITY, customer_id="C1", full_name="Lê Thị Hoa", phone="0912345678")
    assert world.groups() == {one("card"), one("other")}
    assert world.reasons() == {}


def test_children_follow_the_customer_or_lead_they_name_and_orphans_say_so(world):
    world.add("crm", CUSTOMER_IDENTITY, customer_id="C1", full_name="Lê Thị Hoa", phone="0912345678")
    world.add("home", CUSTOMER_IDENTITY_ADDRESS, customer_id="C1", address_type="Live")
    world.add("orphan", CUSTOMER_IDENTITY_ADDRESS, customer_id="C9", address_type="Live")
    world.add("lead", LEAD_INFORMATION, lead_id="L1", full_name="Trần An", phone="0987654321")
    world.add("step", LEAD_STATUS_HISTORY, lead_id="L1", old_status="New", new_status="Hot")
    assert world.groups() == {one("crm", "home"), one("lead", "step")}
    assert world.reasons() == {"orphan": "unknown"}


def test_a_deleted_customer_has_no_person_and_neither_have_their_records_until_revival(world):
    world.add("crm", CUSTOMER_IDENTITY, customer_id="C1", full_name="Lê Thị Hoa", phone="0912345678")
    world.add("card", CUSTOMER_MEMBERSHIP, customer_id="C1", membership_id="M1", customer_name="Lê Thị Hoa")
    before = world.resolve()
    world.change("crm", is_deleted=True)
    assert world.resolve(at=datetime(2026, 11, 17, tzinfo=UTC)) == {}
    assert world.reasons() == {"crm": "deleted", "card": "person deleted"}
    assert world.resolution.person_id_history["change"].to_list() == ["retired"]
    world.change("crm", is_deleted=False)
    assert world.resolve(at=datetime(2026, 11, 18, tzinfo=UTC)) == before


def test_a_relationship_found_by_the_phone_of_a_deleted_customer_has_no_person(world):
    world.add("an", CUSTOMER_IDENTITY, customer_id="C1", full_name="Nguyễn Văn An", phone="0912345001", is_deleted=True)
    kin = {"customer_id": "X", "relationship_id": "R1", "customer_phone": "0912345001"}
    world.add("kin", CUSTOMER_RELATIONSHIP, **kin)
    world.resolve()
    assert world.reasons() == {"an": "deleted", "kin": "person deleted"}
    world.change("an", is_deleted=False)
    assert world.groups() == {one("an", "kin")}


def test_every_record_stands_in_exactly_one_place(world):
    test_interactions_find_a_person_by_address_and_never_make_one(world)
    placed = pl.concat(
        [
            world.resolution.record_persons.select("record_key"),
            world.resolution.unlinked_records.select("record_key"),
        ]
    )
    assert sorted(placed["record_key"]) == sorted(world.keys.values())


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_records_does_not_matter(world, seed):
    dice = random.Random(seed)
    people = [("Nguyễn Văn An", date(1980, 1, 2)), ("Nguyễn An", None), ("Trần Lan", date(1990, 5, 6)), (None, None)]
    for number in range(30):
        name, born = dice.choice(people)
        world.add(
            f"r{number}", CUSTOMER_IDENTITY, customer_id=str(number), full_name=name, dob_2=born,
            phone=f"09123456{dice.randint(10, 14)}", email=dice.choice([None, f"p{dice.randint(1, 6)}@example.com"]),
        )  # fmt: skip
    before = world.groups()
    world.resolution = None
    shuffled = list(world.rows.items())
    dice.shuffle(shuffled)
    world.rows = dict(shuffled)
    assert world.groups() == before


def test_a_bar_in_the_name_of_a_company_gives_no_record_a_second_person(world):
    an = {"internal_company_id": "SPA|HCM", "system_name": "CRM"}
    lan = {"internal_company_id": "SPA", "system_name": "HCM|CRM"}
    world.add("an", CUSTOMER_IDENTITY, **an, customer_id="1", full_name="Nguyễn Văn An")
    world.add("lan", CUSTOMER_IDENTITY, **lan, customer_id="1", full_name="Trần Thị Lan")
    world.add("home of an", CUSTOMER_IDENTITY_ADDRESS, **an, customer_id="1", address_type="Live")
    assert world.groups() == {one("an", "home of an"), one("lan")}
    assert world.resolution.record_persons.height == 3
