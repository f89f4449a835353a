from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.profiles.contacts.consent_decisions import decide_consents, flag_deciding
from cdp_pipeline.profiles.contacts.consents import PROFILE_CONSENTS

Said = tuple[str, int, str, str, bool | None]


def statements(*said: Said) -> pl.LazyFrame:
    """Rows of profile_consents of P1 from record, day, purpose, channel and answer; the basis is the answer's place."""
    consents = pl.LazyFrame(
        [("P1", record, datetime(2026, 1, day, tzinfo=UTC), *rest) for record, day, *rest in said],
        schema=["person_id", "record_key", "stated_at", "purpose", "channel", "granted"],
        orient="row",
    )
    return PROFILE_CONSENTS.conform(
        consents.with_columns(
            pl.lit("x").alias("object_type"),
            pl.format("{}:{}", "purpose", "channel").alias("basis"),
            pl.lit(value=False).alias("is_deciding"),
        )
    )


def decide(*said: Said) -> tuple[bool | None, bool | None] | None:
    """Whether P1 may be e-mailed and texted."""
    rows = decide_consents(statements(*said)).select("can_email", "can_sms").collect().rows()
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


def test_a_decision_names_its_basis_and_its_moment():
    said = [("lead", 1, "marketing", "email", True), ("event", 5, "marketing", "sms", False)]
    assert decide_consents(statements(*said)).collect().to_dicts() == [
        {
            "person_id": "P1",
            "can_email": True,
            "can_email_basis": "marketing:email",
            "can_email_since": datetime(2026, 1, 1, tzinfo=UTC),
            "can_sms": False,
            "can_sms_basis": "marketing:sms",
            "can_sms_since": datetime(2026, 1, 5, tzinfo=UTC),
        }
    ]


def deciding(*said: Said) -> list[tuple[str, str, str]]:
    """Record, purpose and channel of the rows on which a decision rests."""
    marked = flag_deciding(statements(*said).drop("is_deciding")).filter("is_deciding")
    return sorted(marked.select("record_key", "purpose", "channel").collect().rows())


def test_the_rows_on_which_a_decision_rests_are_marked():
    old, new = ("lead", 1, "marketing", "email", True), ("event", 2, "marketing", "email", False)
    assert deciding(old, new) == [("event", "marketing", "email")]
    assert deciding(LISTED, AGREED) == [("moego", "marketing", "email")]
    refused = ("moego", 1, "all", "all", False)
    assert deciding(LISTED, AGREED, refused) == [("moego", "all", "all")]
    assert deciding(("moego", 1, "service", "email", False)) == []
