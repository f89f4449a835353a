import polars as pl
import pytest

from cdp_pipeline.values.place import match_places


@pytest.mark.parametrize(
    ("sent", "compared"),
    [
        ("12/3 Lê Lợi", "12 3 le loi"),
        ("  Quận 1 ", "quan 1"),
        ("Thành phố Hồ-Chí-Minh", "thanh pho ho chi minh"),
        ("Đà Nẵng", "da nang"),
        ("---", None),
        (None, None),
    ],
)
def test_places_are_compared_by_their_folded_words(sent: str | None, compared: str | None) -> None:
    assert match_places(pl.Series("city", [sent], dtype=pl.String)).to_list() == [compared]
