"""What became of a message: the event words of e-mail and SMS providers -> one of nine outcomes.

Belongs here: which word means what. Which outcomes a table counts stands with that table; that a refusal ends a
consent, in `consents.py`.

The sources keep no closed list of events (they show opened, clicked and sent), so the list rests on what providers
document: Brevo's transactional and marketing webhooks, in both spellings of its events (softBounce and soft_bounce);
SendGrid's, Mailgun's, Postmark's and Mailchimp's event webhooks; the message states of Twilio, Vonage and SMPP delivery
receipts (DELIVRD, UNDELIV, REJECTD). Words are compared by their letters alone.
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
    # Text messages carry no picture to load: that one was read, or answered, is how its opening is known.
    "opened": ("opened", "open", "opens", "uniqueopened", "uniqueopen", "firstopening", "firstopen", "read", "seen",
               "replied", "reply"),
    "clicked": ("clicked", "click", "clicks", "uniqueclicked", "uniqueclick", "firstclick", "linkclicked"),
    # It was on its way, and the recipient's server or network could not or would not take it.
    "bounced": ("bounced", "bounce", "softbounced", "softbounce", "hardbounced", "hardbounce", "transient", "permanent",
                "permanentfail", "invalid", "invalidemail", "undelivered", "undeliverable", "undeliv", "expired"),
    "unsubscribed": ("unsubscribed", "unsubscribe", "groupunsubscribe", "listunsubscribe", "unsub", "optout",
                     "optedout", "stop"),
    "complained": ("complained", "complaint", "spam", "spamcomplaint", "spamreport", "markedasspam", "abuse"),
    "deferred": ("deferred", "deferral", "delayed", "temporaryfail"),
    # The provider or the carrier before the recipient's gave up, so it says nothing of the address for certain.
    "failed": ("failed", "failure", "error", "blocked", "dropped", "drop", "rejected", "reject", "rejectd",
               "suppressed", "blacklisted"),
}  # fmt: skip
_OUTCOME_OF: Final = {word: outcome for outcome, words in _WORDS.items() for word in words}
_HARD: Final = ("hardbounced", "hardbounce", "permanent", "permanentfail", "invalid", "invalidemail")


def outcome(event: pl.Expr) -> pl.Expr:
    """One of OUTCOMES for each event text; null for no text and for words that are none of these.

    Case, spaces and punctuation do not matter: hardBounce, hard_bounce and "Hard bounce" are one event.
    """
    return _letters(event).replace_strict(_OUTCOME_OF, default=None, return_dtype=pl.String())


def is_hard_bounce(event: pl.Expr) -> pl.Expr:
    """Whether the event says that the address will never take a message; false for a bounce of no stated kind."""
    return _letters(event).is_in(_HARD).fill_null(value=False)


def _letters(event: pl.Expr) -> pl.Expr:
    return event.str.to_lowercase().str.replace_all(r"[^a-z]", "")
