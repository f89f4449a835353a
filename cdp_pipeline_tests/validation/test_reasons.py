import random

import polars as pl
import pytest

from cdp_pipeline.validation.contract import BrokenRule
from cdp_pipeline.validation.messages import rule_names


def test_a_row_lists_every_rule_it_breaks_sorted_and_once() -> None:
    rules = [
        BrokenRule("value:yob", "yob", pl.Series([True, False, True])),
        BrokenRule("condition:NAME", None, pl.Series([True, False, False])),
        BrokenRule("value:yob", "yob", pl.Series([True, False, False])),
    ]
    assert rule_names(rules).to_list() == [["condition:NAME", "value:yob"], [], ["value:yob"]]


@pytest.mark.parametrize("count", [1, 62, 63, 64, 130])
def test_any_number_of_rules_is_told_apart(count: int) -> None:
    chance = random.Random(count)
    masks = [[chance.random() < 0.1 for _ in range(50)] for _ in range(count)]
    rules = [BrokenRule(f"value:f{place:03}", "f", pl.Series(mask)) for place, mask in enumerate(masks)]
    expected = [[rule.name for rule, mask in zip(rules, masks, strict=True) if mask[row]] for row in range(50)]
    assert rule_names(rules).to_list() == expected
