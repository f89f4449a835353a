"""What is odd about a price, whichever entity states it. What becomes of prices stands in `profiles/activities.py`."""

import polars as pl

from cdp_pipeline.entities.entity import Finding


def negative_prices(**columns: str) -> tuple[Finding, ...]:
    """A finding per price column, by the source's name of it: a refund perhaps, or a slip; it is kept as sent."""
    return tuple(
        Finding(f"negative:{source}", "A price is below zero; it is kept as sent.", pl.col(name) < 0)
        for name, source in columns.items()
    )
