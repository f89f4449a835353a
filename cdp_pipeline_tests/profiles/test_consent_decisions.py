from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.profiles.consent_decisions import decide_consents
from cdp_pipeline.profiles.consents import PROFILE_CONSENTS

Said = tuple[str, int, str, str, bool | None]


def decide(*said: Said) -> tuple[bool | None, bool | None] | None:
    """Whether P1 may be e-mailed and texted, after statements of record, day, purpose, channel and answer."""
    consents = pl.LazyFrame(
        [("P1", record, datetime(2026, 1, day, tzinfo=UTC), *rest) for record, day, *rest in said],
        schema=["person_id", "record_key", "stated_at", "purpose", "channel", "granted"],
        orient="row",
    )
    filled = consents.with_columns(pl.lit("x").alias("object_type"), pl.lit("x").alias("basis"))
    rows = decide_consents(PROFILE_CONSENTS.conform(filled)).select("can_email", "can_sms").collect().rows()
    return rows[0] if rows else None


LISTED, AGREED = ("moego", 1, "marketing", "email", True), ("moego", 1, "marketing", "all", True)


@pytest.mark.parametrize(
    ("said", "email"),
    [
        ([("lead", 1, "marketing", "email", True)], True),
        ([("lead", 1, "marketing", "email", False)], False),
        ([("lead", 1, "marketing", "email", True), ("event", 2, "marketing", "email", False)], False),
        ([("event", 1, "marketing", "email", False), ("form", 2, "marketing", "email", True)], True),
        ([("a", 1, "marketing", "email", True), ("b", 1, "marketing", "email", False)], False),
        ([LISTED, AGREED], True),
        ([LISTED, ("moego", 1, "marketing", "all", False)], False),
        ([LISTED, AGREED, ("moego", 1, "all", "all", False)], False),
        ([LISTED, AGREED, ("moego", 1, "all", "all", None)], True),
    ],
)
def test_the_latest_decision_holds_and_a_refusal_wins_a_tie(said: list[Said], email: bool):
    decision = decide(*said)
    assert decision is not None
    assert decision[0] is email


@pytest.mark.parametrize(
    "said",
    [
        [],
        [("subscriber", 1, "marketing", "email", None)],
        [("moego", 1, "marketing", "email", True), ("moego", 1, "marketing", "all", None)],
        [("moego", 1, "marketing", "email", None), ("moego", 1, "marketing", "all", True)],
        [("moego", 1, "service", "email", True)],
        [("moego", 1, "all", "all", True)],
    ],
)
def test_what_is_left_open_is_no_consent(said: list[Said]):
    assert decide(*said) is None


def test_an_open_statement_does_not_undo_an_earlier_one():
    said = [("lead", 1, "marketing", "email", True), ("subscriber", 2, "marketing", "email", None)]
    assert decide(*said) == (True, None)


def test_channels_are_decided_apart():
    said = [("lead", 1, "marketing", "email", True), ("event", 2, "marketing", "sms", False)]
    assert decide(*said) == (True, False)
