import pandera.polars as pa
import polars as pl
import pytest
from pandera.config import config_context
from pandera.errors import SchemaErrors
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import EntityModel, column
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.validation.casts import cast_rows
from cdp_pipeline.validation.contract import BrokenContractError, Contract, broken_rules, contract_of
from cdp_pipeline.validation.pipeline import Limits


def contract(entity: Entity, limits: Limits) -> Contract:
    return contract_of(entity, limits.loaded_at, limits.default_region, limits.default_timezone_gmt, limits.no_ids)


@pytest.fixture
def broken(text_rows, limits: Limits):
    def judge(entity: Entity, *entries: dict[str, object]) -> dict[str, list[bool]]:
        frame = cast_rows(text_rows(entity, *entries), entity, 7).frame
        of_entity = contract(entity, limits)
        return {rule.name: rule.mask.to_list() for rule in broken_rules(frame, entity, of_entity)}

    return judge


def test_each_broken_rule_says_in_which_rows(broken, an) -> None:
    nobody = {"customer_id": "C2", "first_name": "An"}
    assert broken(CUSTOMER_IDENTITY, an, nobody, an | {"yob": "88"}, {"phone": "0912345678", "full_name": "Bình"}) == {
        "required:customerId": [False, False, False, True],
        "value:yob": [False, False, True, False],
        "condition:NAME": [False, True, False, False],
        "condition:PHONE_OR_EMAIL": [False, True, False, False],
    }


def test_rows_that_keep_the_contract_break_no_rule(broken, an) -> None:
    assert broken(CUSTOMER_IDENTITY, an, an) == {}


def test_no_rows_break_no_rule(broken) -> None:
    assert broken(CUSTOMER_IDENTITY) == {}


@pytest.mark.parametrize("address", ["an.nguyen@", "an nguyen@example.com", "none"])
def test_a_malformed_address_that_is_the_subject_of_its_row_breaks_the_format(broken, address: str) -> None:
    row = {"customer_id": "C1", "email": address, "email_type": "Personal"}
    good = row | {"email": " An.Nguyen@Example.com "}
    assert broken(CUSTOMER_IDENTITY_EMAIL, row, good) == {"format:email": [True, False]}


def test_a_number_that_cannot_be_dialled_breaks_the_format(broken) -> None:
    row = {"id": "1", "service_provider": "SMSGWA", "event_at": "1584507164000", "event": "sent"}
    numbers = [{"phone_number": number} for number in ("0912345678", "+84 912 345 678", "12", "03596856xxx")]
    assert broken(SMS_INTERACTION, *(row | number for number in numbers)) == {
        "format:phoneNumber": [False, False, True, True]
    }


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_check_collects_one_failure_case_and_is_named_after_its_rule(entity: Entity, limits: Limits) -> None:
    schema = contract_of(
        entity, limits.loaded_at, limits.default_region, limits.default_timezone_gmt, limits.no_ids
    ).schema
    checks = [*schema.checks, *(check for column in schema.columns.values() for check in column.checks)]
    assert {check.n_failure_cases for check in checks} <= {1}
    assert all(check.name.split(":")[0] in {"value", "format", "condition"} for check in checks)
    assert all(check.description for check in schema.checks)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_the_masks_are_those_of_pandera(entity: Entity, limits: Limits, text_rows) -> None:
    rows = [{}, *({column.name: cell for column in entity.columns} for cell in ("7", "Active", "1584507164000", "x@y"))]
    frame = cast_rows(text_rows(entity, *rows), entity, 7).frame
    of_entity = contract(entity, limits)
    with pytest.raises(SchemaErrors) as raised:
        of_entity.schema.validate(frame, lazy=True)
    seen = {
        (str(error.schema.name or ""), error.check if error.check == "not_nullable" else error.check.name): [
            not kept for kept in error.check_output.to_series()
        ]
        for error in raised.value.schema_errors
    }
    found = {
        (rule.column or "", "not_nullable" if rule.name.startswith("required:") else rule.name): rule.mask.to_list()
        for rule in broken_rules(frame, entity, of_entity)
    }
    assert found == seen


@pytest.mark.parametrize("setting", [{"validation_enabled": False}, {"validation_depth": "SCHEMA_ONLY"}])
def test_a_setting_of_pandera_cannot_switch_the_checks_off(broken, an, setting) -> None:
    with config_context(**setting):
        assert broken(CUSTOMER_IDENTITY, an | {"customer_id": None}) == {"required:customerId": [True]}


class Misdeclared(EntityModel):
    """One row per row."""

    points: str = column("points", kinds.WHOLE_NUMBER, "Declared as text but of a kind of number.")


class Raising(EntityModel):
    """One row per row."""

    @pa.dataframe_check(name="BROKEN", n_failure_cases=1)
    def names_a_column_that_is_not_there(cls, data: PolarsData) -> pl.LazyFrame:
        """A column is there."""
        return data.lazyframe.select(pl.col("absent"))


@pytest.mark.parametrize("model", [Misdeclared, Raising])
def test_a_declaration_that_does_not_fit_stops_the_batch(broken, model: type[EntityModel]) -> None:
    entity = Entity("odd-thing", model, ("ref_id",), "ref_id", (), "child")
    with pytest.raises(BrokenContractError, match="The contract of odd-thing cannot be checked: found .*correct"):
        broken(entity, {"ref_id": "R1"})
