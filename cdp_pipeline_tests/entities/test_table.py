import polars as pl
import pytest

from cdp_pipeline.entities.table import Table, TableColumn

CARDS = Table(
    name="cards",
    description="One row per card.",
    columns=(
        TableColumn("card_id", pl.String(), "The card.", nullable=False),
        TableColumn("points", pl.Int64(), "Points."),
    ),
    key=("card_id",),
)


def test_a_frame_is_brought_to_the_columns_order_and_types_of_its_table() -> None:
    frame = pl.LazyFrame({"points": pl.Series([5], dtype=pl.Int8), "other": [1], "card_id": ["M-1"]})
    assert CARDS.conform(frame).collect().equals(pl.DataFrame({"card_id": ["M-1"], "points": [5]}, schema=CARDS.schema))


def test_a_column_that_may_be_null_may_be_missing() -> None:
    assert CARDS.conform(pl.LazyFrame({"card_id": ["M-1"]})).collect()["points"].to_list() == [None]


def test_a_column_that_may_not_be_null_must_be_there() -> None:
    with pytest.raises(ValueError, match="Table cards lacks card_id"):
        CARDS.conform(pl.LazyFrame({"points": [5]}))
