import polars as pl
import pytest

from cdp_pipeline.profiles.activities.meanings import MEANINGS, action_meaning


def meaning(action: str | None) -> str | None:
    return pl.select(action_meaning(pl.lit(action, pl.String()))).item()


@pytest.mark.parametrize(
    ("action", "means"),
    [
        ("View", "view"),
        ("view_item", "view"),
        ("Product Viewed", "view"),
        ("Search", "search"),
        ("Wishlist", "wishlist"),
        ("addToWishlist", "wishlist"),
        ("add_to_wishlist", "wishlist"),
        ("removeWishlist", "unwishlist"),
        ("Remove from wishlist", "unwishlist"),
        ("AddToCart", "cart"),
        ("Purchase", "purchase"),
        ("Order Completed", "purchase"),
    ],
)
def test_an_action_is_known_by_its_letters_in_any_spelling(action, means):
    assert meaning(action) == means
    assert means in MEANINGS


@pytest.mark.parametrize(
    "action", [None, "", "Share", "begin_checkout", "removeFromCart", "Đặt hàng", "order cancelled"]
)
def test_other_actions_mean_nothing_for_the_product(action):
    assert meaning(action) is None
