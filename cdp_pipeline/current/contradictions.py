"""Versions of one record that contradict each other -> findings: counted, never a reason to refuse or to lose a row."""

import polars as pl

from cdp_pipeline.entities.entity import Entity

CHANGED_CUSTOMER = "contradiction:customerId"


def can_change_customer(entity: Entity) -> bool:
    """Whether records of the entity are contacts that name a customer and live on when they name another."""
    return entity.role == "contact" and "customer_id" in entity.by_name


def changed_customers(days: pl.LazyFrame, entity: Entity) -> pl.LazyFrame:
    """How many records of a contact, such as a card, name another customer than they did before (reading Q-19).

    One row per drop date of the newest such version: drop_date, rule, rows. The newest version holds all the same.

    Args:
        days: The staged rows of all days.
        entity: Whose rows they are.
    """
    names_customer = can_change_customer(entity)
    named = days.filter(pl.col("customer_id").is_not_null() if names_customer else pl.lit(value=False))
    customer = pl.col("customer_id") if names_customer else pl.lit(None, pl.String)
    return (
        named.group_by("record_key")
        .agg(customer.n_unique().alias("customers"), pl.col("drop_date").max())
        .filter(pl.col("customers") > 1)
        .group_by("drop_date")
        .agg(pl.lit(CHANGED_CUSTOMER).alias("rule"), pl.len().cast(pl.Int64).alias("rows"))
        .select("drop_date", "rule", "rows")
    )
