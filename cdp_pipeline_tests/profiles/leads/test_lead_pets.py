import json
from datetime import date
from typing import Any

import pytest

from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.leads.lead_pets import PROFILE_LEAD_PETS, build_profile_lead_pets


def as_sent(*pets: object) -> str:
    """The list as ingest keeps it."""
    return json.dumps(pets, ensure_ascii=False, separators=(",", ":"))


@pytest.fixture
def pets_of(records, rows_of):
    def build(*cells: str | None) -> list[dict[str, Any]]:
        for number, cell in enumerate(cells, start=1):
            records.add(MOEGO_LEAD, record_key=f"r{number}", id=f"ldg{number}", pets=cell)
        return rows_of(build_profile_lead_pets(records.current, records.record_persons), PROFILE_LEAD_PETS)

    return build


MUN = {
    "id": "pet1",
    "name": "Mực",
    "type": "DOG",
    "breed": "Poodle",
    "gender": "MALE",
    "status": "ALIVE",
    "birthday": {"year": 2021, "month": 3, "day": 9},
    "weight": {"value": 5, "unit": "KILOGRAM"},
    "fixed": "yes",
    "coat": "Short",
    "vet": {"name": "Dr. Lan", "phoneNumber": "0912345678"},
    "petCodes": [{"id": "1", "abbreviation": "A"}, {"id": "2"}],
    "deleted": False,
}


def test_there_is_one_row_per_pet_of_a_moego_lead(pets_of):
    rows = pets_of(as_sent(MUN, {"name": "Bông", "type": "CAT", "breed": "Mèo ta"}), as_sent(), None)
    assert [(row["record_key"], row["pet_number"], row["pet_name"], row["pet_type"]) for row in rows] == [
        ("r1", 1, "Mực", "DOG"),
        ("r1", 2, "Bông", "CAT"),
    ]
    mun = rows[0]
    assert (mun["pet_id"], mun["birthday"], mun["birth_year"]) == ("pet1", date(2021, 3, 9), 2021)
    assert (mun["weight_value"], mun["weight_unit"], mun["fixed"], mun["coat"]) == (5.0, "KILOGRAM", "yes", "Short")
    assert (mun["vet_name"], mun["vet_phone_number"], mun["vet_address"]) == ("Dr. Lan", "0912345678", None)
    assert json.loads(mun["pet_codes"]) == MUN["petCodes"]


@pytest.mark.parametrize(
    ("birthday", "date_of_birth", "year"),
    [
        ({"year": 2021, "month": 3, "day": 9}, date(2021, 3, 9), 2021),
        ({"year": 2021, "month": 3, "day": 0}, None, 2021),
        ({"year": 2021}, None, 2021),
        ({"year": 0, "month": 3, "day": 9}, None, None),
        ({"year": 2021, "month": 2, "day": 30}, None, 2021),
        ({"year": "2021", "month": "3", "day": "9"}, date(2021, 3, 9), 2021),
        ({"year": "last"}, None, None),
        ("2021-03-09", None, None),
        (None, None, None),
    ],
)
def test_a_birthday_is_a_date_when_all_its_parts_are_known(pets_of, birthday, date_of_birth, year):
    row = pets_of(as_sent({"name": "Mực", "birthday": birthday}))[0]
    assert (row["birthday"], row["birth_year"]) == (date_of_birth, year)


def test_a_deleted_pet_stays_and_is_flagged(pets_of):
    rows = pets_of(as_sent({"name": "Ki", "deleted": True}, {"name": "Mun"}))
    assert [(row["pet_name"], row["is_deleted"]) for row in rows] == [("Ki", True), ("Mun", False)]


def test_pets_of_odd_kinds_are_all_kept_with_what_can_be_read(pets_of):
    rows = pets_of(
        as_sent({"name": 7, "weight": "5 kg"}, {"name": {"vi": "Mun"}}, {}, {"weight": {"value": "4.5"}}),
        as_sent({"name": 'a "b", {c} [d]', "notes": [{"content": "x, y"}, [[1, 2], {"a": [{}]}]]}, {"name": "Ki"}),
    )
    assert [(row["record_key"], row["pet_number"], row["pet_name"], row["weight_value"]) for row in rows] == [
        ("r1", 1, "7", None),
        ("r1", 2, '{"vi":"Mun"}', None),
        ("r1", 3, None, None),
        ("r1", 4, None, 4.5),
        ("r2", 1, 'a "b", {c} [d]', None),
        ("r2", 2, "Ki", None),
    ]


def test_what_is_no_object_is_no_pet_but_keeps_its_place(pets_of):
    rows = pets_of(as_sent("Mực", None, 3, {"name": "Ki"}, [{"name": "Mun"}]))
    assert [(row["pet_number"], row["pet_name"]) for row in rows] == [(4, "Ki")]


def test_a_lone_pet_is_a_list_of_one(pets_of):
    assert [row["pet_name"] for row in pets_of('{"name":"Ki"}')] == ["Ki"]


def test_words_for_not_set_are_null(pets_of):
    row = pets_of(as_sent({"name": " ", "type": "TYPE_UNSPECIFIED", "gender": "UNKNOWN"}))[0]
    assert (row["pet_name"], row["pet_type"], row["gender"]) == (None, None, "UNKNOWN")


@pytest.mark.parametrize("notes", ["barks", "{barks", 7, None])
def test_notes_that_are_no_list_are_null(pets_of, notes):
    assert [row["notes"] for row in pets_of(as_sent({"notes": notes}, {"notes": []}))] == [None, "[]"]


def test_a_lead_without_a_person_has_no_pets_here(records, rows_of):
    records.add(MOEGO_LEAD, None, id="ldg1", pets=as_sent(MUN))
    assert rows_of(build_profile_lead_pets(records.current, records.record_persons), PROFILE_LEAD_PETS) == []


def test_the_order_of_rows_does_not_matter(records, rows_of):
    for number in range(3):
        records.add(MOEGO_LEAD, id=f"ldg{number}", pets=as_sent({"name": f"a{number}"}, {"name": "b"}))
    first, second = (
        build_profile_lead_pets(given.current, given.record_persons) for given in (records, records.reversed())
    )
    assert rows_of(first, PROFILE_LEAD_PETS) == rows_of(second, PROFILE_LEAD_PETS)
