from datetime import date
from pathlib import Path
from tempfile import mkdtemp

import polars as pl
import pytest

from cdp_pipeline.backend.local import Workspace
from cdp_pipeline.identity.configuration.rules import TRAITS
from cdp_pipeline.identity.matching.candidates import find_candidates
from cdp_pipeline.identity.matching.comparison import comparing
from cdp_pipeline.identity.matching.model import ATTRIBUTES
from cdp_pipeline.identity.matching.records import find_records

NODE = {
    "node": pl.Int64,
    "is_live": pl.Boolean,
    **dict.fromkeys(("role", "scope", "company", "system", "customer_id", "name_match", "gender"), pl.String),
    "birth_date": pl.Date,
    "birth_year": pl.Int64,
    **{f"{told}_match": pl.String for told in ("address", "ward", "district", "city", *TRAITS)},
    "zip_code": pl.String,
}
IDENTIFIER = {"node": pl.Int64, **dict.fromkeys(("scope", "kind", "value", "status"), pl.String)}


def records_of(people: list[dict], identifiers: list[tuple]) -> Workspace:
    """A workspace with the records of these nodes."""
    known = {"is_live": True, "role": "person", "scope": "-", "company": "-"}
    work = Workspace(Path(mkdtemp()))
    work.write("nodes", pl.DataFrame([{**known, **person} for person in people], schema=NODE))
    rows = [(node, "-", kind, value, "usable") for node, kind, value in identifiers]
    work.write("identifiers", pl.DataFrame(rows, schema=IDENTIFIER, orient="row"))
    work.write("crowded", pl.DataFrame(schema=dict.fromkeys(("scope", "kind", "value"), pl.String)))
    find_records(work)
    return work


def levels(one: dict, other: dict) -> dict[str, str | None]:
    """At which level two records agree."""
    found = compare(one, other)
    told = {name: of for name, of in ATTRIBUTES.items() if name in found}
    return {name: None if found[name] is None else list(of)[found[name]] for name, of in told.items()}


def compare(one: dict, other: dict) -> dict[str, object]:
    """How two records compare, who share an e-mail's local part."""
    people, identifiers = [], []
    for node, said in enumerate((one, other)):
        row = {"name_match": "binh tran", **{name: value for name, value in said.items() if name in NODE}}
        born = row.get("birth_date")
        people.append({"node": node, "birth_year": born and born.year, "system": said.get("namespace"), **row})
        identifiers.append((node, "email", said.get("email", f"shared.box@{node}.vn")))
        identifiers += [(node, kind, said[kind]) for kind in ("phone", "identity_no", "passport_no") if kind in said]
    work = records_of(people, identifiers)
    # Whatever is equal, these two are compared.
    work.write("asked", pl.DataFrame({"node_a": [0], "node_b": [1]}))
    with comparing(work, "asked", unlikely=True) as pairs:
        return pairs.all().row(0, named=True)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("binh tran", "binh tran", "equal"),
        ("huong thi tran", "huongthi tran", "equal"),
        ("binh tran", "binhh tran", "slip"),
        ("jonathan smith", "jonahtan smith", "slip"),
        ("nguyen phong", "nguyeexn phong", "slip"),
        ("hoa tran", "hoai tran", "shared"),
        ("b tran", "binh tran", "slip"),
        ("bob smith", "robert smith", "nickname"),
        ("eddie smith", "smith ted", "nickname"),
        ("bob smith", "james robert smith", "missing"),
        ("bob smith", "smith william", "shared"),
        ("alexander smith", "alexandra smith", "doubt"),
        ("binh thi tran", "binh tran", "missing"),
        ("hoan tran", "hoang tran", "shared"),
        ("binh tran", "lan tran", "shared"),
        ("binh tran", "lan pham", "other"),
    ],
)
def test_names_are_compared_word_by_word(one: str, other: str, level: str):
    assert levels({"name_match": one}, {"name_match": other})["name"] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (date(1985, 6, 15), date(1985, 6, 15), "equal"),
        (date(1985, 6, 1), date(1985, 5, 31), "slip"),
        (date(1985, 1, 1), date(1984, 12, 31), "slip"),
        (date(1985, 6, 15), date(1985, 6, 16), "slip"),
        (date(1985, 6, 5), date(1985, 5, 6), "slip"),
        (date(1985, 6, 15), date(1985, 6, 27), "near"),
        (date(1985, 1, 1), date(1985, 6, 27), "part"),
        (date(1985, 1, 1), date(1986, 1, 1), "diff"),
        (date(1985, 6, 15), date(1985, 9, 27), "year"),
        (date(1985, 6, 15), date(1981, 9, 27), "diff"),
        (date(1985, 6, 15), date(1955, 9, 27), "generation"),
        (date(1985, 6, 15), None, None),
    ],
)
def test_births_are_compared_part_by_part(one: date, other: date | None, level: str | None):
    assert levels({"birth_date": one}, {"birth_date": other})["birth"] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("marston moretaine", "marston moretaine", "equal"),
        ("marston moretaine", "marston moretain", "slip"),
        ("woburn", "willington", "diff"),
        ("woburn", None, None),
    ],
)
def test_places_of_birth_are_compared_where_records_tell_them(one: str, other: str | None, level: str | None):
    assert levels({"birth_place_match": one}, {"birth_place_match": other})["birth_place"] == level


def test_where_no_record_tells_a_trait_none_is_compared():
    assert not set(TRAITS) & set(levels({"city_match": "hue"}, {"city_match": "hue"}))


def test_a_first_of_january_says_no_more_than_a_year():
    rates = [
        compare({"birth_date": born}, {"birth_date": born})["birth_rate"]
        for born in (date(1985, 1, 1), date(1985, 6, 15))
    ]
    assert rates[0] == ATTRIBUTES["birth"]["part"].strangers > rates[1]


def test_one_street_says_less_where_all_live_in_it():
    rate = compare({"address_match": "12 nguyen trai"}, {"address_match": "345 nguyen trai"})["address_rate"]
    assert rate == 1 / 102


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("079085001234", "079085001234", "equal"),
        ("079085001234", "079085001243", "slip"),
        ("079085001234", "079190004321", "diff"),
        ("023456789", "079085001234", None),
    ],
)
def test_an_old_and_a_new_document_number_do_not_contradict(one: str, other: str, level: str | None):
    assert levels({"identity_no": one}, {"identity_no": other})["identity_no"] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ({"phone": "+84987654321"}, {"phone": "+84987654321"}, "equal"),
        ({"phone": "+84987654321"}, {"phone": "+84987654322"}, "slip"),
        ({"email": "binh.tran85@x.vn"}, {"email": "binh.tran85@y.vn"}, "mailbox"),
        ({"email": "binh.tran85@x.vn"}, {"email": "old.binh.tran85@x.vn"}, "mailbox"),
        ({"email": "binh.tran85@x.vn"}, {"email": "bihn.tran85@x.vn"}, "slip"),
        ({"email": "binh.tran85@x.vn"}, {"email": "binh.tran86@x.vn"}, "none"),
        (
            {"email": "binh.tran85@x.vn", "phone": "+84987654321"},
            {"email": "lan@y.vn", "phone": "+84912000111"},
            "none",
        ),
    ],
)
def test_contacts_are_compared_together(one: dict, other: dict, level: str):
    assert levels({"email": "one@a.vn", **one}, {"email": "two@b.vn", **other})["contact"] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("12 le loi", "12 le loi", "equal"),
        ("12 nguyen trai", "12 nguyen traii", "slip"),
        ("12 nguyen trai", "345 nguyen trai", "street"),
        ("12 nguyen trai", "8 hai ba trung", "diff"),
    ],
)
def test_the_number_of_a_house_is_no_slip(one: str, other: str, level: str):
    assert levels({"address_match": one}, {"address_match": other})["address"] == level


def test_an_area_agrees_in_part_where_one_of_its_parts_differs():
    one = {"ward_match": "ben nghe", "district_match": "quan 1", "city_match": "ho chi minh"}
    assert levels(one, one)["area"] == "equal"
    assert levels(one, {**one, "ward_match": "da kao"})["area"] == "some"
    assert levels(one, {**one, "ward_match": None})["area"] == "equal"
    assert levels({"city_match": "ha noi"}, {"city_match": "can tho"})["area"] == "diff"


def test_keys_that_too_many_share_bring_no_pairs():
    people = [{"node": n, "name_match": f"an tran {n}", "birth_date": date(1990, 1, 1)} for n in range(150)]
    work = records_of(people, [])
    find_candidates(work, len(people))
    assert work.scan("candidates").collect().is_empty()
