"""Pairs that are alike and stayed two people, and why."""

from datetime import date

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY

BORN = date(1985, 6, 15)
HOME = {"address": "12 Lê Lợi", "ward": "Bến Nghé", "district": "Quận 1", "city": "Hồ Chí Minh"}


@pytest.fixture
def town(world):
    """Other people, so that not every name is a frequent one."""
    words = ("Hải", "Lộc", "Sơn", "Tâm", "Yến", "Thúy", "Quý", "Bích", "Đào", "Giang", "Kiên", "Luân")
    for number in range(60):
        add(
            world, f"other{number}", full_name=f"Ngô {words[number % 12]} {words[number * 5 // 12 % 12]}",
            dob_2=date(1950 + number % 50, 1 + number % 12, 2 + number % 26),
            phone=f"09033{number * 137 % 100_000:05}",
        )  # fmt: skip
    return world


def add(world, name: str, **said) -> None:
    world.add(name, CUSTOMER_IDENTITY, customer_id=name, system_name=f"S-{name}", **said)


def alike(world, *names: str) -> list[tuple[str, str | None]]:
    """What became of a pair that is alike, and why."""
    world.groups()
    keys = [world.keys[name] for name in names]
    links = world.resolution.links.filter(identifier_kind="alike")
    found = [row for row in links.iter_rows(named=True) if {row["record_key_a"], row["record_key_b"]} == set(keys)]
    assert all(0.5 <= row["probability"] <= 1 and row["score"] and row["evidence"] for row in found)
    return [(row["status"], row["reason"]) for row in found]


def test_a_pair_below_the_score_that_joins_is_suggested_and_never_again_once_a_person_decided(town):
    add(town, "a", full_name="Trịnh Công Vũ", dob_2=BORN, email="vu85@x.vn")
    add(town, "b", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    assert alike(town, "a", "b") == [("suggested", "like_namesakes_or_relatives")]
    town.say("different", "a", "b")
    assert alike(town, "a", "b") == []


def test_a_rare_name_that_joins_nobody_is_suggested_for_it(town):
    add(town, "a", full_name="Wolfgang Amadeus Hohenzollern", email="wolf@x.vn")
    add(town, "b", full_name="Wolfgang Amadeus Hohenzollern", phone="0912000111")
    assert alike(town, "a", "b") == [("suggested", "name_alone")]


def test_a_pair_whose_documents_differ_is_vetoed_and_not_suggested(town):
    same = {"full_name": "Trịnh Công Vũ", "dob_2": BORN, "phone": "0987654321", **HOME}
    add(town, "a", identity_no="001085004567", **same)
    add(town, "b", identity_no="079085012345", **same)
    assert alike(town, "a", "b") == [("vetoed", "identity_numbers_differ")]


def test_a_link_that_was_cut_is_suggested_with_the_reason(town):
    add(town, "father", full_name="Trịnh Công Vũ", dob_2=date(1950, 3, 1), email="vu@x.vn")
    add(town, "undated", full_name="Trịnh Công Vũ", email="vu@x.vn", **HOME)
    add(town, "son", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321", **HOME)
    assert alike(town, "undated", "son") == [("suggested", "generations_differ")]


def test_records_of_one_person_are_never_suggested(town):
    add(town, "a", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321", email="vu@x.vn")
    add(town, "b", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    add(town, "c", full_name="Trịnh Công Vũ", dob_2=BORN, email="vu@x.vn")
    assert {status for status, _ in alike(town, "b", "c")} <= {"used"}
    assert "suggested" not in town.resolution.links["status"]
