from datetime import date

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.identity.matching.model import packaged_model

BORN = date(1985, 6, 15)


def add(world, name: str, **said) -> None:
    world.add(name, CUSTOMER_IDENTITY, customer_id=name, **{"system_name": f"S-{name}", **said})


def strangers(world, count: int = 60) -> None:
    """Other people, so that not every name is a frequent one."""
    words = ("Hải", "Lộc", "Sơn", "Tâm", "Yến", "Thúy", "Quý", "Bích", "Đào", "Giang", "Kiên", "Luân")
    for number in range(count):
        first, last = words[number % 12], words[number * 5 // 12 % 12]
        add(
            world, f"other{number}", full_name=f"Ngô {first} {last}", phone=f"09033{number * 137 % 100_000:05}",
            dob_2=date(1950 + number % 50, 1 + number % 12, 2 + number % 26),
        )  # fmt: skip


def are_one(world, *names: str) -> bool:
    return any(set(names) <= group for group in world.groups())


@pytest.mark.parametrize("slipped", ["Trần Thanh Phongg", "Trần Thanh Phnog", "Traanf Thanh Phong", "Phong Thanh Trần"])
def test_one_slip_in_a_name_keeps_nobody_apart_who_shares_contacts_and_birth(world, slipped: str):
    strangers(world)
    add(world, "a", full_name="Trần Thanh Phong", dob_2=BORN, phone="0987654321", email="phong85@x.vn")
    add(world, "b", full_name=slipped, dob_2=BORN, phone="0987654321", email="phong85@x.vn")
    assert are_one(world, "a", "b")


@pytest.mark.parametrize("other", ["Trần Thanh Phương", "Trần Thanh Hoan", "Trần Thanh Hoàng"])
def test_two_names_one_letter_apart_are_two_people_at_one_phone(world, other: str):
    strangers(world)
    add(world, "a", full_name="Trần Thanh Phong", phone="0987654321")
    add(world, "b", full_name=other, phone="0987654321")
    assert not are_one(world, "a", "b")


def test_people_who_share_no_contact_are_one_by_name_birth_and_address(world):
    strangers(world)
    home = {"address": "12 Lê Lợi", "ward": "Bến Nghé", "district": "Quận 1", "city": "Hồ Chí Minh"}
    add(world, "a", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321", **home)
    add(world, "b", full_name="Trịnh Công Vũ", dob_2=BORN, email="vu@x.vn", **home)
    assert are_one(world, "a", "b")


def test_one_digit_of_a_birth_date_is_a_slip_where_the_rest_agrees(world):
    strangers(world)
    home = {"address": "12 Lê Lợi", "ward": "Bến Nghé", "district": "Quận 1", "city": "Hồ Chí Minh"}
    add(world, "a", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321", **home)
    add(world, "b", full_name="Trịnh Công Vũ", dob_2=date(1985, 6, 16), email="vu@x.vn", **home)
    assert are_one(world, "a", "b")


def test_namesakes_of_one_birth_date_with_other_contacts_stay_two_people(world):
    strangers(world)
    add(world, "a", full_name="Nguyễn Thị Hương", dob_2=BORN, phone="0987654321", email="huong@x.vn")
    add(world, "b", full_name="Nguyễn Thị Hương", dob_2=BORN, phone="0912000111", email="nth@y.vn")
    assert not are_one(world, "a", "b")


def test_a_rare_name_alone_joins_nobody(world):
    strangers(world)
    add(world, "a", full_name="Wolfgang Amadeus Hohenzollern", email="wolf@x.vn")
    add(world, "b", full_name="Wolfgang Amadeus Hohenzollern", phone="0912000111")
    assert not are_one(world, "a", "b")


def test_twins_at_home_stay_two_people(world):
    strangers(world)
    home = {"address": "12 Lê Lợi", "ward": "Bến Nghé", "district": "Quận 1", "city": "Hồ Chí Minh"}
    for name in ("Trần Gia Hưng", "Trần Gia Khánh"):
        add(world, name, full_name=name, dob_2=BORN, phone="0987654321", **home)
    assert len([group for group in world.groups() if "Trần Gia Hưng" in group or "Trần Gia Khánh" in group]) == 2


def test_a_father_and_his_namesake_son_at_one_address_stay_two_people(world):
    strangers(world)
    home = {"address": "12 Lê Lợi", "ward": "Bến Nghé", "district": "Quận 1", "city": "Hồ Chí Minh"}
    add(world, "father", full_name="Trịnh Công Vũ", dob_2=date(1958, 3, 1), phone="0987654321", **home)
    add(world, "son", full_name="Trịnh Công Vũ", dob_2=date(1990, 7, 12), phone="0987654321", **home)
    assert not are_one(world, "father", "son")


def test_a_father_and_his_namesake_son_of_a_rare_name_stay_two_people(world):
    strangers(world, 300)
    home = {"address": "12 Lê Lợi", "city": "Huế", "phone": "0987654321"}
    add(world, "father", full_name="John Smith", dob_2=date(1950, 3, 4), **home)
    add(world, "son", full_name="John Smith", dob_2=date(1980, 6, 4), **home)
    assert not are_one(world, "father", "son")


def test_two_names_of_two_genders_at_home_are_twins(world):
    home = {"address": "12 Lê Lợi", "city": "Hồ Chí Minh", "phone": "0987654321", "dob_2": BORN}
    add(world, "Mario", full_name="Mario Schmidt", gender="male", **home)
    add(world, "Maria", full_name="Maria Schmidt", gender="female", **home)
    assert not are_one(world, "Mario", "Maria")


def test_marks_that_are_typed_by_telex_are_no_slips(world):
    add(world, "a", full_name="Nguyễn Thị Phương", dob_2=BORN, phone="0987654321")
    add(world, "b", full_name="Nguyeexn Thij Phuwowng", dob_2=BORN, phone="0987654321")
    assert are_one(world, "a", "b")


@pytest.mark.parametrize("phones", [True, False], ids=["a phone per family", "no phones"])
def test_families_of_one_street_are_not_learned_as_people_of_several_names(world, phones: bool):
    """Without whole births nothing but the names tells them apart, and all live in the same street."""
    given = ("An", "Bình", "Cường", "Dũng", "Giang", "Hà", "Hải", "Hiếu", "Linh", "Mai", "Nga", "Oanh", "Quang", "Sơn")
    for number in range(200):
        family, member = divmod(number, 4)
        names = ("Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Bùi")[family % 6], given[(family * 3 + member * 5) % 14]
        add(
            world, str(number), system_name="POS", full_name=f"{names[0]} {('Văn', 'Thị')[number % 2]} {names[1]}",
            address=f"{family * 7} Lê Lợi", city="Huế", phone=f"09{family * 1_234_577:08}" if phones else None,
            dob_2=None if phones else date(1960 + number * 7 % 40, 1, 1),
        )  # fmt: skip
    assert max(len(group) for group in world.groups()) <= 2
    assert len(world.groups()) > 190


@pytest.mark.parametrize("count", [2, 3, 11, 30])
def test_a_few_customers_of_one_common_name_with_numbers_in_a_row_stay_as_many_people(world, count: int):
    for number in range(count):
        add(world, str(number), system_name="POS", full_name="Nguyễn Văn An", phone=f"09123456{number:02}")
    assert len(world.groups()) == count


@pytest.mark.parametrize("count", [2, 3, 10, 22, 40])
def test_a_few_namesakes_of_one_birth_date_and_city_with_other_phones_stay_as_many_people(world, count: int):
    for number in range(count):
        add(
            world, str(number), system_name="POS", full_name="Nguyễn Văn An", dob_2=date(1990, 1, 1), city="Huế",
            phone=f"09{12_345_678 + number * 7_919_317 % 80_000_000:08}",
        )  # fmt: skip
    assert len(world.groups()) == count


def test_strangers_whose_numbers_come_in_series_teach_nothing(world):
    for number in range(300):
        add(
            world, str(number), full_name=f"{('Trần', 'Lê')[number % 2]} Văn {('Hải', 'Lộc', 'Sơn')[number % 3]}",
            phone=f"0912345{number:03}", dob_2=date(1950 + number % 50, 1 + number % 12, 1 + number % 28),
        )  # fmt: skip
    assert len(world.groups()) == 300


def test_a_link_tells_its_score_and_what_it_is_made_of(world):
    strangers(world)
    add(world, "a", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    add(world, "b", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    world.groups()
    link = world.resolution.links.filter(identifier_kind="alike").row(0, named=True)
    assert link["rule"] == "alike_in_name_birth_contact"
    assert link["score"] > 10
    assert [part.rsplit(" ", 1)[0] for part in link["evidence"].split("; ")] == [
        "same name", "same birth date", "same phone or e-mail",
    ]  # fmt: skip


def test_a_pair_between_the_two_probabilities_is_suggested_and_never_again_once_a_person_decided(world):
    strangers(world)
    add(world, "a", full_name="Trịnh Công Vũ", dob_2=BORN, email="vu85@x.vn")
    add(world, "b", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    assert not are_one(world, "a", "b")
    pair = {world.keys["a"], world.keys["b"]}
    suggested = world.resolution.suggested_links
    assert [{row["record_key_a"], row["record_key_b"]} for row in suggested.iter_rows(named=True)] == [pair]
    world.say("different", "a", "b")
    world.groups()
    assert world.resolution.suggested_links.is_empty()


def test_nobody_is_compared_where_nothing_is_shared(world):
    add(world, "a", full_name="Trịnh Công Vũ", phone="0987654321")
    add(world, "b", full_name="Lê Hoa", phone="0912000111")
    assert len(world.groups()) == 2
    assert world.resolution.links.is_empty()


def test_a_kept_model_is_used_as_it_is_until_records_have_outgrown_it(world):
    strangers(world)
    add(world, "a", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    add(world, "b", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    world.groups()
    trained, link = world.resolution.matching.model, world.resolution.links.filter(identifier_kind="alike")
    assert trained.records == 62
    world.model = trained
    world.groups()
    assert world.resolution.matching.model is trained
    assert world.resolution.links.filter(identifier_kind="alike").equals(link)
    world.model = packaged_model(pl.Series([31]))
    world.groups()
    assert world.resolution.matching.model == trained


def test_what_is_expected_of_thresholds_falls_in_recall_and_rises_in_precision(world):
    strangers(world)
    home = {"address": "12 Lê Lợi", "city": "Hồ Chí Minh"}
    add(world, "a", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321", **home)
    add(world, "b", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321", **home)
    add(world, "c", full_name="Trịnh Công Vũ", dob_2=BORN, email="vu@x.vn")
    add(world, "d", full_name="Trịnh Vũ", dob_2=BORN, email="vu@y.vn")
    world.groups()
    expected = world.resolution.matching.expected
    assert expected["threshold"].to_list() == [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
    assert expected["pairs"].is_sorted(descending=True)
    assert expected["recall"].is_sorted(descending=True)
    assert expected["recall"][0] == 1
    found = expected.filter(pl.col("pairs") > 0)
    assert found["precision"].is_sorted()
    assert (found["precision"] >= found["threshold"]).all()
