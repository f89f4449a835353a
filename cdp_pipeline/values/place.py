"""Places: any spelling of an address, ward, district or city -> the form in which it is compared.

Folding only: no gazetteer, no parsing of house numbers. `entities/` declares which columns are parts of an address.
"""

from typing import Final

import polars as pl

from cdp_pipeline.values.person_name import folded_text

_NO_WORD: Final = r"[^\p{L}\p{M}\p{N}]+"


def match_places(places: pl.Series) -> pl.Series:
    """The folded words of each text in their order, joined by one space; null if no word is left."""
    distinct = pl.DataFrame({"place": places}).drop_nulls().unique()
    words = folded_text(pl.col("place").str.replace_all(_NO_WORD, " ")).str.strip_chars()
    answers = distinct.with_columns(match=pl.when(words != "").then(words))
    joined = pl.DataFrame({"place": places}).join(answers, on="place", how="left", maintain_order="left")
    return joined["match"].alias(places.name)
