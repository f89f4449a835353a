from datetime import date

import polars as pl

from cdp_pipeline.current.tables import CUSTOM_FIELDS
from cdp_pipeline.identity.configuration.rules import with_traits

DECLARED = {"birth_place": ("customFieldTexts.customField01", "customFieldTexts.customField09")}


def told(*fields: tuple[str, str, str]) -> dict[str, str | None]:
    """The birth places of records R1 and R2 that have these fields: record, key and value."""
    names = ("record_key", "key", "text_value")
    rows = pl.DataFrame(fields, schema=names, orient="row").with_columns(
        object_type=pl.lit("customer-identity"),
        container=pl.lit("customFieldTexts"),
        kind=pl.lit("text"),
        is_castable=pl.lit(value=True),
        drop_date=pl.lit(date(2026, 11, 16)),
    )
    records = pl.LazyFrame({"record_key": ["R1", "R2"]})
    found = with_traits(records, CUSTOM_FIELDS.conform(rows.lazy()), DECLARED)
    return dict(found.select("record_key", "birth_place").collect().iter_rows())


def test_a_trait_is_what_its_declared_field_tells_and_other_fields_do_not_count() -> None:
    assert told(("R1", "customField01", "Huế"), ("R2", "customField02", "poet")) == {"R1": "Huế", "R2": None}


def test_of_several_declared_fields_the_first_that_a_record_has_tells() -> None:
    both = [("R1", "customField09", "Vinh"), ("R1", "customField01", "Huế"), ("R2", "customField09", "Vinh")]
    assert told(*both) == told(*reversed(both)) == {"R1": "Huế", "R2": "Vinh"}
