"""The promise of the truth table: who is one person can be found out, and who is not cannot be mistaken for one.

A plain reference, written from the rules the generator is given and not from the identity room: latest row by business
time, equal phone or e-mail with names that do not contradict, identity numbers, customer ids.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import pytest

from cdp_pipeline.generator import people
from cdp_pipeline.generator.customers import MISSPELT_EVERY
from cdp_pipeline.generator.sheet import Sheet
from cdp_pipeline.generator.words import PHONE_PREFIXES, WORDS
from cdp_pipeline.values.key_text import without_marks

IDS = {
    "customer-identity": "customerId",
    "lead-information": "leadId",
    "moego-lead": "id",
    "customer-membership": "membershipId",
    "customer-product-activity": "actionId",
    "customer-product-comment": "commentId",
    "customer-product-review": "reviewId",
    "customer-product-subscriber": "subscribeId",
}
TIMES = ("updatedAt", "createdAt", "membershipUpdatedAt", "membershipIssuedAt", "subscribeAt", "actionAt")
TEN_DIGIT_PREFIXES = {old: new for new, old in PHONE_PREFIXES.items() if old}
NOBODYS = {*WORDS["placeholder_phones"], WORDS["call_centre_phone"]}


class Known(NamedTuple):
    """A record's latest state, and whom it is about."""

    person: tuple[str, int]
    phone: str | None
    email: str | None
    strong: frozenset[str]
    names: frozenset[str]
    birth: str | None


def significant_digits(text: str | None) -> str | None:
    digits = re.sub(r"\D", "", text or "").removeprefix("84").lstrip("0")
    if text in NOBODYS or not digits:
        return None
    return (
        TEN_DIGIT_PREFIXES[digits[:3]] + digits[3:]
        if len(digits) == 10 and digits[:3] in TEN_DIGIT_PREFIXES
        else digits
    )


def states(sheet: Sheet) -> Iterator[Known]:
    persons = {tuple(key): person for *key, _, person, _, _ in sheet.truth}
    for object_type, id_field in IDS.items():
        merged: dict[tuple[str, ...], dict[str, Any]] = defaultdict(dict)
        arrived = [row for rows in sheet.rows[object_type] for row in rows]
        for row in sorted(arrived, key=lambda row: next((row[t] for t in TIMES if t in row), 0)):
            company, system = row.get("internalCompanyId") or row["companyId"], row.get("systemName", "MoeGo")
            merged[object_type, company, system, row[id_field]] |= row
        for key, row in merged.items():
            yield known(key, row, persons[key])


def known(key: tuple[str, ...], row: dict[str, Any], person: int) -> Known:
    company = key[1]
    customer_id = row.get("customerId") and f"{company}|{row['customerId']}"
    numbers = [row.get(name) for name in ("identityNo", "passportNo") if "x" not in row.get(name, "")]
    parts = (row.get(n) for n in ("fullName", "customerName", "firstName", "middleName", "lastName"))
    words = re.findall(r"\w+", without_marks(" ".join(filter(None, parts))).lower())
    email = (row.get("email") or row.get("customerEmail") or "").strip().lower()
    return Known(
        (company, person),
        significant_digits(row.get("phone") or row.get("customerPhone")),
        None if re.match(r"test|noemail|khongco|cskh|$", email) else email,
        frozenset(n for n in (customer_id, *numbers) if n),
        frozenset(words),
        row.get("dob2"),
    )


def agree(a: frozenset[str], b: frozenset[str]) -> bool:
    left, right = a - b, b - a
    left_rest = {w for w in left if not any(w == o[0] or o == w[0] for o in right)}
    right_rest = {w for w in right if not any(w == o[0] or o == w[0] for o in left)}
    return bool(a & b) and (not left_rest or not right_rest)


def pieces(records: list[Known]) -> int:
    """Into how many groups records fall when equal phones, e-mails and strong ids hold them together."""
    groups: list[set[str]] = []
    for record in records:
        values = {*record.strong, record.phone or "", record.email or ""} - {""}
        joined = [group for group in groups if group & values]
        groups = [group for group in groups if not group & values] + [values.union(*joined)]
    return len(groups)


@pytest.fixture(scope="module")
def by_person(sheet: Sheet) -> dict[tuple[str, int], list[Known]]:
    found = defaultdict(list)
    for record in states(sheet):
        found[record.person].append(record)
    return found


def test_at_most_one_person_in_a_hundred_has_records_that_nothing_links(by_person: dict[Any, list[Known]]) -> None:
    apart = sum(pieces(records) > 1 for records in by_person.values())
    assert 0 < apart / len(by_person) < 0.01


def test_spellings_of_one_persons_name_contradict_each_other_where_somebody_slipped_only(
    by_person: dict[Any, list[Known]],
) -> None:
    contradicting = sum(
        not all(agree(a, b) for a, b in combinations({r.names for r in records}, 2)) for records in by_person.values()
    )
    assert 0 < contradicting <= len(by_person) / MISSPELT_EVERY


@pytest.mark.parametrize("kind", ["phone", "email"])
def test_two_people_with_one_contact_have_contradicting_names_or_births(sheet: Sheet, kind: str) -> None:
    by_contact: dict[tuple[str, str], set[Known]] = defaultdict(set)
    for record in states(sheet):
        if value := getattr(record, kind):
            by_contact[record.person[0], value].add(record)
    shared = Counter[bool]()
    for records in by_contact.values():
        for a, b in combinations(records, 2):
            if a.person != b.person:
                mistaken = agree(a.names, b.names) and (a.birth is None or b.birth is None or a.birth == b.birth)
                shared[mistaken] += 1
    assert shared[False] > 20
    assert shared[True] == 0


def test_no_two_people_have_the_same_document_number_or_customer_id(by_person: dict[Any, list[Known]]) -> None:
    owners = defaultdict(set)
    for person, records in by_person.items():
        for record in records:
            for value in record.strong:
                owners[value].add(person[1])
    assert all(len(people) == 1 for people in owners.values())


def test_a_father_and_son_of_one_name_are_told_apart_by_their_births(
    monkeypatch: pytest.MonkeyPatch, households: Callable[[int, int], Sheet]
) -> None:
    monkeypatch.setattr(people, "NAMESAKE_SHARE", 1.0)
    written = households(400, 4)
    by_contact: dict[Any, set[Known]] = defaultdict(set)
    for record in states(written):
        if record.phone:
            by_contact[record.person[0], record.phone].add(record)
    pairs = [p for records in by_contact.values() for p in combinations(records, 2) if p[0].names == p[1].names]
    fathers_and_sons = [(a, b) for a, b in pairs if a.person != b.person]
    assert fathers_and_sons
    assert all(a.birth and b.birth and a.birth != b.birth for a, b in fathers_and_sons)
