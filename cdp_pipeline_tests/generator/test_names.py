import random

import pytest

from cdp_pipeline.generator.names import (
    Name,
    draw_family_name,
    draw_name,
    generation_of,
    initials_fit,
    misspell,
    spell,
)

MINH_ANH = Name("Nguyễn", "Thị Minh", "Anh")


def test_nguyen_is_the_name_of_more_than_a_third() -> None:
    draw = random.Random(1).random
    families = [draw_family_name(draw) for _ in range(20_000)]
    assert 0.36 < families.count("Nguyễn") / len(families) < 0.40
    assert 0.10 < families.count("Trần") / len(families) < 0.12


def test_names_follow_the_fashion_of_their_time() -> None:
    draw = random.Random(1).random
    old, young = ([draw_name(draw, "Lê", "female", year).middle for _ in range(2000)] for year in (1945, 2005))
    assert old.count("Thị") > 2.5 * young.count("Thị")
    assert [generation_of(year) for year in (1945, 1975, 2005)] == ["old", "middle", "young"]


def test_no_word_stands_twice_in_a_name() -> None:
    draw = random.Random(2).random
    for _ in range(3000):
        name = draw_name(draw, "Trần", "male", 1995)
        assert name.given not in name.middle.split()


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
def test_a_typing_error_is_in_the_longest_word(number: int, slipped: str) -> None:
    assert misspell("Nguyễn An", number) == slipped
