import polars as pl
import pytest

from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.table import ForeignKey, TableModel, column, columns_of, like, table_of


class Seen(TableModel):
    """When something was seen."""

    seen_at: Timestamp = column("When it was seen.")


class LoyaltyCards(
    Seen,
    key=("card_id",),
    foreign_keys=(ForeignKey(("person_id",), "profiles", ("person_id",)),),
    indexes=(("person_id",),),
):
    """One row per card.

    Cards that were
    never used too.
    """

    card_id: str = column("The card.", nullable=False)
    points: int = column("Points.")
    person_id: str = column("Whose it is.", personal=True)
    offers: TextList = column("What it buys.", json=True)
    strategy_: str = column("How points are counted.", alias="strategy")


LOYALTY_CARDS = table_of(LoyaltyCards)


class Cards(TableModel, key=("card_id",)):
    """One row per card."""

    card_id: str = column("The card.", nullable=False)
    points: int = column("Points.")


CARDS = table_of(Cards)


def test_a_table_has_the_columns_of_its_model_and_then_those_of_its_bases() -> None:
    names = ["card_id", "points", "person_id", "offers", "strategy", "seen_at"]
    assert [c.name for c in LOYALTY_CARDS.columns] == names
    assert [c.name for c in LOYALTY_CARDS.columns if not c.nullable] == ["card_id"]
    assert [c.name for c in LOYALTY_CARDS.columns if c.personal] == ["person_id"]
    assert [c.name for c in LOYALTY_CARDS.columns if c.json] == ["offers"]


def test_a_table_has_the_name_the_words_and_the_keys_of_its_model() -> None:
    assert LOYALTY_CARDS.name == "loyalty_cards"
    assert LOYALTY_CARDS.description == "One row per card. Cards that were never used too."
    assert (LOYALTY_CARDS.key, LOYALTY_CARDS.indexes) == (("card_id",), (("person_id",),))
    assert [key.table for key in LOYALTY_CARDS.foreign_keys] == ["profiles"]


def test_the_types_of_a_table_are_those_that_pandera_reads_in_its_model() -> None:
    read = {name: declared.dtype.type for name, declared in LoyaltyCards.to_schema().columns.items()}
    assert read == dict(LOYALTY_CARDS.schema)


def test_a_column_may_be_described_as_one_of_another_table() -> None:
    class Points(TableModel, key=("card_id",)):
        """One row per card with points."""

        card_id: str = like(CARDS.columns[0])

    assert columns_of(Points) == CARDS.columns[:1]


def test_a_frame_is_brought_to_the_columns_order_and_types_of_its_table() -> None:
    frame = pl.LazyFrame({"points": pl.Series([5], dtype=pl.Int8), "other": [1], "card_id": ["M-1"]})
    assert CARDS.conform(frame).collect().equals(pl.DataFrame({"card_id": ["M-1"], "points": [5]}, schema=CARDS.schema))


def test_a_column_that_may_be_null_may_be_missing() -> None:
    assert CARDS.conform(pl.LazyFrame({"card_id": ["M-1"]})).collect()["points"].to_list() == [None]


def test_a_column_that_may_not_be_null_must_be_there() -> None:
    with pytest.raises(ValueError, match="Table cards lacks card_id"):
        CARDS.conform(pl.LazyFrame({"points": [5]}))
