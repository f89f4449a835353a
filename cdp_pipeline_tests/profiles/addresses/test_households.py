"""Households of a few people by hand, and of random people against a search that visits them one by one."""

import random
from collections import Counter, defaultdict
from datetime import date

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.profiles.addresses.addresses import build_profile_addresses
from cdp_pipeline.profiles.addresses.households import (
    HOUSEHOLD_EVIDENCE,
    HOUSEHOLD_MEMBERS,
    HOUSEHOLDS,
    MOST_MEMBERS,
    HouseholdInputs,
    build_household_evidence,
    build_household_members,
    build_households,
    summarize_households,
)
from cdp_pipeline.profiles.records.records import build_profile_records

TODAY = date(2026, 3, 1)
LANDLINE, MOBILE = "+842838221234", "+84912345678"


def things_of(records) -> HouseholdInputs:
    given = (records.current, records.record_persons)
    return HouseholdInputs(
        contacts=records.contacts,
        addresses=build_profile_addresses(*given, TODAY),
        records=build_profile_records(*given),
        skipped_identifiers=records.shared_identifiers,
    )


def evidence_of(records) -> pl.LazyFrame:
    return build_household_evidence(things_of(records))


def households_of(records) -> set[frozenset[str]]:
    """Who lives with whom, after checking that nobody is in two households."""
    members = build_household_members(evidence_of(records)).collect()
    assert members["person_id"].is_unique().all()
    return {frozenset(people) for people in members.group_by("household_id").agg("person_id")["person_id"].to_list()}


def lives(records, person: str, house: int, **columns) -> None:
    """An address record of the person at a house of one street."""
    records.add(
        CUSTOMER_IDENTITY_ADDRESS, person, **{"address": f"{house} Lê Lợi", "district": "1", "city": "Huế", **columns}
    )


def family(records):
    """P1 and P2 share a home, P2 and P3 a landline; P4 is a stranger."""
    lives(records, "P1", 12, day=1, building="A", apartment_code="3")
    lives(records, "P2", 12, day=2, building="a", apartment_code="3", address="12 Le Loi")
    records.add(CUSTOMER_IDENTITY, "P2", day=2, phone_e164=LANDLINE)
    records.add(CUSTOMER_IDENTITY, "P3", day=3, phone_e164=LANDLINE)
    records.add(CUSTOMER_IDENTITY, "P4", phone_e164=MOBILE)
    return records


def test_there_is_one_row_per_person_who_shares_a_home_or_a_phone_with_what_they_share(records, rows_of):
    members = rows_of(build_household_members(evidence_of(family(records))), HOUSEHOLD_MEMBERS)
    assert [(row["person_id"], row["evidence"]) for row in members] == [
        ("P1", ["shared_address"]),
        ("P2", ["shared_address", "shared_phone"]),
        ("P3", ["shared_phone"]),
    ]
    assert len({row["household_id"] for row in members}) == 1


def test_there_is_one_row_of_evidence_per_shared_home_and_phone(records, rows_of):
    evidence = evidence_of(family(records))
    columns = ("kind", "value", "member_count", "person_ids")
    assert sorted(tuple(row.values()) for row in rows_of(evidence, HOUSEHOLD_EVIDENCE, *columns)) == [
        ("shared_address", "3, a, 12 Le Loi, 1, Huế", 2, ["P1", "P2"]),
        ("shared_phone", LANDLINE, 2, ["P2", "P3"]),
    ]


def test_there_is_one_row_per_household_with_its_address_as_last_spelled(records, rows_of):
    built = build_households(evidence_of(family(records)))
    columns = ("internal_company_id", "member_count", "has_shared_address", "has_shared_phone", "address")
    assert [tuple(row.values()) for row in rows_of(built, HOUSEHOLDS, *columns)] == [
        ("ORG1", 3, True, True, "3, a, 12 Le Loi, 1, Huế")
    ]


def test_a_profile_says_its_household_and_how_many_people_are_in_it(records):
    members = build_household_members(evidence_of(family(records)))
    sizes = summarize_households(members).sort("person_id").select("person_id", "household_size").collect()
    assert sizes.rows() == [("P1", 3), ("P2", 3), ("P3", 3)]


def test_a_household_keeps_its_id_when_another_member_comes_and_loses_it_with_the_first_one(records):
    def named(given) -> set[str]:
        return set(build_household_members(evidence_of(given)).collect()["household_id"])

    before = named(family(records))
    lives(records, "P5", 12, building="A", apartment_code="3")
    assert named(records) == before
    lives(records, "P0", 12, building="A", apartment_code="3")
    assert named(records) != before


def test_people_of_two_companies_share_no_household(records):
    lives(records, "P1", 12)
    lives(records, "P2", 12, company_id="ORG2")
    lives(records, "P3", 12, company_id=None)
    lives(records, "P4", 12, company_id=None)
    assert households_of(records) == {frozenset({"P3", "P4"})}


@pytest.mark.parametrize("usual", ["ORG1", "ORG2", None])
def test_who_has_records_of_several_companies_is_of_the_smallest_whichever_is_the_usual_one(records, usual):
    for person in ("P7", "P8", "P9") if usual else ():
        records.add(CUSTOMER_IDENTITY, person, company_id=usual)
    lives(records, "P1", 12, company_id="ORG1")
    lives(records, "P2", 12, company_id="ORG2")
    records.add(CUSTOMER_IDENTITY, "P2", company_id="ORG1")
    lives(records, "P3", 12, company_id="ORG2")
    lives(records, "P4", 12, company_id=None)
    records.add(CUSTOMER_IDENTITY, "P4", company_id="ORG2")
    lives(records, "P5", 12, company_id=None)
    assert households_of(records) == {frozenset({"P1", "P2"}), frozenset({"P3", "P4"})}


def test_a_skipped_phone_makes_no_household_in_its_company_and_in_all_where_it_says_so(records):
    for number, company in enumerate(("ORG1", "ORG1", "ORG2", "ORG2")):
        records.add(CUSTOMER_IDENTITY, f"P{number}", phone_e164=LANDLINE, company_id=company)
    records.share("phone", LANDLINE, scope="ORG1")
    assert households_of(records) == {frozenset({"P2", "P3"})}
    records.share("phone", LANDLINE, scope="*")
    assert households_of(records) == set()


@pytest.mark.parametrize(("people", "households"), [(MOST_MEMBERS, 1), (MOST_MEMBERS + 1, 0)])
def test_a_home_or_a_phone_of_too_many_people_makes_no_household(records, people, households):
    for number in range(people):
        lives(records, f"P{number}", 12)
        records.add(CUSTOMER_IDENTITY, f"P{number}", phone_e164=LANDLINE)
    assert len(households_of(records)) == households


def test_homes_that_phones_join_to_too_many_people_stay_households_of_their_own(records):
    for number in range(MOST_MEMBERS + 1):
        lives(records, f"P{number}", 12 if number < 5 else 14)
    records.add(CUSTOMER_IDENTITY, "P0", phone_e164=LANDLINE)
    records.add(CUSTOMER_IDENTITY, "P8", phone_e164=LANDLINE)
    assert sorted(map(len, households_of(records))) == [4, 5]


def test_homes_that_join_too_many_people_by_themselves_are_no_household(records):
    for number in range(MOST_MEMBERS + 1):
        lives(records, f"P{number}", 12 if number < 5 else 14)
    lives(records, "P0", 14)
    assert households_of(records) == set()


def test_an_email_or_a_workplace_that_two_people_share_makes_no_household(records):
    for person in ("P1", "P2"):
        lives(records, person, 12, address_type="Work")
        records.add(CUSTOMER_IDENTITY, person, email_normalized="nha@mail.vn")
    assert households_of(records) == set()


def by_hand(homes: dict[str, set[int]], phones: dict[str, set[int]]) -> set[frozenset[str]]:
    """Households by visiting people one by one: who can be reached, without phones where that is too many."""

    def visit(person: str, shared: list[dict[str, set[int]]]) -> frozenset[str]:
        seen, waiting = {person}, [person]
        while waiting:
            one = waiting.pop()
            for things in shared:
                held = Counter(thing for has in things.values() for thing in has)
                for other in things.keys() - seen:
                    if any(held[thing] <= MOST_MEMBERS for thing in things.get(one, set()) & things[other]):
                        seen.add(other)
                        waiting.append(other)
        return frozenset(seen)

    found = set()
    for person in homes.keys() | phones.keys():
        household = visit(person, [homes, phones])
        if len(household) > MOST_MEMBERS:
            household = visit(person, [homes])
        if 2 <= len(household) <= MOST_MEMBERS:
            found.add(household)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_random_people_live_together_as_a_search_one_by_one_finds(records, seed):
    dice = random.Random(seed)
    homes, phones = defaultdict(set), defaultdict(set)
    for _ in range(dice.randint(20, 90)):
        person = f"P{dice.randrange(60):02}"
        if dice.random() < 0.5:
            # Some houses and phones are those of many.
            homes[person].add(house := dice.choice((1, *range(2, 30))))
            lives(records, person, house)
        else:
            phones[person].add(phone := dice.choice((1, 1, 1, *range(2, 30))))
            records.add(CUSTOMER_IDENTITY, person, phone_e164=f"+849000000{phone:02}")
    assert households_of(records) == by_hand(homes, phones)
    assert households_of(records.reversed()) == households_of(records)


def test_evidence_is_what_two_members_share_even_a_phone_that_did_not_count(records):
    for number in range(MOST_MEMBERS + 1):
        lives(records, f"P{number}", 12 if number < 5 else 14)
    for person in ("P0", "P1", "P8"):
        records.add(CUSTOMER_IDENTITY, person, phone_e164=LANDLINE)
    phones = evidence_of(records).filter(pl.col("kind") == "shared_phone").select("value", "member_count").collect()
    assert phones.rows() == [(LANDLINE, 2)]
