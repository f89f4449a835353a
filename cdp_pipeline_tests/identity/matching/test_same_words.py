import polars as pl
import pytest

from cdp_pipeline.identity.matching.agreement import names_in_other_words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("bob smith", "robert smith", True),
        ("bob smith", "robbie smith", True),
        ("bob smith", "james robert smith", True),
        ("anna marie smith", "annamarie smith", True),
        ("lan ngoc", "ngoclan", True),
        ("bob smith", "bill smith", False),
        ("bob smith", "jones robert", False),  # no family name in common
        ("alexander smith", "alexandra smith", False),  # brother and sister, both called Alex
        ("bob james smith", "robert smith thomas", False),  # another middle name
        ("bob", "robert", False),
        ("hoan tran", "hoang tran", False),
        ("anna smith", "annamarie smith", False),
    ],
)
def test_joined_words_and_short_forms_are_one_name(one: str, other: str, same: bool) -> None:
    names = pl.DataFrame({"a": [one, other], "b": [other, one]})
    assert names_in_other_words(names, "a", "b").to_list() == [same, same]
