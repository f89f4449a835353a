import phonenumbers
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_pipeline.values.phone import all_phones, further_phones, normalize_phones


def usable(number: str | None, region: str | None = None) -> str | None:
    """The number that one cell gives where Vietnam is the default region."""
    regions = None if region is None else pl.Series([region])
    return normalize_phones(pl.Series([number], dtype=pl.String), regions, "VN").item()


def by_library(number: str, region: str) -> str | None:
    """What the library alone makes of a number."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    "spelling",
    [
        "0912345678",
        "+84912345678",
        "84912345678",
        "0084 912 345 678",
        "+84 (0)912 345 678",
        "0912.345.678",
        "(091) 234-5678",
        "  0912 345 678 ",
        "912345678",
        "912345678.0",
        "０９１２３４５６７８",
        "tel:0912345678",
        "tel:+84-912-345-678",
        "0912345678 ext. 12",
        "0912345678 x12",
        "SĐT: 0912345678",
    ],
)
def test_spellings_of_one_number_are_equal(spelling: str) -> None:
    assert usable(spelling) == "+84912345678"


@pytest.mark.parametrize(
    "masked", ["03596856xxx", "098685XXXX", "091234567x", "0912***678", "0912 345 xxx", "xxx2345678", "+8491234••••"]
)
def test_a_masked_number_is_unusable(masked: str) -> None:
    assert usable(masked) is None


@pytest.mark.parametrize("number", [None, "", " ", "none", "12345", "0812", "0182 123 4567", "0" * 300, "+999 123"])
def test_what_is_no_valid_number_is_null(number: str | None) -> None:
    assert usable(number) is None


@pytest.mark.parametrize(
    ("before", "since"),
    [
        *(("0120", "070"), ("0121", "079"), ("0122", "077"), ("0126", "076"), ("0128", "078")),
        *(("0123", "083"), ("0124", "084"), ("0125", "085"), ("0127", "081"), ("0129", "082")),
        *(("0162", "032"), ("0163", "033"), ("0164", "034"), ("0165", "035"), ("0166", "036"), ("0167", "037")),
        *(("0168", "038"), ("0169", "039"), ("0186", "056"), ("0188", "058"), ("0199", "059")),
    ],
)
def test_a_number_from_before_2018_equals_the_one_that_replaced_it(before: str, since: str) -> None:
    today = usable(since + "2345678")
    assert today is not None
    for spelling in (
        f"{before}2345678",
        f"{before} 234 5678",
        f"+84{before[1:]}2345678",
        f"+84 (0){before[1:]} 2345678",
    ):
        assert usable(spelling) == today


def test_a_number_is_read_in_the_country_of_its_row() -> None:
    numbers = pl.Series(["(212) 555-0123", "0912345678", "0912345678", "+84 912345678"])
    regions = pl.Series(["US", "VN", None, "US"])
    vietnamese = "+84912345678"
    assert normalize_phones(numbers, regions, "VN").to_list() == ["+12125550123", vietnamese, vietnamese, vietnamese]


def test_without_a_country_the_default_region_holds() -> None:
    assert normalize_phones(pl.Series(["0812345678"]), None, "TH").to_list() == ["+66812345678"]


@pytest.mark.parametrize("between", [" / ", "/", ";", ", ", "|", "\n", " hoặc ", " or "])
def test_a_cell_with_two_numbers_gives_both_and_the_first_of_them(between: str) -> None:
    cells = pl.Series([f"0912 345 678{between}0987654321"])
    assert all_phones(cells, None, "VN").to_list() == [["+84912345678", "+84987654321"]]
    assert normalize_phones(cells, None, "VN").to_list() == ["+84912345678"]


def test_a_cell_gives_only_its_usable_numbers_and_each_once() -> None:
    cells = pl.Series(["09123xxxxx / 0987654321", "0912345678 / +84912345678", "none", None, "028/38221234"])
    expected = [["+84987654321"], ["+84912345678"], [], None, ["+842838221234"]]
    assert all_phones(cells, None, "VN").to_list() == expected


def test_the_further_numbers_of_a_cell_are_those_behind_its_first_usable_one() -> None:
    cells = pl.Series(["0912345678 / 0987654321, 0355123456", "09123xxxxx / 0987654321 / 0912345678", "0912345678"])
    further = further_phones(cells, None, "VN")
    assert further.to_list() == [["+84987654321", "+84355123456"], ["+84912345678"], None]


@pytest.mark.parametrize(
    "cell",
    [None, "", "0912345678", "+84 (0) 912-345-678", "028/38221234", "0912345678 / 09876xxxxx", "0912345678 ext 1234567",
     "0912345678 / +84 912 345 678", "0912345678 / hỏi chị Lan"],
)  # fmt: skip
def test_a_cell_with_one_number_at_most_has_no_further_ones(cell: str | None) -> None:
    assert further_phones(pl.Series([cell], dtype=pl.String), None, "VN").to_list() == [None]


def test_further_numbers_are_read_in_the_country_of_their_row() -> None:
    cells = pl.Series("phone", ["0912345678", "(212) 555-0123 / (212) 555-0124", "0912345678; 0987654321"])
    expected = pl.Series("phone", [None, ["+12125550124"], ["+84987654321"]])
    assert further_phones(cells, pl.Series(["VN", "US", None]), "VN").equals(expected, check_names=True)


@given(
    st.lists(
        st.sampled_from(["0912345678", "+84 987 654 321", "0163 5123456", "09xxxxxxxx", "ext 12", "chị Lan", "hoặc"]),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from([" / ", "/", ";", ", ", " & ", "\n", " hoặc ", " hoa\u0323\u0306c ", " OR ", " và ", " - ", " "]),
)
def test_no_cell_with_several_numbers_is_overlooked(parts: list[str], between: str) -> None:
    cells = pl.Series([between.join(parts)])
    expected = all_phones(cells, None, "VN").item().to_list()[1:] or None
    assert further_phones(cells, None, "VN").to_list() == [expected]


def test_the_rows_keep_their_order_and_name() -> None:
    numbers = pl.Series("phone", ["0987654321", None, "bad", "0912345678", "0987 654 321 "])
    expected = pl.Series("phone", ["+84987654321", None, None, "+84912345678", "+84987654321"])
    assert normalize_phones(numbers, None, "VN").equals(expected, check_names=True)


digits = st.text("0123456789", min_size=6, max_size=11)
starts = st.sampled_from(
    ["", "0", "+84", "84", "0084", "+840", "840", "+84 0", "+84(0)", "+1", "+", "00", "(", "( +84"]
)
blocks = st.sampled_from(["9", "91", "98", "3", "70", "86", "55", "28", "24", "203", "14", "1800", "84", ""])


@given(
    starts,
    blocks,
    digits,
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(" .-()"))),
    st.sampled_from(["VN", "US", "TH"]),
)
def test_the_fast_way_agrees_with_the_library(
    start: str, block: str, rest: str, marks: list[tuple[int, str]], region: str
) -> None:
    spelling = start + block + rest
    for place, mark in marks:
        spelling = spelling[:place] + mark + spelling[place:]
    found = by_library(spelling, region)
    if found is not None:
        assert usable(spelling, region) == found


@given(st.from_regex(r"(\+84|84|0084|)0?(9[0-8]|3[2-9]|7[06-9]|8[1-8]|5[68]|28[2-9]|24[2-8])[0-9]{7}", fullmatch=True))
def test_the_fast_way_accepts_nothing_that_the_library_refuses(spelling: str) -> None:
    assert usable(spelling) == by_library(spelling, "VN")
