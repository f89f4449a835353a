"""Conversions: which leads became customers, when, by which identity, and by what evidence.

    leads + named customers + identity records -> one row per lead whose person is a customer

A lead names at most the customer that it became, never the date; a MoeGo lead leaves the list without a reason
(entities.md, 4.9). A conversion is therefore derived from the person: identity has linked the lead and a customer.
"""

from datetime import timedelta

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.kinds import TIMESTAMP, Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import TEXT
from cdp_pipeline.staging import StagedRows
from cdp_pipeline.values.email import match_emails


class Conversion(TableModel):
    """Whether and how a lead became a customer."""

    is_converted: bool = column("Whether the lead became a customer.", nullable=False)
    was_customer_before: bool = column(
        "Whether the person was a customer more than a day before the lead came in.", nullable=False
    )
    converted_at: Timestamp = column(
        "When the customer was created, or else first seen; for a customer older than the lead, when the lead named it."
    )
    converted_by: str = column(
        "How it is known: customer_id that the lead names, phone or email in common, or other links of the person."
    )
    converted_customer_id: str = column("The customer it became.", personal=True)
    converted_record_key: str = column("The identity record of that customer.")


TOLERANCE = timedelta(days=1)
"""Tolerance of comparisons: system clocks differ, and a drop date has no time of day."""

_HOW = ("customer_id", "phone", "email", "other")


class NamedCustomers(TableModel, key=("record_key", "customer_id")):
    """One row per lead and customer id that any of its versions names."""

    record_key: str = column("The lead.", nullable=False)
    customer_id: str = column("The customer that it named.", personal=True, nullable=False)
    named_at: Timestamp = column(
        "The earliest business time of a version that names it, else the earliest drop date (UTC)."
    )


NAMED_CUSTOMERS = table_of(NamedCustomers)


def find_named_customers(versions: LazyFrame[StagedRows]) -> LazyFrame[NamedCustomers]:
    """One row per lead and customer id that any of its versions names.

    Args:
        versions: All staged versions of lead-information: record_key, customer_id, business_at, drop_date.
    """
    delivered_at = pl.col("drop_date").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    return NAMED_CUSTOMERS.named(
        versions.filter(pl.col("customer_id").is_not_null())
        .group_by("record_key", "customer_id")
        .agg(pl.coalesce(pl.col("business_at").min(), delivered_at.min()).cast(TIMESTAMP).alias("named_at"))
    )


def find_conversions(
    leads: pl.LazyFrame,
    named_customers: LazyFrame[NamedCustomers],
    current: Records,
    record_persons: LazyFrame[RecordPersons],
) -> pl.LazyFrame:
    """One row per lead whose person has a live customer identity: record_key and the columns of `Conversion`.

    A lead that names the id of a customer of its company was converted to that customer. Another lead was converted
    unless its person was a customer more than a day before the lead; then the columns of the conversion are null. If
    there are several identities, the first by evidence is chosen: customer_id, phone, email, other. Ties go to the one
    known earliest, then to the smallest record key.

    `converted_at` is `created_at` of the identity, or else its first evidence. If that is before the start of the lead
    (its `created_at`, or else its first evidence), it is the time at which the lead first named the customer, but not
    before the start of the lead.

    Args:
        leads: Leads with persons: record_key, person_id, internal_company_id, customer_id, phone_e164,
            phone_others_e164, email_normalized, email_others_normalized, created_at, first_seen_at.
        named_customers: Output of `find_named_customers`.
        current: The current records by entity name.
        record_persons: The person of each record.
    """
    compared = leads.select(
        "record_key",
        "person_id",
        "internal_company_id",
        "customer_id",
        _numbers().alias("numbers"),
        _addresses().alias("addresses"),
        _known_at().alias("lead_at"),
    )
    customers = (
        records_of(CUSTOMER_IDENTITY, current, record_persons)
        .join(leads.select("person_id").unique(), on="person_id", how="semi")
        .select(
            "person_id",
            pl.col("internal_company_id").alias("company"),
            pl.col("customer_id").alias("converted_customer_id"),
            pl.col("record_key").alias("converted_record_key"),
            _numbers().alias("its_numbers"),
            _addresses().alias("its_addresses"),
            _known_at().alias("customer_at"),
        )
    )
    is_named = (pl.col("customer_id") == pl.col("converted_customer_id")) & pl.col("internal_company_id").eq_missing(
        pl.col("company")
    )
    shares_phone = pl.col("numbers").list.set_intersection("its_numbers").list.len() > 0
    shares_email = pl.col("addresses").list.set_intersection("its_addresses").list.len() > 0
    how = pl.when(is_named).then(0).when(shares_phone).then(1).when(shares_email).then(2).otherwise(3)
    first = compared.join(customers, on="person_id").with_columns(how.alias("how"))
    proof = (
        first.sort("record_key", "how", "customer_at", "converted_record_key")
        .group_by("record_key")
        .agg(
            pl.col("how", "customer_at", "converted_customer_id", "converted_record_key", "lead_at").first(),
            (pl.col("customer_at").min() < pl.col("lead_at").first() - TOLERANCE).alias("was_customer_before"),
        )
    )
    is_converted = (pl.col("how") == 0) | ~pl.col("was_customer_before")
    conversion = {
        "converted_at": pl.when(pl.col("customer_at") >= pl.col("lead_at"))
        .then("customer_at")
        .otherwise(pl.max_horizontal("lead_at", "named_at")),
        "converted_by": pl.col("how").replace_strict(dict(enumerate(_HOW)), return_dtype=TEXT),
        "converted_customer_id": pl.col("converted_customer_id"),
        "converted_record_key": pl.col("converted_record_key"),
    }
    named = named_customers.rename({"customer_id": "converted_customer_id"})
    return proof.join(named, on=["record_key", "converted_customer_id"], how="left").select(
        "record_key",
        is_converted.alias("is_converted"),
        "was_customer_before",
        *(pl.when(is_converted).then(value).alias(name) for name, value in conversion.items()),
    )


def _numbers() -> pl.Expr:
    """All usable numbers of a record's phone cell."""
    return _all_of("phone_e164", "phone_others_e164")


def _addresses() -> pl.Expr:
    """All usable addresses of a record's e-mail cell, in compared form."""
    return _all_of("email_normalized", "email_others_normalized").list.eval(match_emails(pl.element()))


def _all_of(first: str, further: str) -> pl.Expr:
    return pl.concat_list(first, pl.col(further).fill_null(pl.lit([], pl.List(pl.String)))).list.drop_nulls()


def _known_at() -> pl.Expr:
    return pl.coalesce("created_at", "first_seen_at")
