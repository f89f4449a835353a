"""What a product action means: the action words of shops and web sites -> one of six meanings.

Belongs here: which word means what. What is counted by it stands in `products_of_persons.py`.

The source keeps no closed list of actions (it shows Search and Wishlist), so the list rests on the names that web
analytics document for them: Google Analytics' and Meta's standard events (view_item, ViewContent, add_to_wishlist,
AddToCart, purchase), Segment's (Product Viewed, Order Completed) and Matomo's. Words are compared by letters alone.
"""

from typing import Final

import polars as pl

MEANINGS: Final = ("view", "search", "wishlist", "unwishlist", "cart", "purchase")
"""Everything that an action can mean for a product."""

# A checkout that was begun, or a basket that was emptied, is none of these: it neither adds nor buys.
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
    """One of MEANINGS for each action text; null for no text and for words that are none of these.

    Case, spaces and punctuation do not matter: addToWishlist, add_to_wishlist and "Add to wishlist" are one action.
    """
    letters = action.str.to_lowercase().str.replace_all(r"[^\p{L}]", "")
    return letters.replace_strict(_MEANING_OF, default=None, return_dtype=pl.String())
