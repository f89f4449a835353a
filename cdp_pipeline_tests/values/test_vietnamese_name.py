"""Vietnamese names as they are typed, through the compared form that `person_name.py` makes of them."""

import unicodedata

import polars as pl
import pytest

from cdp_pipeline.values.person_name import match_names


def match(name: str) -> str | None:
    """The compared form of one name."""
    return match_names(pl.Series([name], dtype=pl.String)).item()


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("Chị Lan", "lan"),
        ("CHỊ LAN", "lan"),
        (unicodedata.normalize("NFD", "Chị Lan"), "lan"),
        ("Anh Nam", "nam"),
        ("anh nam", "nam"),
        ("chi lan", "lan"),
        ("A. Nam", "nam"),
        ("C.Lan", "lan"),
        ("Anh/Chị Lan", "lan"),
        ("Anh Minh Tuấn", "minh tuan"),
        ("Anh Lê Nam", "le nam"),
        ("Ông Nguyễn Văn Nam", "nam nguyen van"),
        ("Bà Triệu", "trieu"),
        ("Bác Tư", "tu"),
    ],
)
def test_a_form_of_address_is_no_part_of_the_name(named: str, expected: str) -> None:
    assert match(named) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("Anh Thư", "anh thu"),
        ("Anh Tuan", "anh tuan"),
        ("Lan Anh", "anh lan"),
        ("Nguyễn Anh", "anh nguyen"),
        ("Anh Nguyễn", "anh nguyen"),
        ("Anh Thu Nguyen", "anh nguyen thu"),
        ("Chi Pham", "chi pham"),
        ("Chi Lân", "chi lan"),
        ("Chi An", "an chi"),
        ("Chi Smith", "chi smith"),
        ("A. Smith", "a smith"),
        ("Emma Smith", "emma smith"),
        ("Chị", "chi"),
    ],
)
def test_what_may_be_a_name_is_no_form_of_address(named: str, expected: str) -> None:
    assert match(named) == expected


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Nguyeexn Thij Hoaf", "Nguyễn Thị Hoà"),
        ("Traanf Thanh Phuwowng", "Trần Thanh Phương"),
        ("Ddoox Ddinhf Ddoong", "Đỗ Đình Đông"),
        ("Lee Minh Tuaans", "Lê Minh Tuấn"),
        ("Nguyen Thi Hoaf", "Nguyễn Thị Hoà"),
        ("Nguye6n Thi5 Hoa2", "Nguyễn Thị Hoà"),
        ("Nguye64n Thi5 Ha2", "Nguyễn Thị Hà"),
    ],
)
def test_marks_that_are_typed_as_letters_or_digits_do_not_matter(typed: str, meant: str) -> None:
    assert match(typed) == match(meant)


@pytest.mark.parametrize(
    "name",
    ["tran", "hoan tran", "hoan lee minh", "le max", "hans muller", "moss ross", "nam2 nguyen van", "baker do peter"],
)
def test_what_is_a_name_as_it_stands_is_not_taken_for_typed_marks(name: str) -> None:
    assert match(name) == name
