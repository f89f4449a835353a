import hashlib

import polars as pl
from hypothesis import given, strategies as st

from cdp_pipeline.values.hashes import md5_hex

texts = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=30)


@given(texts, st.sampled_from([1, 500]))
def test_it_is_the_md5_of_the_utf8_bytes_in_the_order_given(some: list[str | None], times: int) -> None:
    values = some * times
    hashed = md5_hex(pl.Series("key", values, dtype=pl.String))
    assert hashed.to_list() == [
        None if v is None else hashlib.md5(v.encode(), usedforsecurity=False).hexdigest() for v in values
    ]
    assert hashed.name == "key"
