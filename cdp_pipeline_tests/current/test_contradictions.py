from datetime import date

import polars as pl

from cdp_pipeline.current.contradictions import changed_customers
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP

DAY, NEXT_DAY = date(2026, 11, 16), date(2026, 11, 17)


def days(*rows: tuple[str, str | None, date]) -> pl.LazyFrame:
    return pl.LazyFrame(
        rows, schema={"record_key": pl.String, "customer_id": pl.String, "drop_date": pl.Date}, orient="row"
    )


def test_a_card_that_names_another_customer_is_counted_on_the_day_it_does() -> None:
    cards = days(("M1", "C1", DAY), ("M1", "C2", NEXT_DAY), ("M2", "C3", DAY), ("M2", None, NEXT_DAY))
    found = changed_customers(cards, CUSTOMER_MEMBERSHIP).collect()
    assert found.rows() == [(NEXT_DAY, "contradiction:customerId", 1)]


def test_a_customer_is_no_contact_of_another() -> None:
    assert changed_customers(days(("K", "C1", DAY), ("K", "C2", DAY)), CUSTOMER_IDENTITY).collect().is_empty()
