import polars as pl
import pytest

from cdp_pipeline.profiles.activities.meanings import OUTCOMES, is_hard_bounce, outcome

# The events of Brevo's webhooks as its documents spell them, e-mail first, then SMS gateways.
SAID = {
    "request": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "unique_opened": "opened",
    "uniqueOpened": "opened",
    "proxy_open": None,
    "uniqueProxyOpen": None,
    "click": "clicked",
    "clicked": "clicked",
    "soft_bounce": "bounced",
    "softBounce": "bounced",
    "hard_bounce": "bounced",
    "hardBounce": "bounced",
    "bounced": "bounced",
    "invalid_email": "bounced",
    "blocked": "failed",
    "error": "failed",
    "deferred": "deferred",
    "spam": "complained",
    "complaint": "complained",
    "unsubscribe": "unsubscribed",
    "unsubscribed": "unsubscribed",
    "opt-out": "unsubscribed",
    "STOP": "unsubscribed",
    "replied": "opened",
    "failed": "failed",
    "undelivered": "bounced",
    "rejected": "failed",
    "DELIVRD": "delivered",
    "list_addition": None,
    "": None,
}


def applied(expression: pl.Expr, *events: str | None) -> list:
    frame = pl.DataFrame({"event": events}, schema={"event": pl.String})
    return frame.select(expression.alias("said"))["said"].to_list()


@pytest.mark.parametrize(("event", "expected"), SAID.items())
def test_a_providers_word_has_one_outcome(event, expected):
    assert applied(outcome(pl.col("event")), event) == [expected]
    assert expected is None or expected in OUTCOMES


def test_case_spaces_and_punctuation_do_not_matter_and_no_event_is_no_outcome():
    spellings = ("Hard Bounce", " hard-bounce ", "HARD_BOUNCE", None)
    assert applied(outcome(pl.col("event")), *spellings) == ["bounced", "bounced", "bounced", None]


def test_only_a_bounce_that_says_so_is_hard():
    events = ("hardBounce", "invalid", "softBounce", "bounced", "clicked", None)
    assert applied(is_hard_bounce(pl.col("event")), *events) == [True, True, False, False, False, False]


def test_every_event_by_which_the_recipient_refuses_is_known():
    unsubscribed = ("unsubscribe", "Unsubscribed", "opt-out", "opted out", "STOP")
    complained = ("spam", "complaint", "complained", "spam_complaint", "spamreport")
    assert applied(outcome(pl.col("event")), *unsubscribed) == ["unsubscribed"] * 5
    assert applied(outcome(pl.col("event")), *complained) == ["complained"] * 5
