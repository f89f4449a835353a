import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.validation.casts import cast_rows, replace_unfit
from cdp_pipeline.validation.pipeline import Limits


@pytest.mark.parametrize(
    ("entity", "name", "sent", "becomes"),
    [
        (CUSTOMER_IDENTITY, "gender", "nam", "undefined"),
        (CUSTOMER_IDENTITY, "marital_status", "Engaged", None),
        (CUSTOMER_IDENTITY, "source_channel", "TV", None),
        (CUSTOMER_PRODUCT_REVIEW, "rating", "11", None),
    ],
)
def test_an_unfit_cell_becomes_what_its_column_says(
    entity: Entity, name: str, sent: str, becomes: str | None, text_rows, limits: Limits
) -> None:
    typed = cast_rows(text_rows(entity, {name: sent}, {}), entity, 7).frame
    frame, replaced = replace_unfit(typed, entity, limits.loaded_at, 7)
    assert frame[name].to_list() == [becomes, None]
    assert {column: mask.to_list() for column, mask in replaced.items()} == {name: [True, False]}


def test_fit_cells_and_cells_to_reject_are_left(text_rows, limits: Limits) -> None:
    rows = text_rows(CUSTOMER_IDENTITY, {"gender": "Female", "record_status": "Gone", "yob": "88"})
    typed = cast_rows(rows, CUSTOMER_IDENTITY, 7).frame
    frame, replaced = replace_unfit(typed, CUSTOMER_IDENTITY, limits.loaded_at, 7)
    assert isinstance(frame, pl.DataFrame)
    assert frame.equals(typed)
    assert not replaced
