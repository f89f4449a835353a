"""descriptions -> pairs worth comparing: records that share a blocking key.

A key is what two records of one person are likely to have alike although some of the rest is wrong or missing: a birth
date, a name, two words of a name and a year, an e-mail's local part. Of each kind of key those shared by more than
LARGEST_BLOCK records are dropped, and then the most shared ones until no more than PAIRS_PER_RECORD pairs for each
record are left: a birth date given 100,000 times costs nothing.
"""

from typing import Final

import polars as pl

LARGEST_BLOCK: Final = 100
PAIRS_PER_RECORD: Final = 2
FEWEST_PAIRS: Final = 2_000
"""So many pairs of each kind may always be looked at, and all pairs of so few records as make no more."""

BLOCKING_RULES: Final = (
    *("birth", "birth word", "birth zip_code", "birth city_match"),
    *("name_match", "name_match zip_code", "name_match city_match", "name_match ward_match"),
    *("address_match", "address_match word", "zip_code word", "word city_match"),
    *("words", "words year", "word year", "word month_day", "initials month_day"),
    *("mailbox", "mailbox word", "phone_stem word"),
)
"""What two records share to be compared, columns of a record; `word` is any word of the name, `words` any two."""


def find_candidates(records: pl.DataFrame) -> pl.DataFrame:
    """Keys that records share: node, key (a hash); whoever has a key in common is a pair.

    Args:
        records: node, each once, scope, `word` (the list of the name's words) and the columns of BLOCKING_RULES.
    """
    if records.height**2 <= FEWEST_PAIRS:
        return records.select("node", key=pl.col("scope").hash(1))
    parts = sorted({part for rule in BLOCKING_RULES for part in rule.split()} - {"word", "words"})
    # Numbers in the place of texts, of which there are several per word.
    hashed = records.select("node", *(_hashed(part) for part in ("scope", *parts)))
    words = records.select("node", "word").explode("word", empty_as_null=False).select("node", _hashed("word"))
    both = words.join(words, on="node", suffix="_b").filter(pl.col("word") < pl.col("word_b"))
    rows = {
        "word": words.join(hashed, on="node"),
        "words": both.select("node", words=pl.struct("word", "word_b").hash()).join(hashed, on="node"),
    }
    most = max(PAIRS_PER_RECORD * records.height, FEWEST_PAIRS)
    found = []
    for rule in BLOCKING_RULES:
        of = next((rows[part] for part in rule.split() if part in rows), hashed)
        found.append(_keys_of(of.lazy(), rule, most).collect())
    return pl.concat(found)


def _hashed(part: str) -> pl.Expr:
    return pl.when(pl.col(part).is_not_null()).then(pl.col(part).hash(1)).alias(part)


def _keys_of(rows: pl.LazyFrame, rule: str, most: int) -> pl.LazyFrame:
    parts = rule.split()
    keys = rows.drop_nulls(parts).select("node", key=pl.struct(pl.lit(rule).alias("rule"), "scope", *parts).hash(1))
    sizes = keys.group_by("key").agg(pl.len().alias("size")).filter(pl.col("size").is_between(2, LARGEST_BLOCK))
    pairs = (pl.col("size") * (pl.col("size").cast(pl.Int64) - 1) * pl.col("len") // 2).cum_sum()
    affordable = sizes.group_by("size").len().sort("size").filter(pairs <= most)
    return keys.join(sizes.join(affordable, on="size", how="semi"), on="key", how="semi").unique()
