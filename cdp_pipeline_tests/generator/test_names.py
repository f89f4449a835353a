import random

from cdp_pipeline.generator.names import draw_family_name, draw_name, generation_of


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
