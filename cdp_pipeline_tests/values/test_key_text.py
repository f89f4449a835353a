import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_pipeline.values.key_text import clean_header, clean_keys, has_odd_keys


def cleaned(*texts: str | None) -> list[str | None]:
    return pl.DataFrame({"key": texts}, schema={"key": pl.String}).select(clean_keys(pl.col("key")))["key"].to_list()


@pytest.mark.parametrize(
    "spelling",
    [
        "C001",
        "C\u200b001",
        "C001\ufeff",
        "\u200eC001",
        "C\u00ad001",
        "\u2060C001\u200d",
        "Ｃ００１",
        "\u00a0C001 ",
        '="C001"',
        "'C001",
        '"C001"',
        '" C001 "',
    ],
)
def test_spellings_that_look_alike_are_one_key(spelling: str) -> None:
    assert cleaned(spelling) == ["C001"]


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("00000004711", "00000004711"),
        ("4711.0", "4711"),
        ("4711.50", "4711.50"),
        ("v1.0", "v1.0"),
        ("12345678901234567890", "12345678901234567890"),
        ("c001", "c001"),
        ("Công ty\u00a0An", "Công ty An"),
        ("e\u0301", "é"),
        ("O'Brien", "O'Brien"),
        ("'quoted'", "'quoted'"),
        ("\u200b", None),
        ('""', None),
        (None, None),
    ],
)
def test_what_tells_keys_apart_stays(sent: str | None, key: str | None) -> None:
    assert cleaned(sent) == [key]


@given(st.text(max_size=8))
def test_a_text_that_is_not_looked_at_is_clean_already(text: str) -> None:
    odd = pl.DataFrame({"key": [text]}).select(has_odd_keys(pl.col("key"))).item()
    assert odd or cleaned(text) == [text or None]


@given(st.text(alphabet="aC01.='\" \u200b\uff10\u0301", max_size=6))
def test_cleaning_twice_changes_nothing_more_but_guards_within_guards(text: str) -> None:
    once = cleaned(text)[0]
    if once is not None and once[0] not in "='\"" and once[-1] not in "'\"":
        assert cleaned(once) == [once]


@pytest.mark.parametrize(
    "name", ["customerId", "\ufeff\ufeffcustomerId", "customerId\u200b", '"customerId"', " customerId\u00a0"]
)
def test_a_header_is_known_whatever_cannot_be_seen_in_it(name: str) -> None:
    assert clean_header(name) == "customerId"
