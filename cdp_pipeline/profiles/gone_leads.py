"""Which MoeGo leads are gone: no longer in their company's list of leads, which says nothing else of their end.

current MoeGo leads + days on which lists came whole + refused leads -> the leads that are gone, and since when

Nothing is deleted for it (reading Q-23): the list loses a lead when it is promoted or removed, and both read alike.
"""

import polars as pl

LEAD_SCANS = pl.Schema({"company_id": pl.String(), "scanned_on": pl.Date()})
"""One row per internal company and drop date on which its list of leads came to its end."""

REFUSED_LEADS = pl.Schema({"id": pl.String(), "drop_date": pl.Date()})
"""One row per lead id and drop date of entries that were rejected: they were listed all the same."""

GONE_LEADS = pl.Schema({"record_key": pl.String(), "gone_on": pl.Date()})
"""One row per lead that is gone: the first drop date whose whole list lacks it."""


def find_gone(moego: pl.LazyFrame, scans: pl.LazyFrame, refused: pl.LazyFrame) -> pl.LazyFrame:
    """One row per MoeGo lead that is gone: `GONE_LEADS`.

    A lead is gone since the first whole list of its company on a day after the last one that held it, in a list or in
    any other file. A lead listed again is not gone. Days may have been read in any order.

    Args:
        moego: Current MoeGo leads: record_key, id, company_id, last_drop_date.
        scans: `LEAD_SCANS`; a null company is that of leads without one.
        refused: `REFUSED_LEADS`. Their ids count in every company, as a rejected row may not say its own.
    """
    last_refused = refused.group_by("id").agg(pl.col("drop_date").max().alias("refused_on"))
    listed = (
        moego.select("record_key", "id", "company_id", "last_drop_date")
        .join(last_refused, on="id", how="left")
        .select("record_key", _company(), pl.max_horizontal("last_drop_date", "refused_on").alias("listed_on"))
    )
    return (
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
    """The company in a form that joins where there is none; blank ids do not reach the current table."""
    return pl.col("company_id").fill_null("").alias("company")
