from concurrent.futures import ThreadPoolExecutor

import polars as pl

from cdp_pipeline.values.duckdb_query import query


def test_the_answer_is_over_the_frames_as_named() -> None:
    found = query("SELECT a + b AS both FROM one, other", one=pl.DataFrame({"a": [1]}), other=pl.DataFrame({"b": [2]}))
    assert found["both"].to_list() == [3]


def test_questions_asked_at_once_each_see_their_own_frame() -> None:
    def ask(number: int) -> int:
        return query("SELECT n FROM rows", rows=pl.DataFrame({"n": [number]}))["n"].item()

    with ThreadPoolExecutor(max_workers=6) as threads:
        assert list(threads.map(ask, range(60))) == list(range(60))
