"""profile_consents -> one decision per person and channel: may marketing be sent by e-mail, by SMS?

The order of evidence stands here and nowhere else. `consents.py` says what the sources state.
"""

import polars as pl

CHANNELS = ("email", "sms")


def decide_consents(consents: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person with a decision on a channel: person_id, can_email, can_sms; null where it is open.

    First each record decides for itself. It refuses when anything it says on the channel, on marketing as a whole or on
    all messages is false. It grants when it grants the channel and leaves nothing open on marketing as a whole: a MoeGo
    lead must both list the channel and have agreed to marketing. Otherwise it decides nothing.

    Then the latest decision holds; of two at the same moment the refusal. So a later refusal always wins, and a grant
    counts only when it was stated after the last refusal.
    """
    decisions = pl.concat(_record_decisions(consents, channel) for channel in CHANNELS)
    latest = (
        decisions.sort(
            "person_id", "channel", "decided_at", "granted", "record_key",
            descending=[False, False, True, False, False],
            nulls_last=True,
        )
        .group_by("person_id", "channel")
        .agg(pl.col("granted").first())
    )  # fmt: skip
    return latest.group_by("person_id").agg(
        pl.col("granted").filter(pl.col("channel") == channel).first().alias(f"can_{channel}") for channel in CHANNELS
    )


def _record_decisions(consents: pl.LazyFrame, channel: str) -> pl.LazyFrame:
    """One row per record that decides on the channel: person_id, record_key, channel, granted, decided_at."""
    on_channel = pl.col("channel") == channel
    on_marketing = pl.col("purpose") == "marketing"
    applies = on_marketing & pl.col("channel").is_in([channel, "all"]) | (pl.col("purpose") == "all")
    refuses, grants = pl.col("granted").eq_missing(other=False), pl.col("granted").eq_missing(other=True)
    return (
        consents.filter(applies)
        .group_by("person_id", "record_key")
        .agg(
            refuses.any().alias("is_refused"),
            (grants & on_channel & on_marketing).any().alias("is_granted"),
            (pl.col("granted").is_null() & on_marketing).any().alias("is_open"),
            pl.col("stated_at").filter(refuses).max().alias("refused_at"),
            pl.col("stated_at").filter(grants).max().alias("granted_at"),
        )
        .filter(pl.col("is_refused") | (pl.col("is_granted") & ~pl.col("is_open")))
        .select(
            "person_id",
            "record_key",
            pl.lit(channel).alias("channel"),
            (~pl.col("is_refused")).alias("granted"),
            pl.when("is_refused").then("refused_at").otherwise("granted_at").alias("decided_at"),
        )
    )
