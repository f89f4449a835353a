from cdp_pipeline.values.nearest_name import nearest_names

CITIES = ["hanoi", "hue", "haiphong"]


def test_a_mistyped_name_gets_the_most_similar_known_one() -> None:
    assert nearest_names("hanio", CITIES) == ["hanoi"]


def test_a_name_like_none_gets_none() -> None:
    assert nearest_names("saigon-x", ["zzz"]) == []


def test_a_stricter_similarity_gives_fewer() -> None:
    assert nearest_names("hanio", CITIES, least=0.9) == []
