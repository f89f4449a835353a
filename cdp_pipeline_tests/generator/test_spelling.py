import pytest

from cdp_pipeline.generator.names import Name
from cdp_pipeline.generator.spelling import initials_fit, misspell, spell

MINH_ANH = Name("Nguyễn", "Thị Minh", "Anh")


@pytest.mark.parametrize(
    ("spelling", "written"),
    [
        ("full", "Nguyễn Thị Minh Anh"),
        ("plain", "Nguyen Thi Minh Anh"),
        ("upper", "NGUYEN THI MINH ANH"),
        ("lower", "nguyễn thị minh anh"),
        ("western", "Minh Anh Nguyễn"),
        ("short", "Nguyễn Anh"),
        ("bare", "Nguyen Anh"),
        ("initials", "Nguyen T. M. Anh"),
    ],
)
def test_a_name_in_each_spelling(spelling: str, written: str) -> None:
    assert spell(MINH_ANH, spelling) == written


def test_initials_are_not_used_where_they_could_be_a_relatives_name() -> None:
    assert initials_fit(Name("Vũ", "Hoàng", "Trí"), Name("Vũ", "Mạnh", "Hùng"))
    assert not initials_fit(MINH_ANH, Name("Nguyễn", "Văn", "Long"))


@pytest.mark.parametrize(
    ("number", "slipped"),
    [(0, "Nguyeenx An"), (1, "Nugyễn An"), (2, "Nguyễnn An")],
)
def test_a_slip_is_in_the_longest_word(number: int, slipped: str) -> None:
    assert misspell("Nguyễn An", number) == slipped
