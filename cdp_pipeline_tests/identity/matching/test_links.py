from datetime import date

import polars as pl

from cdp_pipeline.identity.configuration.rules import read_rules
from cdp_pipeline.identity.matching.links import Links, find_links

LIMITS = read_rules(None).limits
FATHER, SON = date(1960, 5, 1), date(1988, 6, 15)


def link(*people: dict[str, object]) -> Links:
    """Each dict is a record: name, born, and identifiers by kind; customer ids are those of known owners."""
    nodes = [
        {
            "node": number,
            "name_match": p.get("name"),
            "nick_match": p.get("nick"),
            "birth_date": p.get("born"),
            "birth_year": p["born"].year if isinstance(p.get("born"), date) else None,
            "identity_no": p.get("identity_no"),
            "namespace": "-|CRM" if "customer" in p else None,
            "customer_id": p.get("customer"),
        }
        for number, p in enumerate(people)
    ]
    strength = {
        "customer_id": "strong",
        "identity_no": "strong",
        "phone": "medium",
        "email": "medium",
        "google_client_id": "weak",
    }
    identifiers = [
        {"node": n, "scope": p.get("company", "-"), "kind": k, "value": p[k], "strength": s, "status": "usable"}
        for n, p in enumerate(people)
        for k, s in strength.items()
        if k in p
    ]
    texts = ("name_match", "nick_match", "gender", "identity_no", "passport_no", "namespace", "customer_id")
    schema = {"node": pl.UInt32, "birth_date": pl.Date, "birth_year": pl.Int64, **dict.fromkeys(texts, pl.String)}
    held = pl.DataFrame(identifiers, schema_overrides={"node": pl.UInt32}, orient="row")
    number = pl.struct("scope", "kind", "value").rank("dense").alias("identifier")
    return find_links(pl.DataFrame(nodes, schema=schema), held.with_columns(number), LIMITS)


def pairs(found: Links) -> list[tuple[int, int, str]]:
    return found.links.select("node_a", "node_b", "rule").rows()


def test_one_phone_and_one_name_make_one_person() -> None:
    found = link({"name": "an nguyen van", "phone": "+84912345678"}, {"name": "an nguyen", "phone": "+84912345678"})
    assert pairs(found) == [(0, 1, "same_phone_and_agreeing_name")]


def test_a_shared_household_phone_does_not_link_two_people() -> None:
    found = link(
        {"name": "an nguyen van", "phone": "+842438123456"},
        {"name": "lan thi tran", "phone": "+842438123456"},
        {"name": "an nguyen van", "phone": "+842438123456"},
    )
    assert pairs(found) == [(0, 2, "same_phone_and_agreeing_name")]


def test_father_and_son_with_one_name_and_phone_stay_two_people() -> None:
    found = link(
        {"name": "an nguyen van", "phone": "+84912345678", "born": FATHER},
        {"name": "an nguyen van", "phone": "+84912345678", "born": SON},
    )
    assert pairs(found) == []


def test_a_record_without_a_name_joins_the_only_person_at_a_number() -> None:
    found = link({"name": "an nguyen", "phone": "+84912345678"}, {"phone": "+84912345678"})
    assert pairs(found) == [(0, 1, "same_phone_and_agreeing_name")]


def test_a_record_without_a_name_joins_nobody_where_two_people_share_a_number() -> None:
    found = link(
        {"name": "an nguyen", "phone": "+842438123456"},
        {"name": "lan tran", "phone": "+842438123456"},
        {"phone": "+842438123456"},
    )
    assert pairs(found) == []


def test_a_bare_family_name_is_no_bridge_between_brothers() -> None:
    found = link(
        {"name": "an nguyen", "phone": "+842438123456"},
        {"name": "nguyen", "phone": "+842438123456"},
        {"name": "binh nguyen", "phone": "+842438123456"},
    )
    assert pairs(found) == []


def test_a_record_without_a_name_is_compared_by_the_name_of_its_customer() -> None:
    found = link(
        {"name": "an nguyen", "customer_id": "-|CRM|1"},
        {"customer_id": "-|CRM|1", "phone": "+842438123456"},
        {"name": "lan tran", "phone": "+842438123456"},
    )
    assert pairs(found) == [(0, 1, "same_customer_id")]


def test_strong_identifiers_join_whatever_the_names() -> None:
    found = link(
        {"name": "lan tran", "identity_no": "079188001234"}, {"name": "lan nguyen", "identity_no": "079188001234"}
    )
    assert pairs(found) == [(0, 1, "same_identity_no")]


def test_a_phone_of_more_people_than_its_limit_links_nobody_and_is_listed() -> None:
    crowd = [{"name": f"name{n} tran", "phone": "+842438000000"} for n in range(LIMITS["phone"] + 1)]
    found = link(*crowd, {"name": "name0 tran", "phone": "+842438000000"})
    assert pairs(found) == []
    assert found.shared.select("value", "people").rows() == [("+842438000000", LIMITS["phone"] + 1)]


def test_a_number_of_ten_thousand_people_is_not_compared_pair_by_pair() -> None:
    found = link(*({"name": f"person{n} tran", "phone": "+842438000000"} for n in range(10_000)))
    assert found.shared["people"].to_list() == [10_000]


def test_weak_identifiers_never_link_alone() -> None:
    assert (
        pairs(link({"name": "an nguyen", "google_client_id": "g1"}, {"name": "an nguyen", "google_client_id": "g1"}))
        == []
    )


def test_people_of_two_companies_are_not_compared() -> None:
    found = link(
        {"name": "an nguyen", "phone": "+84912345678", "company": "ORG1"},
        {"name": "an nguyen", "phone": "+84912345678", "company": "ORG2"},
    )
    assert pairs(found) == []


A_PHONE, A_MAIL = "+84912345678", "an@example.com"


def test_a_record_without_a_name_is_no_bridge_between_two_contacts_of_two_people() -> None:
    found = link(
        {"name": "an nguyen", "phone": A_PHONE},
        {"phone": A_PHONE, "email": A_MAIL},
        {"name": "lan tran", "email": A_MAIL},
    )
    assert pairs(found) == []


def test_a_short_name_is_no_bridge_between_two_contacts_of_two_people() -> None:
    found = link(
        {"name": "anh minh nguyen", "phone": A_PHONE},
        {"name": "nguyen", "phone": A_PHONE, "email": A_MAIL},
        {"name": "hung nguyen quoc", "email": A_MAIL},
    )
    assert pairs(found) == []


def test_a_record_without_a_birth_date_is_no_bridge_between_father_and_son() -> None:
    found = link(
        {"name": "an nguyen", "phone": A_PHONE, "born": FATHER},
        {"name": "an nguyen", "phone": A_PHONE, "email": A_MAIL},
        {"name": "an nguyen", "email": A_MAIL, "born": SON},
    )
    assert pairs(found) == []


def test_a_full_name_joins_two_short_ones_that_it_explains() -> None:
    found = link(
        {"name": "an nguyen", "phone": A_PHONE},
        {"name": "an nguyen van", "phone": A_PHONE, "email": A_MAIL},
        {"name": "an van", "email": A_MAIL},
    )
    assert len(pairs(found)) == 2


def test_different_identity_numbers_keep_two_people_of_one_name_apart() -> None:
    found = link(
        {"name": "an nguyen", "phone": A_PHONE, "identity_no": "079088001234"},
        {"name": "an nguyen", "phone": A_PHONE, "identity_no": "079088009999"},
    )
    assert pairs(found) == []
