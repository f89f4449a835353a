"""Meanings of product actions: the action words of shops and web sites -> one of six meanings.

Belongs here: which word has which meaning. The counts per meaning are built in `products_of_persons.py`.

The source defines no closed list of actions (its examples are Search and Wishlist). The list therefore follows the
names that web analytics document: Google Analytics' and Meta's standard events (view_item, ViewContent,
add_to_wishlist, AddToCart, purchase), Segment's (Product Viewed, Order Completed) and Matomo's. Words are compared by
their letters only.
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
