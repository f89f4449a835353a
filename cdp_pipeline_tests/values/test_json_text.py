import json
import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, strategies as st

from cdp_pipeline.ingest.batch import UnreadableEntryError
from cdp_pipeline.ingest.exact import parse
from cdp_pipeline.values.duckdb_query import Engine
from cdp_pipeline.values.json_text import is_suspect, json_of, object_of

SOUND = [
    '{"a":1,"b":"x\\u00e9y","c":[1,2.5,null,true],"d":{"e":-0.5e3}}',
    '{"n":[{"k":"v"},[],{}],"t":false}',
    ' { "a" : [ 1 , 2 ] , "b" : "\\n" } ',
]
CHARACTERS = ",:{}[]\"\\ 0123456789.eE+-nulNaNfInftrue/*#\x0b\t\x00\u00a0\ufeff'_$xXuU"


def mutated(text: str, chance: random.Random) -> str:
    characters = list(text)
    for _ in range(chance.choice([1, 1, 2, 3])):
        at = chance.randrange(len(characters))
        characters[at : at + chance.randrange(2)] = chance.choice(["", chance.choice(CHARACTERS)])
    return "".join(characters)


def number(chance: random.Random) -> str:
    whole = chance.choice(["0", str(chance.randrange(10 ** chance.randrange(1, 21)))])
    fraction = "".join(chance.choices("0000123456789", k=chance.randrange(20)))
    exponent = f"e{chance.choice(['', '-', '+'])}{chance.randrange(30)}" if chance.random() < 0.1 else ""
    return chance.choice(["", "-"]) + whole + (f".{fraction}" if fraction else "") + exponent


@pytest.mark.parametrize("seed", range(3))
def test_duckdb_takes_no_damaged_text_for_json_unless_it_is_suspect(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    texts = [mutated(chance.choice(SOUND), chance) for _ in range(5000)]
    with Engine(tmp_path) as engine:
        valid = engine.run("SELECT json_valid(raw) AS valid FROM texts", texts=pl.DataFrame({"raw": texts}))["valid"]
    suspect = is_suspect(pl.Series(texts))
    trusted = [(text, is_valid) for text, is_valid, doubt in zip(texts, valid, suspect, strict=True) if not doubt]
    assert [text for text, is_valid in trusted if is_valid != is_sound(text)] == []
    assert 500 < sum(is_valid for _, is_valid in trusted) < len(trusted) - 500


def is_sound(text: str) -> bool:
    try:
        parse(text, keep_doubled=True)
    except UnreadableEntryError:
        return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_duckdb_changes_no_number_unless_it_is_suspect(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    numbers = [number(chance) for _ in range(5000)]
    texts = pl.Series("raw", [f'{{"a":{digits},"b":[{digits}]}}' for digits in numbers])
    sql = """SELECT unnest(from_json(raw, '{"a":"VARCHAR","b":"JSON"}')) FROM texts"""
    with Engine(tmp_path) as engine:
        read = engine.run(sql, texts=texts.to_frame())
    trusted = ~is_suspect(texts)
    assert read["a"].filter(trusted).to_list() == pl.Series(numbers).filter(trusted).to_list()
    assert read["b"].filter(trusted).to_list() == [f"[{digits}]" for digits in pl.Series(numbers).filter(trusted)]
    assert trusted.sum() > 500


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_a_text_becomes_a_json_string(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    found = frame.select(json_of(pl.col("text"))).to_series()
    assert [None if cell is None else json.loads(cell) for cell in found] == texts


def test_an_object_holds_what_is_there_in_order_of_its_keys() -> None:
    frame = pl.DataFrame({"b": ["1", None, None], "a": ['"x"', "[]", None]})
    found = frame.select(object_of({"b": pl.col("b"), 'a"': pl.col("a")})).to_series()
    assert found.to_list() == ['{"a\\"":"x","b":1}', '{"a\\"":[]}', None]
