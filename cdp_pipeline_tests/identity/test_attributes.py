import random
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.identity.attributes import CHANCE, NEAR_DATES, PEOPLE, WRONG_NUMBERS, find_attribute_links
from cdp_pipeline.identity.likeness import LONG_NAME, NAME_HOLDERS

BORN = date(1990, 5, 17)
PLACES = ("address", "ward", "district", "city", "zip_code")
HOME = {"address": "12 ly thuong kiet", "ward": "phuong cua nam", "city": "ha noi", "zip_code": "100000"}
SCHEMA = {
    "node": pl.UInt32,
    **dict.fromkeys(("scope", "role", "name_match", "nick_match"), pl.String),
    "birth_date": pl.Date,
    "birth_year": pl.Int64,
    **dict.fromkeys(("gender", "identity_no", "passport_no"), pl.String),
    **{place if place == "zip_code" else f"{place}_match": pl.String for place in PLACES},
}


def describe(people: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Each dict is a person: name, born, and places, scope, gender or numbers where it has them."""
    rows = [
        {
            **dict.fromkeys(SCHEMA),
            "node": node,
            "scope": p.get("scope", "company"),
            "role": "person",
            "name_match": " ".join(sorted(p["name"].split())) if p.get("name") else None,
            "birth_date": p.get("born", BORN),
            "birth_year": p["born"].year if p.get("born") else BORN.year,
            **{f"{place}_match": p.get(place) for place in PLACES[:-1]},
            **{key: p.get(key) for key in ("zip_code", "gender", "identity_no", "passport_no")},
        }
        for node, p in enumerate(people)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def linked(*people: dict[str, Any]) -> set[tuple[int, int]]:
    return set(find_attribute_links(describe(people)).select("node_a", "node_b").rows())


def a_town(seed: int, people: int) -> list[dict[str, Any]]:
    """Different people with the usual names, in a few wards, of whom nobody is there twice."""
    dice = random.Random(seed)
    named = ("An", "Anh", "Hung", "Hoang", "Khanh", "Khang", "Minh", "Linh", "Trang", "Trung")
    return [
        {
            "name": f"nguyen {dice.choice(('van', 'thi'))} {dice.choice(named).lower()}",
            "born": date(1950, 1, 1) + timedelta(days=dice.randrange(20000)),
            "ward": f"phuong {dice.randrange(40)}",
            "city": "ho chi minh",
            "address": f"{number} le loi",
        }
        for number in range(people)
    ]


@pytest.mark.parametrize("place", PLACES)
def test_one_name_birth_date_and_part_of_the_place_make_one_person(place: str) -> None:
    people = [{"name": "tran quoc bao", place: HOME.get(place, "hoan kiem")} for _ in range(3)]
    links = find_attribute_links(describe(people))
    assert links.select("node_a", "node_b", "rule", "kind", "value", "strength").rows() == [
        (0, node, f"same_name_birth_date_and_{place}", "attributes", None, "weak") for node in (1, 2)
    ]


def test_a_name_and_birth_date_without_a_common_place_link_nobody() -> None:
    assert linked({"name": "tran quoc bao", **HOME}, {"name": "tran quoc bao", "city": "da nang"}) == set()


def test_people_of_different_scopes_are_never_compared() -> None:
    assert linked({"name": "tran quoc bao", **HOME}, {"name": "tran quoc bao", **HOME, "scope": "other"}) == set()


@pytest.mark.parametrize("missing", [{"name": None}, {"born": None}])
def test_without_a_name_or_birth_date_nobody_is_linked(missing: dict[str, Any]) -> None:
    person = {"name": "tran quoc bao", **HOME}
    assert linked(person, person | missing, person | missing) == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nguyen van an", "nguyen van anh"),
        ("nguyen van hung", "nguyen van hoang"),
        ("nguyen van minh", "nguyen van linh"),
        ("nguyen van khanh", "nguyen van khang"),
        ("nguyen thi phuong", "nguyen thi phung"),
        ("nguyen van bao", "nguyen van son"),
    ],
)
def test_twins_stay_two_people(one: str, other: str) -> None:
    assert linked({"name": one, **HOME}, {"name": other, **HOME}) == set()


@pytest.mark.parametrize(("one", "other"), [("khanh", "khang"), ("trang", "trung"), ("minh", "linh"), ("an", "anh")])
def test_twins_whose_names_differ_by_a_letter_stay_two_people_where_both_are_usual_names(one: str, other: str) -> None:
    twins = [{"name": f"nguyen van {name}", **HOME} for name in (one, other)]
    assert linked(*twins, *a_town(1, 2000)) == set()


def test_who_could_be_either_of_two_twins_is_linked_to_neither() -> None:
    twins = ({"name": "nguyen van bao", **HOME}, {"name": "nguyen van son", **HOME})
    assert linked(*twins, {"name": "nguyen van", **HOME}) == set()
    assert linked(twins[0], {"name": "nguyen van", **HOME}) == {(0, 1)}


def test_twins_stay_two_people_in_a_company_of_families() -> None:
    families = [
        {"name": name, "born": born, "address": f"{house} le loi", "ward": f"phuong {house % 50}", "city": "hue"}
        for house in range(300)
        for twins_born in [date(1990, 1, 1) + timedelta(days=house * 11)]
        for name, born in [
            (f"ho{house} van bao", twins_born),
            (f"ho{house} van son", twins_born),
            (f"le{house} thi mai", date(1960, 1, 1) + timedelta(days=house * 13)),
        ]
    ]
    assert linked(*families) == set()


def test_where_nobody_shares_a_home_many_with_one_birth_date_and_address_are_people_with_a_wrong_name() -> None:
    homes = [
        {"born": date(1950, 1, 1) + timedelta(days=n * 50), "address": f"{n} le loi", "zip_code": f"{n % 97:05}"}
        for n in range(200)
    ]
    people = [home | {"name": f"{side}{n} {side}o{n}"} for n, home in enumerate(homes) for side in ("ba", "ki")]
    assert linked(*people) == {(2 * n, 2 * n + 1) for n in range(200)}
    assert linked(*people[:100]) == set()


def test_twins_stay_two_people_where_no_addresses_tell_whether_there_are_families() -> None:
    twins = [
        {"name": f"ho{pair} van {name}", "born": date(1950, 1, 1) + timedelta(days=pair * 50), "zip_code": f"{pair:05}"}
        for pair in range(200)
        for name in ("bao", "son")
    ]
    assert linked(*twins) == set()


def test_father_and_son_with_one_name_at_one_address_stay_two_people() -> None:
    father = {"name": "nguyen van an", "born": date(1960, 5, 1), **HOME}
    assert linked(father, father | {"born": date(1988, 6, 15)}) == set()
    assert linked(father, father | {"born": date(1988, 5, 1)}) == set()
    assert linked(father, father | {"born": None}) == set()


def test_spouses_stay_two_people() -> None:
    husband, wife = {"name": "nguyen van bao", **HOME}, {"name": "tran thi mai", **HOME}
    assert linked(husband, wife | {"born": date(1991, 5, 17)}) == set()
    assert linked(husband, wife) == set()


@pytest.mark.parametrize("born", [date(1990, 5, 11), date(1990, 6, 17), date(1991, 5, 17)])
def test_a_slip_in_the_birth_date_is_forgiven_where_name_and_address_are_the_same(born: date) -> None:
    assert linked({"name": "tran quoc bao", **HOME}, {"name": "tran quoc bao", **HOME, "born": born}) == {(0, 1)}


@pytest.mark.parametrize("name", ["tran quoc alexnader", "tran alexander", "alexanderr quoc tran"])
def test_a_slip_in_a_long_name_or_a_missing_part_is_forgiven_where_the_rest_is_the_same(name: str) -> None:
    assert linked({"name": "tran quoc alexander", **HOME}, {"name": name, **HOME}) == {(0, 1)}


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [("gender", "male", "female"), ("identity_no", "001090000001", "001090000011"), ("passport_no", "B1", "B2")],
)
def test_different_genders_or_documents_are_never_linked(column: str, one: str, other: str) -> None:
    person = {"name": "tran quoc bao", **HOME}
    near = {**person, "name": "tran bao"}
    assert linked(person | {column: one}, person | {column: other}, near | {column: other}) == {(1, 2)}
    assert linked(person | {column: one}, person | {column: other}, person) == set()


def test_namesakes_born_on_one_day_in_one_big_city_stay_two_people() -> None:
    namesakes = [{"name": "nguyen van an", "city": "ho chi minh"}] * 2
    assert linked(*namesakes, *a_town(2, 3000)) == set()
    in_one_ward = [namesake | {"ward": "phuong ben thanh"} for namesake in namesakes]
    assert linked(*in_one_ward, *a_town(2, 3000)) == {(0, 1)}


@pytest.mark.parametrize("born", [date(1900, 1, 1), date(1970, 1, 1)])
def test_placeholder_birth_dates_and_default_addresses_tell_little(born: date) -> None:
    unknown = [p | {"born": born, "address": "chua cap nhat"} for p in a_town(3, 1000)]
    assert linked(*unknown) == set()
    assert linked(*({"name": "khach hang", "born": born, "city": "ha noi"} for _ in range(500))) == set()


def test_a_slip_in_a_short_name_is_forgiven_where_many_names_tell_that_it_is_none() -> None:
    misspelled = [{"name": f"nguyen van {name}", **HOME} for name in ("khanh", "khanj")]
    assert linked(*misspelled, *a_town(5, 2000)) == {(0, 1)}


def test_a_town_of_different_people_has_no_links() -> None:
    assert linked(*a_town(4, 5000)) == set()


def test_nobody_gives_no_links() -> None:
    assert find_attribute_links(describe([])).is_empty()
    assert find_attribute_links(describe([])).columns[:4] == ["node_a", "node_b", "scope", "rule"]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    described = describe(_misspelled(seed))
    shuffled = described.sample(fraction=1, shuffle=True, seed=seed)
    assert_frame_equal(find_attribute_links(shuffled), find_attribute_links(described))


@pytest.mark.parametrize("seed", range(6))
def test_the_links_are_those_that_comparing_everybody_with_everybody_finds(seed: int) -> None:
    people = _misspelled(seed)
    links = find_attribute_links(describe(people))
    near = {(a, b, rule.split("_and_")[0]) for a, b, rule in links.select("node_a", "node_b", "rule").rows()}
    expected = _compare_all(people)
    assert {link for link in near if link[2] != "same_name_birth_date"} == expected - _same(expected)
    assert {(a, b) for a, b, _ in _same(near)} <= {(a, b) for a, b, _ in _same(expected)}
    assert _components(_same(near)) == _components(_same(expected))
    assert {rule for *_, rule in near} == {rule for *_, rule in expected}


def _same(links: set[tuple[int, int, str]]) -> set[tuple[int, int, str]]:
    return {link for link in links if link[2] == "same_name_birth_date"}


def _components(links: set[tuple[int, int, str]]) -> set[frozenset[int]]:
    groups = {node: frozenset([node]) for a, b, _ in links for node in (a, b)}
    for a, b, _ in links:
        for node in (merged := groups[a] | groups[b]):
            groups[node] = merged
    return set(groups.values())


def _misspelled(seed: int) -> list[dict[str, Any]]:
    """Some people, each there several times, with a slip in this or that."""
    dice = random.Random(seed)
    rows = []
    for _ in range(80):
        name = " ".join("".join(dice.choices("abcdeghilmnort", k=dice.randint(2, 10))) for _ in range(3))
        born = date(1950, 1, 1) + timedelta(days=dice.randrange(3000))
        place = {p: f"{p} {dice.randrange(15 if p != 'address' else 400)}" for p in PLACES}
        for _ in range(dice.randint(1, 5)):
            row = {"name": name, "born": born, **{p: v for p, v in place.items() if dice.random() < 0.7}}
            if dice.random() < 0.4:
                at = dice.randrange(len(name))
                row["name"] = name[:at] + dice.choice(("", "x", "y", name[at] * 2)) + name[at + 1 :]
            if dice.random() < 0.1:
                row["name"] = " ".join(name.split()[: dice.randint(1, 2)])
            if dice.random() < 0.2:
                row["born"] = born.replace(day=dice.randint(1, 28))
            rows.append(row)
    distinct = {tuple(sorted(row.items())): row for row in rows}
    return list(distinct.values())


def _compare_all(people: list[dict[str, Any]]) -> set[tuple[int, int, str]]:
    names = [tuple(sorted(set(p["name"].split()))) for p in people]

    def rate(part: str, value: Any) -> float:
        values = names if part == "name" else [p.get(part) for p in people]
        return values.count(value) / PEOPLE

    holders = {word: sum(word in name for name in names) for name in names for word in name}
    links: set[tuple[int, int, str]] = set()
    apart: set[tuple[int, int, str]] = set()
    for (a, p), (b, q) in combinations(enumerate(people), 2):
        agreeing = [place for place in PLACES if place in p and p[place] == q.get(place)]
        if not agreeing:
            continue
        areas = [rate(place, p[place]) for place in agreeing if place != "address"]
        street = rate("address", p["address"]) if "address" in agreeing else _near_street(p, q, rate)
        place_rate = min(areas, default=1.0) * street
        born = max(rate("born", p["born"]), rate("born", q["born"]))
        if names[a] == names[b] and p["born"] == q["born"]:
            if any(PEOPLE * rate("name", names[a]) * born * rate(at, p[at]) < CHANCE for at in agreeing):
                links.add((a, b, "same_name_birth_date"))
        elif names[a] == names[b]:
            differing = sum(getattr(p["born"], part) != getattr(q["born"], part) for part in ("year", "month", "day"))
            if differing == 1 and PEOPLE * rate("name", names[a]) * min(1.0, born * NEAR_DATES) * place_rate < CHANCE:
                links.add((a, b, "same_name_near_birth_date"))
        elif p["born"] == q["born"]:
            chance = PEOPLE * born * place_rate
            for word in set(names[a]) & set(names[b]):
                chance *= holders[word] / PEOPLE
            likeness = _likeness(names[a], names[b], holders)
            if chance < CHANCE:
                (links if likeness else apart).add((a, b, f"{likeness}_same_birth_date"))
    near = {(a, b) for a, b, rule in links if not rule.startswith("same")}
    near |= {(b, a) for a, b in near}
    bridges = {(m, end) for x, y, _ in apart for m in range(len(people)) if {(x, m), (y, m)} <= near for end in (x, y)}
    return {(a, b, rule) for a, b, rule in links if rule.startswith("same") or not bridges & {(a, b), (b, a)}}


def _near_street(p: dict[str, Any], q: dict[str, Any], rate: Any) -> float:
    if "address" not in p or "address" not in q:
        return 1.0
    near = _distance(p["address"], q["address"]) * 5 <= min(len(p["address"]), len(q["address"]))
    return 20 * max(rate("address", p["address"]), rate("address", q["address"])) if near else 1.0


def _likeness(one: tuple[str, ...], other: tuple[str, ...], holders: dict[str, int]) -> str:
    a, b = sorted(set(one) - set(other)), sorted(set(other) - set(one))
    if not a or not b:
        return "part_of_name"
    slips = min(_distance(" ".join(a), " ".join(b)), _distance(" ".join(a), " ".join(b[::-1])))
    letters = min(len("".join(a)), len("".join(b)))
    strange = sum(holders[word] < NAME_HOLDERS for word in a + b)
    return "near_name" if letters >= LONG_NAME and slips * 5 <= letters and strange >= max(len(a), len(b)) else ""


def _distance(a: str, b: str) -> int:
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def renumbered(groups: int) -> list[dict[str, Any]]:
    """People who are there twice, with one name, birth date and address, and another identity number each time."""
    return [
        {"name": f"name{n} tran", "born": date(1950 + n % 50, 1 + n % 12, 1 + n % 28), "address": f"{n} le loi",
         "identity_no": f"{copy}{n:08}"}
        for n in range(groups)
        for copy in (1, 2)
    ]  # fmt: skip


def test_two_numbers_are_two_people_unless_so_many_numbers_differ_that_they_err() -> None:
    assert linked(*renumbered(WRONG_NUMBERS - 1)) == set()
    assert len(linked(*renumbered(WRONG_NUMBERS))) == WRONG_NUMBERS
