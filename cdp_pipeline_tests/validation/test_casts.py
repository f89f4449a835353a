import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.validation.casts import cast_rows


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_column_gets_the_type_of_its_kind(entity: Entity, text_rows) -> None:
    rows = text_rows(entity, {}, {column.name: "1" for column in entity.columns})
    expected = {column.name: column.kind.dtype for column in entity.columns}
    assert dict(cast_rows(rows, entity, 7).frame.schema) == expected


@pytest.mark.parametrize("blank", ["", "   ", "\t\n", "\u00a0", "\u3000", "\u2003"])
def test_blank_text_is_null_in_columns_of_any_type(blank: str, text_rows) -> None:
    names = ["customer_id", "yob", "created_at", "nick_names", "gender"]
    typed = cast_rows(text_rows(CUSTOMER_IDENTITY, dict.fromkeys(names, blank)), CUSTOMER_IDENTITY, 7)
    assert typed.frame.select(names).row(0) == (None,) * len(names)
    assert not typed.miscast


def test_text_is_kept_as_sent(text_rows) -> None:
    names = ["000123", " Nguyễn Văn An ", "Đỗ", "\u3042"]
    rows = text_rows(CUSTOMER_IDENTITY, *({"full_name": name} for name in names))
    assert cast_rows(rows, CUSTOMER_IDENTITY, 7).frame["full_name"].to_list() == names


def test_a_cell_that_does_not_cast_is_told_from_a_blank_one(text_rows) -> None:
    rows = text_rows(CUSTOMER_IDENTITY, {"yob": "1988"}, {"yob": "abc"}, {"yob": " "}, {})
    typed = cast_rows(rows, CUSTOMER_IDENTITY, 7)
    assert typed.frame["yob"].to_list() == [1988, None, None, None]
    assert {name: mask.to_list() for name, mask in typed.miscast.items()} == {"yob": [False, True, False, False]}


def test_text_sent_as_an_object_is_miscast_and_still_counts_as_there(text_rows) -> None:
    rows = text_rows(
        CUSTOMER_IDENTITY, {"full_name": '{"first":"An"}', "structured": ["full_name"]}, {"full_name": "An"}
    )
    typed = cast_rows(rows, CUSTOMER_IDENTITY, 7)
    assert typed.miscast["full_name"].to_list() == [True, False]
    assert typed.frame["full_name"].null_count() == 0


def test_an_empty_list_says_nothing(text_rows) -> None:
    typed = cast_rows(text_rows(LEAD_INFORMATION, {"tags": "[]"}, {"tags": '["vip"]'}), LEAD_INFORMATION, 7)
    assert typed.frame["tags"].to_list() == [None, ["vip"]]
    assert not typed.miscast


@pytest.mark.parametrize(("sent", "kept"), [(" MALE ", "male"), ("male", "male"), ("other", "other")])
def test_a_choice_takes_its_canonical_spelling_and_unknown_ones_stay(sent: str, kept: str, text_rows) -> None:
    rows = text_rows(CUSTOMER_IDENTITY, {"gender": sent}, {"gender": "female"})
    assert cast_rows(rows, CUSTOMER_IDENTITY, 7).frame["gender"].to_list() == [kept, "female"]


@pytest.mark.parametrize(("sent", "kept"), [("true", "Yes"), ("FALSE", "No"), ("yes", "Yes"), ("No", "No")])
def test_a_yes_or_no_may_be_sent_as_true_or_false(sent: str, kept: str, text_rows) -> None:
    rows = text_rows(LEAD_INFORMATION, {"double_opt_in": sent})
    assert cast_rows(rows, LEAD_INFORMATION, 7).frame["double_opt_in"].item() == kept


def test_moego_times_become_epoch_milliseconds(text_rows) -> None:
    rows = text_rows(MOEGO_LEAD, {"created_time": "2024-02-15T10:00:00Z", "last_updated_time": "1707991200000"})
    assert (
        cast_rows(rows, MOEGO_LEAD, 7).frame.select("created_time", "last_updated_time").row(0) == (1707991200000,) * 2
    )


def test_no_rows_are_typed_rows_too(text_rows) -> None:
    typed = cast_rows(text_rows(CUSTOMER_IDENTITY), CUSTOMER_IDENTITY, 7)
    assert typed.frame.schema["yob"] == pl.Int64
    assert typed.frame.height == 0
