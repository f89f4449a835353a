"""Outcomes of messages: the event words of e-mail and SMS providers -> one of nine outcomes.

Belongs here: which word has which outcome. Each table declares which outcomes it counts; `consents.py` declares which
outcomes end a consent.

The sources define no closed list of events (their examples are opened, clicked and sent). The list therefore follows
what providers document: Brevo's transactional and marketing webhooks, in both spellings of its events (softBounce and
soft_bounce); SendGrid's, Mailgun's, Postmark's and Mailchimp's event webhooks; the message states of Twilio, Vonage and
SMPP delivery receipts (DELIVRD, UNDELIV, REJECTD). Words are compared by their letters only.
"""

from typing import Final

import polars as pl

OUTCOMES: Final = (
    "sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained", "deferred", "failed",
)  # fmt: skip
"""Every outcome that an event can have."""

# An open loaded by a mail proxy (proxy_open) is missing on purpose: Apple's loads every picture, read or not. So are
# inbound messages and changes of a contact list, which are no outcome of a message.
_WORDS: Final = {
    "sent": ("sent", "send", "request", "requests", "processed", "accepted", "acceptd", "queued", "submitted",
             "sending", "enqueued", "enroute", "buffered"),
    "delivered": ("delivered", "delivery", "deliver", "delivrd"),
    # SMS load no picture; a read receipt or an answer counts as an opening.
    "opened": ("opened", "open", "opens", "uniqueopened", "uniqueopen", "firstopening", "firstopen", "read", "seen",
               "replied", "reply"),
    "clicked": ("clicked", "click", "clicks", "uniqueclicked", "uniqueclick", "firstclick", "linkclicked"),
    # The recipient's server or network could not deliver or rejected the message.
    "bounced": ("bounced", "bounce", "softbounced", "softbounce", "hardbounced", "hardbounce", "transient", "permanent",
                "permanentfail", "invalid", "invalidemail", "undelivered", "undeliverable", "undeliv", "expired"),
    "unsubscribed": ("unsubscribed", "unsubscribe", "groupunsubscribe", "listunsubscribe", "unsub", "optout",
                     "optedout", "stop"),
    "complained": ("complained", "complaint", "spam", "spamcomplaint", "spamreport", "markedasspam", "abuse"),
    "deferred": ("deferred", "deferral", "delayed", "temporaryfail"),
    # The provider or an earlier carrier gave up, which proves nothing about the address.
    "failed": ("failed", "failure", "error", "blocked", "dropped", "drop", "rejected", "reject", "rejectd",
               "suppressed", "blacklisted"),
}  # fmt: skip
_OUTCOME_OF: Final = {word: outcome for outcome, words in _WORDS.items() for word in words}
_HARD: Final = ("hardbounced", "hardbounce", "permanent", "permanentfail", "invalid", "invalidemail")


def outcome(event: pl.Expr) -> pl.Expr:
    """Outcome of each event text, one of OUTCOMES; null for a null text and for unknown words.

    Case, spaces and punctuation are ignored: hardBounce, hard_bounce and "Hard bounce" are one event.
    """
    return _letters(event).replace_strict(_OUTCOME_OF, default=None, return_dtype=pl.String())


def is_hard_bounce(event: pl.Expr) -> pl.Expr:
    """Whether the event reports a permanent failure of the address; false for a bounce of no stated kind."""
    return _letters(event).is_in(_HARD).fill_null(value=False)


def _letters(event: pl.Expr) -> pl.Expr:
    return event.str.to_lowercase().str.replace_all(r"[^a-z]", "")
