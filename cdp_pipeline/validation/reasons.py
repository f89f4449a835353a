"""The names of the rules that each row breaks.

Rule masks -> one list per row. `messages.py` has their wording.
"""

from collections.abc import Sequence

import polars as pl

from cdp_pipeline.validation.contract import BrokenRule

_WORD = 63
"""Masks per integer: the bits of a signed 64-bit integer without the sign."""


def rule_names(rules: Sequence[BrokenRule]) -> pl.Series:
    """The names of the rules that each row breaks, sorted and distinct; empty for a valid row.

    Many rows break the same few combinations of rules, so each combination is resolved once. Building a list per row
    from every mask would cost several times as much.
    """
    masks = pl.DataFrame([rule.mask.alias(str(place)) for place, rule in enumerate(rules)])
    words = [
        pl.sum_horizontal(
            pl.col(str(place)).cast(pl.Int64) * 2 ** (place - start)
            for place in range(start, min(start + _WORD, len(rules)))
        ).alias(f"word{start}")
        for start in range(0, len(rules), _WORD)
    ]
    patterns = masks.select(words)
    distinct = patterns.unique()
    names = [
        sorted({rule.name for place, rule in enumerate(rules) if pattern[place // _WORD] >> place % _WORD & 1})
        for pattern in distinct.iter_rows()
    ]
    named = distinct.with_columns(pl.Series("rules", names, dtype=pl.List(pl.String)))
    return patterns.join(named, on=patterns.columns, how="left", maintain_order="left")["rules"]
