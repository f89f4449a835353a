"""Consent to marketing by e-mail and by SMS: profile_consents -> one decision per person and channel.

The precedence of evidence is defined here only. `consents.py` collects what the sources state.
"""

import polars as pl

from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import TableModel, column

CHANNELS = ("email", "sms")


class ConsentSummary(TableModel):
    """The consent columns of a profile, as `decide_consents` returns them."""

    can_email: bool = column("Whether the person consents to marketing by e-mail; null is unknown: not allowed.")
    can_email_basis: str = column("The source's field or event that decides it; see profile_consents.")
    can_email_since: Timestamp = column("Since when the decision applies.")
    can_sms: bool = column("Whether the person consents to marketing by SMS; null is unknown: not allowed.")
    can_sms_basis: str = column("The source's field or event that decides it; see profile_consents.")
    can_sms_since: Timestamp = column("Since when the decision applies.")


def decide_consents(consents: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person with a decision on a channel: person_id and the columns of ConsentSummary; null if undecided.

    First each record decides for itself:

    - It refuses if any of its statements on the channel, on marketing as a whole or on all messages is false.
    - It grants if it grants the channel and leaves no statement on marketing as a whole null. A MoeGo lead must both
      list the channel and have agreed to marketing.
    - Otherwise it decides nothing.

    Then the latest decision applies; ties go to the refusal, then to the smallest record key. A later refusal therefore
    always wins, and a grant counts only if it was stated after the last refusal.
    """
    decisions = _decisions(consents)
    of_channel = {name: pl.col("channel") == name for name in CHANNELS}
    return decisions.group_by("person_id").agg(
        pl.col(column).filter(is_it).first().alias(f"can_{channel}{suffix}")
        for channel, is_it in of_channel.items()
        for column, suffix in (("granted", ""), ("basis", "_basis"), ("decided_at", "_since"))
    )


def flag_deciding(consents: pl.LazyFrame) -> pl.LazyFrame:
    """Add `is_deciding`: whether a decision on e-mail or SMS rests on the row.

    For a refusal these are all refusing rows of the deciding record, for a grant its grant of the channel.
    """
    decided = _decisions(consents).select(
        "person_id", "record_key", pl.col("channel").alias("on"), pl.col("granted").alias("decision")
    )
    on_it = pl.col("channel").is_in([*CHANNELS, "all"]) & ((pl.col("channel") == pl.col("on")) | ~pl.col("decision"))
    applies = on_it & _applies(pl.col("on")) & (pl.col("granted") == pl.col("decision"))
    keys = ["person_id", "record_key", "purpose", "channel"]
    deciding = consents.join(decided, on=["person_id", "record_key"]).filter(applies).select(keys).unique()
    return consents.join(deciding.with_columns(is_deciding=pl.lit(value=True)), on=keys, how="left").with_columns(
        pl.col("is_deciding").fill_null(value=False)
    )


def _decisions(consents: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person and channel that is decided: record_key, granted, basis, decided_at."""
    decisions = pl.concat(_record_decisions(consents, channel) for channel in CHANNELS)
    return (
        decisions.sort(
            "person_id", "channel", "decided_at", "granted", "record_key",
            descending=[False, False, True, False, False],
            nulls_last=True,
        )
        .group_by("person_id", "channel")
        .agg(pl.col("record_key", "granted", "basis", "decided_at").first())
    )  # fmt: skip


def _record_decisions(consents: pl.LazyFrame, channel: str) -> pl.LazyFrame:
    """One row per record that decides on the channel: person_id, record_key, channel, granted, basis, decided_at."""
    on_channel = pl.col("channel") == channel
    on_marketing = pl.col("purpose") == "marketing"
    refuses, grants = pl.col("granted").eq_missing(other=False), pl.col("granted").eq_missing(other=True)
    grants_channel = grants & on_channel & on_marketing
    return (
        consents.filter(_applies(pl.lit(channel)))
        .group_by("person_id", "record_key")
        .agg(
            refuses.any().alias("is_refused"),
            grants_channel.any().alias("is_granted"),
            (pl.col("granted").is_null() & on_marketing).any().alias("is_open"),
            pl.col("stated_at").filter(refuses).max().alias("refused_at"),
            pl.col("stated_at").filter(grants).max().alias("granted_at"),
            pl.col("basis").filter(refuses).min().alias("refused_by"),
            pl.col("basis").filter(grants_channel).min().alias("granted_by"),
        )
        .filter(pl.col("is_refused") | (pl.col("is_granted") & ~pl.col("is_open")))
        .select(
            "person_id",
            "record_key",
            pl.lit(channel).alias("channel"),
            (~pl.col("is_refused")).alias("granted"),
            pl.when("is_refused").then("refused_by").otherwise("granted_by").alias("basis"),
            pl.when("is_refused").then("refused_at").otherwise("granted_at").alias("decided_at"),
        )
    )


def _applies(channel: pl.Expr) -> pl.Expr:
    """Whether a statement concerns marketing by the channel."""
    on_marketing = pl.col("purpose") == "marketing"
    of_channel = (pl.col("channel") == channel) | (pl.col("channel") == "all")
    return (on_marketing & of_channel) | (pl.col("purpose") == "all")
