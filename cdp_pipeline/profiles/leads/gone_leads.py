"""MoeGo leads that are gone: absent from the complete list of their company's leads.

current MoeGo leads + drop dates of complete lists + rejected leads -> leads that are gone, since when

The list does not state the reason: it loses a lead when the lead is promoted and when it is removed (reading Q-23). No
record is deleted because of it.
"""

from datetime import date

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import CurrentRecords
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.shared_columns import RECORD_KEY


class LeadScans(TableModel, key=("company_id", "scanned_on")):
    """One row per internal company and drop date with a complete list of its leads."""

    company_id: str = column("The company; null for leads without one.")
    scanned_on: date = column("The drop date.")


LEAD_SCANS = table_of(LeadScans)


class RefusedLeads(TableModel, key=("id", "drop_date")):
    """One row per lead id and drop date of rejected entries, which the list contained all the same."""

    id: str = column("The lead's id at MoeGo.", personal=True)
    drop_date: date = column("The drop date.")


REFUSED_LEADS = table_of(RefusedLeads)


class Gone(TableModel):
    """Since when a lead is gone."""

    gone_on: date = column("First drop date whose complete list of MoeGo leads lacks it; null while listed.")


class GoneLeads(Gone, key=("record_key",)):
    """One row per lead that is gone: the first drop date whose complete list lacks it."""

    record_key: str = RECORD_KEY


GONE_LEADS = table_of(GoneLeads)


def find_gone(
    moego: LazyFrame[CurrentRecords], scans: LazyFrame[LeadScans], refused: LazyFrame[RefusedLeads]
) -> LazyFrame[GoneLeads]:
    """One row per MoeGo lead that is gone, with the date.

    A lead is gone from the first complete list of its company after the last drop date that contained the lead, in a
    list or in any other file. A lead that is listed again is not gone. The order in which dates were read does not
    matter.

    Args:
        moego: Current MoeGo leads: record_key, id, company_id, last_drop_date.
        scans: The companies and drop dates with a complete list.
        refused: The rejected lead ids. They count for every company, as a rejected row may not state its own.
    """
    last_refused = refused.group_by("id").agg(pl.col("drop_date").max().alias("refused_on"))
    listed = (
        moego.select("record_key", "id", "company_id", "last_drop_date")
        .join(last_refused, on="id", how="left")
        .select("record_key", _company(), pl.max_horizontal("last_drop_date", "refused_on").alias("listed_on"))
    )
    return GONE_LEADS.named(
        listed.sort("listed_on")
        .join_asof(
            scans.select(_company(), "scanned_on").sort("scanned_on"),
            left_on="listed_on",
            right_on="scanned_on",
            by="company",
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .filter(pl.col("scanned_on").is_not_null())
        .select("record_key", pl.col("scanned_on").alias("gone_on"))
    )


def _company() -> pl.Expr:
    """The company, or an empty text so that leads without one join; blank ids do not reach the current table."""
    return pl.col("company_id").fill_null("").alias("company")
