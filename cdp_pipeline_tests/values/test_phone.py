import re
import time

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, strategies as st

from cdp_pipeline.values.phone import find_unassigned, normalize_phones, read_phones
from cdp_pipeline.values.vietnamese_phone import AREA_CODES_BEFORE_2017


def usable(number: str | None, region: str | None = None) -> str | None:
    """The number that one cell gives where Vietnam is the default region."""
    regions = None if region is None else pl.Series([region])
    return normalize_phones(pl.Series([number], dtype=pl.String), regions, "VN").item()


def every(*cells: str | None) -> list[list[str]]:
    """All numbers of each cell where Vietnam is the default region."""
    first, further = read_phones(pl.Series(cells, dtype=pl.String), None, "VN")
    return [[one, *(others or [])] if one else [] for one, others in zip(first, further.to_list(), strict=True)]


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


@pytest.mark.parametrize(
    "between",
    [" / ", "/", ";", ", ", "|", "\n", "\t", " ", "  ", " - ", "、", " & ", " hoặc ", " or ", " và ", " (zalo), "],
)
def test_a_cell_with_two_numbers_gives_both(between: str) -> None:
    assert every(f"0912 345 678{between}0987654321") == [["+84912345678", "+84987654321"]]


def test_a_cell_gives_only_its_usable_numbers_and_each_once() -> None:
    cells = ("09123xxxxx / 0987654321", "0912345678 / +84912345678", "none", None, "028/38221234")
    assert every(*cells) == [["+84987654321"], ["+84912345678"], [], [], ["+842838221234"]]


def test_the_further_numbers_of_a_cell_are_those_behind_its_first_usable_one() -> None:
    cells = pl.Series(["0912345678 / 0987654321, 0355123456", "09123xxxxx / 0987654321 / 0912345678", "0912345678"])
    further = read_phones(cells, None, "VN").further
    assert further.to_list() == [["+84987654321", "+84355123456"], ["+84912345678"], None]


@pytest.mark.parametrize(
    "cell",
    [None, "", "0912345678", "+84 (0) 912-345-678", "028/38221234", "0912345678 / 09876xxxxx", "0912345678 ext 1234567",
     "0912345678 / +84 912 345 678", "0912345678 / hỏi chị Lan", "02838123456 / 57"],
)  # fmt: skip
def test_a_cell_with_one_number_at_most_has_no_further_ones(cell: str | None) -> None:
    assert read_phones(pl.Series([cell], dtype=pl.String), None, "VN").further.to_list() == [None]


def test_further_numbers_are_read_in_the_country_of_their_row() -> None:
    cells = pl.Series("phone", ["0912345678", "(212) 555-0123 / (212) 555-0124", "0912345678; 0987654321"])
    expected = pl.Series("phone", [None, ["+12125550124"], ["+84987654321"]])
    further = read_phones(cells, pl.Series(["VN", "US", None]), "VN").further
    assert further.equals(expected, check_names=True)


@pytest.mark.parametrize(
    "cell",
    ["0912345678 (Lan)", "0912345678(Lan)", "0912345678 Lan", "0912345678 An", "0912345678 chị Lan", "0912345678 - Lan",
     "ĐT: 0912345678 (gọi sau 18h)", "SĐT0912345678", "Zalo 0912345678", "Lan: 0912345678", "chị Lan 0912345678",
     "0912345678 王小姐", "0912345678（兰）", "0912345678 (Лан)", "0912345678 คุณลาน", "0912345678, gọi trước 17h30",
     "0912345678 (CCCD 079200001234)", "0912345678\u200e", "\u202a+84912345678\u202c"],
)  # fmt: skip
def test_a_remark_beside_a_number_leaves_it_what_it_is(cell: str) -> None:
    assert every(cell) == [["+84912345678"]]


@pytest.mark.parametrize(
    "extension", ["máy lẻ 101", "(máy lẻ 101)", "may le: 101", "nội bộ 101", "số nội bộ 101", "- nhánh 101", "(101)",
                  "ext 101", "ext.101", "extension 101", "x101", ";ext=101", "#101"],
)  # fmt: skip
def test_an_extension_is_no_part_of_the_number(extension: str) -> None:
    assert every(f"028 3812 3456 {extension}") == [["+842838123456"]]


@pytest.mark.parametrize(
    "cell",
    ["0912345abc", "0912345 LAN", "0987-NGA-321", "0987654(anh)", "0987654 (anh)", "0912345678abc", "Lan0912345678",
     "0912345abc678", "1800-FLOWERS", "+84 912 LAN 678", "C0912345678", "０９１２３４５ａｂｃ", "0912345678 12"],
)  # fmt: skip
def test_letters_are_never_digits_and_a_remark_stands_apart_from_a_whole_number(cell: str) -> None:
    assert every(cell) == [[]]


@pytest.mark.parametrize("code", ["08", "(08)", "+84 8", "+84 (8)", "(+84 8)", "+84 (0)8", "84 8", "0084 8", "+848"])
@pytest.mark.parametrize("subscriber", ["3812 3456", "38123456", "3812.3456", "381 23 456"])
def test_an_old_area_code_that_is_set_apart_is_replaced_in_every_spelling(code: str, subscriber: str) -> None:
    assert usable(f"{code} {subscriber}") == "+842838123456"


@pytest.mark.parametrize(("before", "since"), AREA_CODES_BEFORE_2017.items())
@pytest.mark.parametrize("spelling", ["(0{}) {}", "0{}.{}", "0{}-{}", "0{} {}", "+84 {} {}", "(0{}){}"])
def test_a_landline_from_before_2017_equals_the_one_that_replaced_it(before: str, since: str, spelling: str) -> None:
    subscriber = "38523456" if before in ("4", "8") else "3852345"
    assert usable(spelling.format(before, subscriber)) == f"+84{since}{subscriber}"
    assert usable(spelling.format(since, subscriber)) == f"+84{since}{subscriber}"


@pytest.mark.parametrize(
    ("together", "number"),
    [("0438123456", "+842438123456"), ("0613852345", "+842513852345"), ("05113812345", "+842363812345"),
     ("02403812345", "+842043812345"), ("0223852345", "+842123852345"),
     ("0838123456", "+84838123456"), ("0763852456", "+84763852456"), ("0763 852 456", "+84763852456")],
)  # fmt: skip
def test_digits_written_together_are_an_old_landline_only_where_no_number_of_today_has_their_shape(
    together: str, number: str
) -> None:
    assert usable(together) == number


def test_an_area_code_of_another_country_is_none_of_vietnam() -> None:
    assert usable("(08) 9321 4000", "AU") == "+61893214000"


@pytest.mark.parametrize(
    ("number", "region", "e164"),
    [("0891234567", None, "+84891234567"), ("+84 89 123 4567 (Lan)", None, "+84891234567"),
     ("0217 3812345", None, "+842173812345"), ("(555) 123-4567", "US", "+15551234567"),
     ("+65 7123 4567", None, "+6571234567")],
)  # fmt: skip
def test_a_number_of_possible_length_in_no_assigned_range_is_used_and_known_as_such(
    number: str, region: str | None, e164: str
) -> None:
    assert usable(number, region) == e164
    assert find_unassigned(pl.Series([e164, "+84912345678", None, e164])).to_list() == [e164]


def test_a_number_that_is_merely_possible_in_its_country_and_assigned_in_the_default_one_is_unusable() -> None:
    assert usable("0987654321", "NA") is None
    assert usable("+264 98 765 4321", "NA") == "+264987654321"


def test_numbers_that_are_assigned_are_not_counted() -> None:
    numbers = pl.Series(["+84912345678", "+842838123456", "+12125550123", "+8419001234", None])
    assert find_unassigned(numbers).to_list() == []


@pytest.mark.parametrize(
    "digits",
    ["0000000000", "0123456789", "1234567", "123456789", "891234567", "0283812345", "079200001234", "1111111111"],
)
def test_digits_that_are_dialled_nowhere_are_no_possible_number(digits: str) -> None:
    assert usable(digits) is None


@pytest.mark.parametrize("cell", ["x" + " " * 16_000, "0912345678" + " " * 16_000, "ext " * 4_000, "(1) " * 4_000])
def test_a_cell_longer_than_any_number_costs_nothing(cell: str) -> None:
    begin = time.perf_counter()
    assert normalize_phones(pl.Series([f"{cell}{number}" for number in range(100)]), None, "VN").null_count() == 100
    assert time.perf_counter() - begin < 1


def test_the_rows_keep_their_order_and_name() -> None:
    numbers = pl.Series("phone", ["0987654321", None, "bad", "0912345678", "0987 654 321 "])
    expected = pl.Series("phone", ["+84987654321", None, None, "+84912345678", "+84987654321"])
    assert normalize_phones(numbers, None, "VN").equals(expected, check_names=True)


SET_APART = rf"^\W*(84|0084)?\W*0?\W*({'|'.join(AREA_CODES_BEFORE_2017)})\W|[0-9] ?\([0-9]"
"""Where we know better than the library: an area code of before 2017, an extension in brackets."""

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
    if found is not None and not re.search(SET_APART, spelling):
        assert usable(spelling, region) == found


@given(st.from_regex(r"(\+84|84|0084|)0?(9[0-8]|3[2-9]|7[06-9]|8[1-8]|5[68]|28[2-9]|24[2-8])[0-9]{7}", fullmatch=True))
def test_the_fast_way_accepts_nothing_that_the_library_refuses(spelling: str) -> None:
    assert usable(spelling) == by_library(spelling, "VN")


typed = st.lists(
    st.one_of(st.sampled_from(["0912345678", "+84 8", "(076)", "x", "ext ", "/", "; "]), st.text(max_size=8))
)


@given(typed.map("".join), st.sampled_from(["VN", "US", "DE", "IT"]))
def test_whatever_stands_in_a_cell_its_numbers_are_read_as_themselves(cell: str, region: str) -> None:
    first, further = read_phones(pl.Series([cell]), pl.Series([region]), "VN")
    for number in [*first.drop_nulls(), *further.explode().drop_nulls()]:
        assert usable(number) == number
