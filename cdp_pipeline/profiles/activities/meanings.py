"""Words of shops, web sites and message providers -> six kinds of action and nine outcomes of a message.

The sources define no closed list of actions (examples are Search and Wishlist) nor of events (opened, clicked, sent).
Actions follow the names that web analytics document: Google Analytics' and Meta's standard events (view_item,
ViewContent, add_to_wishlist, AddToCart, purchase), Segment's (Product Viewed, Order Completed) and Matomo's. Events
follow what providers document: Brevo's transactional and marketing webhooks, in both spellings (softBounce and
soft_bounce); SendGrid's, Mailgun's, Postmark's and Mailchimp's webhooks; the message states of Twilio, Vonage and SMPP
delivery receipts (DELIVRD, UNDELIV, REJECTD). Words are compared by their letters only.

Each table declares which meanings it counts; `contacts/consents.py` declares which outcomes end a consent.
"""

from typing import Final

import polars as pl

MEANINGS: Final = ("view", "search", "wishlist", "unwishlist", "cart", "purchase")
"""Every meaning that an action can have for a product."""

# A started checkout or an emptied basket has no meaning here: it neither adds a product nor buys one.
_WORDS: Final = {
    "view": ("view", "viewed", "views", "viewproduct", "productview", "productviewed", "viewedproduct", "viewitem",
             "itemviewed", "viewcontent", "viewdetail", "productdetail", "pageview"),
    "search": ("search", "searched", "searches", "searchproduct", "productsearch", "productssearched",
               "viewsearchresults", "sitesearch"),
    "wishlist": ("wishlist", "wishlisted", "addwishlist", "addtowishlist", "addedtowishlist", "wishlistadd",
                 "wishlistadded", "productaddedtowishlist", "favorite", "favourite", "addtofavorites",
                 "addtofavourites"),
    "unwishlist": ("unwishlist", "unwishlisted", "removewishlist", "removefromwishlist", "removedfromwishlist",
                   "wishlistremove", "wishlistremoved", "productremovedfromwishlist", "deletewishlist",
                   "deletefromwishlist", "unfavorite", "unfavourite", "removefromfavorites", "removefromfavourites"),
    "cart": ("cart", "addcart", "addtocart", "addedtocart", "cartadd", "productadded", "addtobasket", "basket"),
    "purchase": ("purchase", "purchased", "buy", "bought", "order", "ordered", "placeorder", "orderplaced",
                 "ordercompleted", "ecommerceorder", "transaction"),
}  # fmt: skip
_MEANING_OF: Final = {word: meaning for meaning, words in _WORDS.items() for word in words}


def action_meaning(action: pl.Expr) -> pl.Expr:
    """Meaning of each action text, one of MEANINGS; null for a null text and for unknown words.

    Case, spaces and punctuation are ignored: addToWishlist, add_to_wishlist and "Add to wishlist" are one action.
    """
    letters = action.str.to_lowercase().str.replace_all(r"[^\p{L}]", "")
    return letters.replace_strict(_MEANING_OF, default=None, return_dtype=pl.String())


OUTCOMES: Final = (
    "sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained", "deferred", "failed",
)  # fmt: skip
"""Every outcome that an event can have."""

# An open loaded by a mail proxy (proxy_open) is missing on purpose: Apple's loads every picture, read or not. So are
# inbound messages and changes of a contact list, which are no outcome of a message.
_OUTCOME_WORDS: Final = {
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
_OUTCOME_OF: Final = {word: outcome for outcome, words in _OUTCOME_WORDS.items() for word in words}
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
