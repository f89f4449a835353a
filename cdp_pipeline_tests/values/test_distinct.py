"""Whether texts differ is told by their hashes."""

import random

import polars as pl
import pytest

from cdp_pipeline.values.hashes import all_differ


def test_texts_of_which_each_stands_there_once_differ():
    assert all_differ(pl.Series(["CRM:C1", "CRM:C2", None]))
    assert all_differ(pl.Series([], dtype=pl.String))


def test_a_text_that_stands_there_twice_is_found():
    assert not all_differ(pl.Series(["CRM:C1", "CRM:C2", "CRM:C1"]))
    assert not all_differ(pl.Series(["CRM:C1", None, None]))


@pytest.mark.parametrize("seed", range(20))
def test_the_answer_is_that_of_telling_them_apart(seed: int):
    dice = random.Random(seed)
    texts = [f"CRM:C{dice.randrange(2000)}" for _ in range(dice.randrange(60))]
    assert all_differ(pl.Series(texts, dtype=pl.String)) == (len(set(texts)) == len(texts))
