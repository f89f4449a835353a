"""What senders really write, and who is who then: documents, births, names of two people, and deleted records."""

from datetime import UTC, date, datetime

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION

DAYS = [datetime(2026, 11, day, tzinfo=UTC) for day in range(16, 22)]
PHONE, MAIL = "0912345678", "lan@x.vn"
BORN = date(1990, 5, 1)


def one(*names: str) -> frozenset[str]:
    return frozenset(names)


def two_of(world, a, b, **both):
    """Two customers of two systems, A and B, with what they have in common."""
    world.add("A", CUSTOMER_IDENTITY, customer_id="A", **both, **a)
    world.add("B", CUSTOMER_IDENTITY, system_name="POS", customer_id="B", **both, **b)


LAN = {"full_name": "Nguyễn Thị Lan", "phone": PHONE, "email": MAIL, "dob_2": BORN}


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        pytest.param("identity_no", "013123456", "001190004567", id="CMND and CCCD"),
        pytest.param("identity_no", "013123456", "1190004567", id="a CCCD without its zeros"),
        pytest.param("identity_no", "13123456", "013123456", id="a CMND without its zero"),
        pytest.param("identity_no", "001190004567", "001190004568", id="one digit off"),
        pytest.param("identity_no", "001190004567", "001190005467", id="two digits swapped"),
        pytest.param("passport_no", "B1234568", "C7654320", id="a renewed passport"),
        pytest.param("passport_no", "C1234568", "P00123456", id="a passport of today's form"),
        pytest.param("identity_no", "Chưa có", "001190004567", id="no number yet"),
        pytest.param("identity_no", "000000000", "001190004567", id="a filler"),
    ],
)
@pytest.mark.parametrize("described", [LAN, {**LAN, "email": None}], ids=["phone and mail", "phone"])
def test_two_numbers_that_one_person_can_have_had_part_nobody(world, kind, first, second, described):
    two_of(world, {kind: first}, {kind: second}, **described)
    assert world.groups() == {one("A", "B")}


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        pytest.param("identity_no", "001190004567", "079190012345", id="CCCD"),
        pytest.param("identity_no", "013123456", "024681357", id="CMND"),
        pytest.param("passport_no", "C1234568", "C7654320", id="passports of one series"),
    ],
)
@pytest.mark.parametrize(
    "described", [LAN, {**LAN, "address": "12 Lê Lợi"}, {"full_name": "Nguyễn Lan", "phone": PHONE}],
    ids=["all alike", "and one address", "name and phone"],
)  # fmt: skip
def test_two_valid_numbers_of_one_kind_are_two_people(world, kind, first, second, described):
    two_of(world, {kind: first}, {kind: second}, **described)
    assert world.groups() == {one("A"), one("B")}


def test_twins_whose_numbers_differ_by_one_digit_are_two_people(world):
    two_of(
        world,
        {"full_name": "Trần Văn Hưng", "identity_no": "079090000001"},
        {"full_name": "Trần Văn Hoàng", "identity_no": "079090000002"},
        phone=PHONE, dob_2=BORN, address="12 Lê Lợi",
    )  # fmt: skip
    assert world.groups() == {one("A"), one("B")}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (date(1985, 6, 1), date(1985, 5, 31)),
        (date(1985, 1, 1), date(1984, 12, 31)),
        (date(1984, 3, 1), date(1984, 2, 29)),
        (date(1985, 6, 15), date(1985, 6, 14)),
    ],
)
def test_births_one_day_apart_are_one_persons(world, first, second):
    two_of(world, {"dob_2": first}, {"dob_2": second}, full_name="Nguyễn Thị Lan", phone=PHONE)
    assert world.groups() == {one("A", "B")}


def test_one_birth_in_two_time_zones_is_one_persons(world):
    midnight = int(datetime(1985, 5, 31, 17, tzinfo=UTC).timestamp() * 1000)
    two_of(world, {"timezone_gmt": 7}, {"timezone_gmt": 0}, dob=midnight, full_name="Nguyễn Thị Lan", phone=PHONE)
    assert world.groups() == {one("A", "B")}


HIM, HER = "Lê Văn Nam", "Phạm Thu Hà"


@pytest.mark.parametrize(
    "both",
    [
        f"{HIM} & {HER}", f"{HIM} &amp; {HER}", f"{HIM} và {HER}", f"{HIM} - {HER}", f"{HIM}/{HER}", f"{HIM}, {HER}",
        f"Mr {HIM}, Mrs {HER}", f"Ông {HIM} bà {HER}", "Nam & Hà", "Nam + Hà", "Le Van Nam va Pham Thu Ha",
        "LÊ VĂN NAM VÀ PHẠM THU HÀ", "Mr and Mrs Nam",
    ],
)  # fmt: skip
@pytest.mark.parametrize("own", [True, False], ids=["contacts of their own", "one contact each"])
def test_a_joint_record_joins_neither_of_the_two(world, both, own):
    his, hers = ({"email": "nam@x.vn"}, {"phone": "0988777666"}) if own else ({}, {})
    world.add("he", CUSTOMER_IDENTITY, customer_id="A", full_name=HIM, phone=PHONE, **his)
    world.add("she", CUSTOMER_IDENTITY, customer_id="B", full_name=HER, email="ha@x.vn", **hers)
    joint = {"full_name": both, "phone": PHONE, "email": "ha@x.vn"}
    world.add("both", CUSTOMER_IDENTITY, system_name="WEB", customer_id="C", **joint)
    assert world.groups() == {one("he"), one("she"), one("both")}


def test_a_joint_record_of_one_family_name_joins_neither(world):
    world.add("he", CUSTOMER_IDENTITY, customer_id="A", full_name="Nguyễn Văn An", phone=PHONE)
    world.add("she", CUSTOMER_IDENTITY, customer_id="B", full_name="Nguyễn Thị Bình", email=MAIL)
    name = "Nguyễn Văn An & Nguyễn Thị Bình"
    world.add("both", CUSTOMER_IDENTITY, system_name="WEB", customer_id="C", full_name=name, phone=PHONE, email=MAIL)
    assert world.groups() == {one("he"), one("she"), one("both")}


def test_a_joint_card_belongs_to_the_customer_it_names(world):
    world.add("he", CUSTOMER_IDENTITY, customer_id="A", full_name=HIM, phone=PHONE)
    world.add("she", CUSTOMER_IDENTITY, customer_id="B", full_name=HER, email="ha@x.vn")
    world.add(
        "card", CUSTOMER_MEMBERSHIP, customer_id="A", membership_id="M", customer_name=f"{HIM} & {HER}",
        customer_phone=PHONE, customer_email="ha@x.vn",
    )  # fmt: skip
    assert world.groups() == {one("he", "card"), one("she")}


def test_a_joint_record_stands_twice_and_is_one(world):
    for number, name in enumerate(("Nam & Hà", "Nam và Hà")):
        world.add(str(number), CUSTOMER_IDENTITY, customer_id=str(number), full_name=name, phone=PHONE)
    world.change("1", full_name="Nam & Hà")
    assert world.groups() == {one("0", "1")}


@pytest.mark.parametrize("born", [datetime(2020, 3, 18, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)])
@pytest.mark.parametrize("phone", [PHONE, "0987654321"])
def test_a_lead_is_not_cut_from_its_customer_by_the_moment_of_its_form(world, born, phone):
    world.add("customer", CUSTOMER_IDENTITY, customer_id="C1", full_name="Nguyễn Thị Lan", phone=PHONE, dob_2=BORN)
    world.add(
        "lead", LEAD_INFORMATION, lead_id="L1", customer_id="C1", full_name="Nguyễn Thị Lan", phone=phone,
        dob=int(born.timestamp() * 1000),
    )  # fmt: skip
    assert world.groups() == {one("customer", "lead")}


@pytest.mark.parametrize("phone", [PHONE, "0987654321"])
def test_a_lead_is_not_cut_from_its_customer_by_the_customers_wrong_birth(world, phone):
    wrong = date(2014, 3, 18)
    world.add("customer", CUSTOMER_IDENTITY, customer_id="C1", full_name="Nguyễn Thị Lan", phone=PHONE, dob_2=wrong)
    world.add(
        "lead", LEAD_INFORMATION, lead_id="L1", customer_id="C1", full_name="Nguyễn Thị Lan", phone=phone,
        dob=int(datetime(1990, 5, 1, tzinfo=UTC).timestamp() * 1000),
    )  # fmt: skip
    assert world.groups() == {one("customer", "lead")}


def test_a_lead_in_the_name_of_the_son_is_not_the_father_whose_customer_it_names(world):
    world.add("father", CUSTOMER_IDENTITY, customer_id="C1", full_name="Trần Hùng", phone=PHONE, dob_2=date(1960, 5, 1))
    world.add(
        "son", LEAD_INFORMATION, lead_id="L1", customer_id="C1", full_name="Trần Nam", phone=PHONE,
        dob=int(datetime(1988, 6, 15, tzinfo=UTC).timestamp() * 1000),
    )  # fmt: skip
    assert world.groups() == {one("father"), one("son")}


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("Søren Østergaard", "Soren Ostergaard"),
        ("Łukasz Wałęsa", "Lukasz Walesa"),
        ("Hans Weiß", "Hans WEISS"),
        ("Æsa Jónsdóttir", "Aesa Jonsdottir"),
        ("Ngu\u00adyễn Lan", "Nguyễn Lan"),
        ("Ngu\u200dyễn Lan", "Nguyễn Lan"),
        ("Ngu\ufeffyễn Lan", "Nguyễn Lan"),
    ],
)
def test_letters_that_are_typed_otherwise_and_signs_of_format_are_one_name(world, name, also):
    two_of(world, {"full_name": name}, {"full_name": also}, phone=PHONE)
    assert world.groups() == {one("A", "B")}


@pytest.mark.parametrize("typed", ["Nguyeexn Thij Hoaf", "Nguye6n Thi5 Hoa2", "Nguye64n Thi5 Hoa2", "Nguyen Thi Hoaf"])
def test_marks_typed_as_letters_or_digits_part_nobody_at_a_phone(world, typed):
    two_of(world, {"full_name": "Nguyễn Thị Hoà"}, {"full_name": typed}, phone=PHONE)
    assert world.groups() == {one("A", "B")}


@pytest.mark.parametrize(
    ("name", "other"),
    [("Trần Thị Hoan", "Trần Thị Hoa"), ("Nguyen Van Nam", "Nguyen Van Nam2"), ("Lê Thị Tú", "Lê Thị Tuz")],
)
def test_names_of_one_letters_difference_are_no_typed_marks(world, name, other):
    two_of(world, {"full_name": name}, {"full_name": other}, phone=PHONE)
    assert world.groups() == {one("A"), one("B")}


@pytest.mark.parametrize("called", ["Chị Lan", "chi lan", "C. Lan", "Cô Lan", "Ms. Lan", "Bà Nguyễn Thị Lan"])
def test_a_form_of_address_is_no_other_name_at_a_phone(world, called):
    two_of(world, {"full_name": "Nguyễn Thị Lan"}, {"full_name": called}, phone=PHONE)
    assert world.groups() == {one("A", "B")}


@pytest.mark.parametrize(
    ("name", "other"),
    [("Robert Smith", "Bob Smith"), ("Anna Marie Weber", "Annamarie Weber"), ("Trần Ngọc Lan", "Tran Ngoclan")],
)
def test_a_short_form_and_joined_words_part_nobody_at_a_phone(world, name, other):
    two_of(world, {"full_name": name}, {"full_name": other}, phone=PHONE)
    assert world.groups() == {one("A", "B")}


@pytest.mark.parametrize(
    ("name", "other"),
    [("Bill Smith", "Bob Smith"), ("Robert Jones", "Bob Smith"), ("Alexander Smith", "Alexandra Smith")],
)
def test_short_forms_of_other_names_are_others_at_a_phone(world, name, other):
    two_of(world, {"full_name": name}, {"full_name": other}, phone=PHONE)
    assert world.groups() == {one("A"), one("B")}


def test_a_short_form_is_nobodys_where_two_bear_names_it_may_stand_for(world):
    two_of(world, {"full_name": "Samuel Smith"}, {"full_name": "Samantha Smith"}, phone=PHONE)
    world.add("Sam", CUSTOMER_IDENTITY, system_name="WEB", customer_id="C", full_name="Sam Smith", phone=PHONE)
    assert world.groups() == {one("A"), one("B"), one("Sam")}


@pytest.mark.parametrize("called", ["Chị Hoa", "Anh Nam", "Anh Thư", "Cô Lân Thu"])
def test_who_is_called_otherwise_is_another_at_a_phone(world, called):
    two_of(world, {"full_name": "Nguyễn Thị Lan"}, {"full_name": called}, phone=PHONE)
    assert world.groups() == {one("A"), one("B")}


def test_a_form_of_address_and_the_name_of_two_women_join_neither(world):
    two_of(world, {"full_name": "Nguyễn Thị Lan"}, {"full_name": "Trần Ngọc Lan"}, phone=PHONE)
    world.add("called", CUSTOMER_IDENTITY, system_name="WEB", customer_id="C", full_name="Chị Lan", phone=PHONE)
    assert world.groups() == {one("A"), one("B"), one("called")}


@pytest.mark.parametrize("filler", [date(1900, 1, 1), date(1970, 1, 1)])
def test_a_default_birth_date_parts_nobody(world, filler):
    two_of(world, {"dob_2": BORN}, {"dob_2": filler}, full_name="Nguyễn Thị Lan", phone=PHONE)
    assert world.groups() == {one("A", "B")}


@pytest.mark.parametrize("name", ["Khách lẻ", "Test", "Unknown", "N/A", "Khách hàng"])
def test_walk_ins_at_the_phone_of_the_shop_are_not_one_person(world, name):
    for number in range(5):
        world.add(f"{number}", CUSTOMER_IDENTITY, customer_id=f"{number}", full_name=name, phone=PHONE)
    assert len(world.groups()) == 5


def wrongly_joined(world):
    """A and B, whom only a third record joins."""
    world.add("A", CUSTOMER_IDENTITY, customer_id="A", full_name="Phạm Thu Hà", phone=PHONE)
    world.add("B", CUSTOMER_IDENTITY, system_name="POS", customer_id="B", full_name="Phạm Hà", email=MAIL)
    both = {"full_name": "Phạm Thu Hà", "phone": PHONE, "email": MAIL}
    world.add("X", CUSTOMER_IDENTITY, system_name="WEB", customer_id="X", **both)


def test_people_part_when_the_record_that_joined_them_is_deleted(world):
    wrongly_joined(world)
    before = world.resolve(at=DAYS[0])
    assert len(set(before.values())) == 1
    world.change("X", is_deleted=True)
    after = world.resolve(at=DAYS[1])
    assert world.reasons() == {"X": "deleted"}
    assert before["A"] in after.values()
    assert len(set(after.values())) == 2
    assert world.resolution.person_id_history["change"].to_list() == ["split"]
    world.change("X", is_deleted=False)
    assert world.resolve(at=DAYS[2]) == before


def test_a_record_that_came_deleted_joins_nobody(world):
    wrongly_joined(world)
    world.change("X", is_deleted=True)
    assert world.groups() == {one("A"), one("B")}


def test_a_deleted_lead_joins_nobody_to_the_customer_it_named(world):
    world.add("A", CUSTOMER_IDENTITY, customer_id="A", full_name="Phạm Thu Hà", phone=PHONE)
    world.add("B", CUSTOMER_IDENTITY, system_name="POS", customer_id="B", full_name="Phạm Thu Hà", email=MAIL)
    world.add("X", LEAD_INFORMATION, lead_id="X", customer_id="A", full_name="Hà", email=MAIL, is_deleted=True)
    assert world.groups() == {one("A"), one("B")}


def test_what_a_deleted_record_said_parts_nobody(world):
    for name in ("A", "B"):
        world.add(name, CUSTOMER_IDENTITY, customer_id=name, full_name="Phạm Thu Hà", phone=PHONE)
    world.add("X", CUSTOMER_IDENTITY, customer_id="X", full_name="Trần An Hà", phone=PHONE, is_deleted=True)
    world.add("nameless", LEAD_INFORMATION, lead_id="L", phone=PHONE)
    assert world.groups() == {one("A", "B", "nameless")}


def test_the_living_keep_the_id_of_their_person(world):
    for name in "abc":
        world.add(name, CUSTOMER_IDENTITY, customer_id=name, full_name="Lê Hoa", phone=PHONE)
    before = world.resolve(at=DAYS[0])
    world.change("a", is_deleted=True)
    world.change("b", is_deleted=True)
    assert world.resolve(at=DAYS[1]) == {"c": before["c"]}
    world.change("c", phone="0987654321")
    assert world.resolve(at=DAYS[2]) == {"c": before["c"]}
    assert world.resolution.person_id_history.height == 0
    world.change("a", is_deleted=False)
    world.change("b", is_deleted=False)
    after = world.resolve(at=DAYS[3])
    assert after["c"] == before["c"]
    assert after["a"] == after["b"] != after["c"]


def test_two_of_three_are_deleted_as_the_phone_of_the_third_changes(world):
    for name in "abc":
        world.add(name, CUSTOMER_IDENTITY, customer_id=name, full_name="Lê Hoa", phone=PHONE)
    before = world.resolve(at=DAYS[0])
    world.change("a", is_deleted=True)
    world.change("b", is_deleted=True)
    world.change("c", phone="0987654321")
    assert world.resolve(at=DAYS[1]) == {"c": before["c"]}


def test_a_card_without_a_customers_id_goes_with_its_deleted_customer(world):
    world.add("crm", CUSTOMER_IDENTITY, customer_id="C1", full_name="Lê Thị Hoa", phone=PHONE)
    world.add("card", CUSTOMER_MEMBERSHIP, membership_id="M1", customer_name="Lê Thị Hoa", customer_phone=PHONE)
    world.add("son", CUSTOMER_MEMBERSHIP, membership_id="M2", customer_name="Trần Minh", customer_phone=PHONE)
    before = world.resolve(at=DAYS[0])
    world.change("crm", is_deleted=True)
    assert world.resolve(at=DAYS[1]) == {"son": before["son"]}
    assert world.reasons() == {"crm": "deleted", "card": "person deleted"}
    world.change("crm", is_deleted=False)
    assert world.resolve(at=DAYS[2]) == before
