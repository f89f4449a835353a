from datetime import date

import polars as pl

from cdp_pipeline.current.tables import CUSTOM_FIELDS
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.profiles.records.photos import PROFILE_CUSTOM_FIELDS, build_profile_custom_fields


def said(record_key: str, key: str, text: str) -> pl.LazyFrame:
    filled = {
        "object_type": "lead-information",
        "record_key": record_key,
        "container": "customFieldTexts",
        "key": key,
        "kind": "text",
        "text_value": text,
        "is_castable": True,
        "drop_date": date(2026, 1, 1),
    }
    return CUSTOM_FIELDS.conform(pl.LazyFrame([filled]))


def test_there_is_one_row_per_custom_field_of_a_record_that_has_a_person(records, rows_of):
    key = records.add(LEAD_INFORMATION)
    fields = [
        said(key, "customField01", "sofa"),
        said(key, "customField02", "blue"),
        said("nobody", "customField01", "x"),
    ]
    built = build_profile_custom_fields(pl.concat(fields), records.record_persons)
    rows = rows_of(built, PROFILE_CUSTOM_FIELDS, "person_id", "key", "text_value")
    assert [tuple(row.values()) for row in rows] == [("P1", "customField01", "sofa"), ("P1", "customField02", "blue")]
