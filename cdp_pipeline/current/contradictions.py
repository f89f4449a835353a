"""Contradicting versions of a record -> counts for the table of findings; no row is rejected or lost for them."""

from datetime import date

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.staging import StagedRows

CHANGED_CUSTOMER = "contradiction:customerId"


class ChangedCustomers(TableModel, key=("drop_date", "rule")):
    """One row per drop date, with the number of records whose versions name different customers."""

    drop_date: date = column("The drop date.", nullable=False)
    rule: str = column(f"Always {CHANGED_CUSTOMER}.", nullable=False)
    rows: int = column("How many records.", nullable=False)


CHANGED_CUSTOMERS = table_of(ChangedCustomers)


def can_change_customer(entity: Entity) -> bool:
    """Whether records of the entity are contacts that name a customer and may name another one later."""
    return entity.role == "contact" and "customer_id" in entity.by_name


def changed_customers(days: LazyFrame[StagedRows], entity: Entity) -> LazyFrame[ChangedCustomers]:
    """Count the records of a contact, such as a card, whose versions name different customers (reading Q-19).

    A record is counted on the drop date of its newest version with a customer; that version remains the valid one.

    Args:
        days: The staged rows of all days.
        entity: The entity of the rows.
    """
    names_customer = can_change_customer(entity)
    named = days.filter(pl.col("customer_id").is_not_null() if names_customer else pl.lit(value=False))
    customer = pl.col("customer_id") if names_customer else pl.lit(None, pl.String)
    return CHANGED_CUSTOMERS.named(
        named.group_by("record_key")
        .agg(customer.n_unique().alias("customers"), pl.col("drop_date").max())
        .filter(pl.col("customers") > 1)
        .group_by("drop_date")
        .agg(pl.lit(CHANGED_CUSTOMER).alias("rule"), pl.len().cast(pl.Int64).alias("rows"))
        .select("drop_date", "rule", "rows")
    )
