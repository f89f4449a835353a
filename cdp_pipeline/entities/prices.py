"""Anomalies of prices, for every entity with a price. `profiles/activities.py` uses the prices."""

import polars as pl

from cdp_pipeline.entities.entity import Finding


def negative_prices(**columns: str) -> tuple[Finding, ...]:
    """A finding per price column, by the source's name of it; a negative price may be a refund and is kept as sent."""
    return tuple(
        Finding(f"negative:{source}", "A price is below zero; it is kept as sent.", pl.col(name) < 0)
        for name, source in columns.items()
    )
