import polars as pl
import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES

from cdp_pipeline.values.phone import normalize_phones
from cdp_pipeline.values.placeholders import PlaceholderList, either, is_listed, is_placeholder, read_placeholders

PACKAGED = read_placeholders()
ACCOUNTS = ("facebook_id", "zalo_id", "twitter_id", "instagram_id", "linkedin_id")
# For each packaged pattern, in its order: values it hits, and near misses that are somebody's.
EXAMPLES: dict[str, list[tuple[str, str]]] = {
    "phone": [
        ("+8418001234 +841900545464", "+84918001900"),
        ("+18005551234 +80012345678", "+18085551234 +84800123456"),
        ("+84999999999 +84901111111 +6581111111", "+84912000000 +84909090909"),
        ("+12345678901 +84123456789 +441234567890", "+84912345678 +84987654321 +84901234567"),
        ("+84113 +841080", "+842835123456"),
        ("113 +1080 8085", "+6834002"),
    ],
    "email": [
        ("test@x.com tests@x.com test123@x.com test_user02@x.com demo@x.com", "testa.rossa@x.com thu.test@x.com"),
        ("noemail@x.com no-email@x.com no@x.com no.email.address@x.com noname@x.com", "noa@x.com noemi@x.com"),
        ("none@x.com null@x.com n/a@x.com unknown@x.com notavailable@x.com", "nonette@x.com nulla@x.com"),
        ("khongco@x.com khong@x.com ko_co@x.com chuacomail@x.com", "khong1990@x.com khongminh@x.com"),
        ("na@na.com na@none.vn", "na@x.com na@gmail.com le.na@na.com"),
        ("user1@x.com guest@x.com email@x.com khachle@x.com khach-hang2@x.com", "khach.nguyen@x.com mailan@x.com"),
        ("abc@x.com abc123@x.com asdf@x.com qwerty@x.com aaa@x.com 123456@x.com", "aa@x.com abcde@x.com 12@x.com"),
        ("a@a.com x@abc.vn b@mail.com", "a@gmail.com n@example.com an@a.com a@x.co"),
        ("an@noemail.com an@none.vn an@khongco.com", "an@nonette.vn an@nullarbor.com"),
        ("no-reply@x.com noreply1@x.com mailer-daemon@x.com postmaster@x.com abuse@x.com", "nora.reply@x.com"),
        ("info@x.vn hr@x.com sales-hn@x.com admin01@x.com", "hrdlicka@x.com sales.an@x.com infosys@x.com hr1990@x.com"),
        ("cskh@x.vn lienhe@x.com ke.toan@x.com phongkinhdoanh2@x.com", "cskhan@x.com ketoananh@x.com"),
        ("tuvan@shop.vn vanphong@congty.com.vn", "tuvan@gmail.com vanphong88@shop.vn"),
        ("an@host.invalid an@localhost an@pc.local", "an@invalid.vn an@local.com an@example.com a.n@mail.example.org"),
    ],
    "customer_id": [("ORG1|CRM|0000 -|-|0 ORG1|CRM|", "ORG1|CRM|1000 -|0|C0")],
    "birth_date": [],
    "birth_date_overused": [
        ("2000-01-01 1985-01-01", "2000-01-02 2000-11-01"),
        ("1111-11-11 2000-02-02 1999-09-09", "1999-09-10 2000-02-12"),
    ],
    "record_id": [("0 00 0.0 -0", "10 0a"), ("- -- . ###", "-1 C-")],
    "person_name": [("", ""), ("", "")],
    "identity_no": [
        ("000000000000 99999999", "079188001234 111111121"),
        ("CHƯACÓ CMNDMẤT CCCD", "B1234A7"),
        ("000000001 0000000000001 111111112 001000000000", "001088001234 100000201"),
        ("012345678 012345678912 123123123 111222333 ABC123", "112345678 123123124"),
        ("1234 0", "12345"),
    ],
    "passport_no": [
        ("CHƯACÓ PASSPORT", "B1234567A"),
        ("B0000001 B7654321 N123456", "B0100001 B7654322"),
        ("0000000 C0000000 BB1111111", "C1000000 N1111119"),
        ("C123", "C1230"),
    ],
    **{
        kind: [
            ("0 000 111 9999", "4 100 1119 20"),
            ("- ... ?? @ __", "a. 阮 -1"),
            ("1234 123456 1234567890", "123 12346 12345678901"),
        ]
        for kind in ACCOUNTS
    },
}
PATTERNS = [
    (kind, number, pattern)
    for kind, lists in PACKAGED.items()
    if kind != "person_name"
    for number, pattern in enumerate(lists.patterns)
]


def blocked(kind: str, *values: str | None, lists: dict[str, PlaceholderList] = PACKAGED) -> list[bool]:
    frame = pl.DataFrame({"kind": kind, "value": values}, schema={"kind": pl.String, "value": pl.String})
    return frame.select(is_listed("kind", "value", lists)).to_series().to_list()


@pytest.mark.parametrize(("kind", "number", "pattern"), PATTERNS, ids=lambda part: str(part)[:30])
def test_every_packaged_pattern_hits_its_placeholders_and_no_near_miss(kind: str, number: int, pattern: str) -> None:
    hits, near_misses = (examples.split() for examples in EXAMPLES[kind][number])
    alone = {kind: PlaceholderList((), (pattern,))}
    assert blocked(kind, *hits, lists=alone) == [True] * len(hits)
    assert blocked(kind, *near_misses) == [False] * len(near_misses)


def test_every_packaged_pattern_has_an_example() -> None:
    assert {kind: len(lists.patterns) for kind, lists in PACKAGED.items()} == {
        kind: len(examples) for kind, examples in EXAMPLES.items()
    }


@pytest.mark.parametrize("word", ["NULL", "nan", "None", "undefined", r"\N", "#N/A", "#REF!", "guest", "N/A", "0"])
def test_null_words_and_error_texts_are_no_id_of_a_record(word: str) -> None:
    assert pl.select(is_placeholder(pl.lit(word), PACKAGED["record_id"])).item()


@pytest.mark.parametrize("code", ["NA", "C0", "TEST", "10", "NULL-1", "GUEST7"])
def test_codes_that_resemble_a_null_word_are_ids(code: str) -> None:
    assert not pl.select(is_placeholder(pl.lit(code), PACKAGED["record_id"])).item()


@pytest.mark.parametrize(
    "spelling",
    ["0123456789", "012 345 6789", "+84123456789", "+84 123 456 7890", "01234567890", "1234567890", "0084 1234567890"],
)
def test_0123456789_is_listed_in_every_spelling_that_is_a_number(spelling: str) -> None:
    number = normalize_phones(pl.Series([spelling]), None, "VN").item()
    assert number is None or blocked("phone", number) == [True]


@pytest.mark.parametrize("domain", SPECIAL_USE_DOMAIN_NAMES)
def test_no_address_in_a_special_use_domain_links_anybody(domain: str) -> None:
    assert blocked("email", f"an.nguyen@{domain}", f"an.nguyen@host.{domain}") == [True, True]


@pytest.mark.parametrize("host", ["example.com", "example.org", "example.net", "mail.example.com", "gmail.com"])
def test_made_up_people_of_examples_are_told_apart_by_their_addresses(host: str) -> None:
    assert blocked("email", f"an@{host}", f"an.nguyen@{host}", f"test@{host}") == [False, False, True]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("customer_id", "ORG1|Website|Guest"),
        ("customer_id", "-|-|N/A"),
        ("identity_no", "UNKNOWN"),
        ("identity_no", "123456789"),
        ("passport_no", "C1234567"),
        ("phone", "+84834567890"),
        ("facebook_id", "Facebook"),
        ("zalo_id", "zalo.me"),
        ("linkedin_id", "LinkedIn"),
        ("instagram_id", "@instagram"),
        ("twitter_id", "x.com"),
        *((kind, value) for kind in ACCOUNTS for value in ("0", "null", "None", "N/A", "không có")),
    ],
)
def test_a_word_that_stands_for_nothing_is_listed_in_any_case(kind: str, value: str) -> None:
    assert blocked(kind, value) == [True]


def test_a_customer_id_is_compared_without_its_namespace_even_where_it_holds_a_bar() -> None:
    assert blocked("customer_id", "guest|test|C1", "ORG1|CRM|C1|0", "ORG1|CRM|test") == [False, False, True]


def test_a_list_counts_for_its_kind_only_and_a_missing_value_is_not_blocked() -> None:
    assert blocked("google_client_id", "null", "0000000") == [False, False]
    assert blocked("email", None) == [False]
    assert blocked("identity_no", "+84999999999") == [False]


def test_patterns_put_together_match_what_each_does() -> None:
    together = pl.Series(["ORG-1", "org-2", "x"]).str.contains(either(("^ORG-1$", "-2$")))
    assert together.to_list() == [True, True, False]
