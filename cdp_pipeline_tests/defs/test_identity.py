import dagster as dg
import pytest

from cdp_pipeline.defs.identity import identity_assets
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.current import update_current
from cdp_pipeline.settings import read_settings
from cdp_pipeline_tests.deliveries.conftest import Place

DAY = "2026-11-16"
pytestmark = pytest.mark.usefixtures("raw")


def metadata(*people: dict[str, str]) -> dict[str, object]:
    """What the asset of persons tells of itself."""
    place = Place(read_settings())
    place.drop(CUSTOMER_IDENTITY, DAY, *people)
    place.process(CUSTOMER_IDENTITY, DAY)
    for entity in ENTITIES:
        update_current(place.lake, entity)
    result = dg.materialize(identity_assets, resources={"workplace": Workplace()})
    told = result.asset_materializations_for_node("resolve_persons")
    persons = next(one for one in told if one.asset_key.path[-1] == "record_persons")
    return {name: value.value for name, value in persons.metadata.items()}


def person(number: int, **said: str) -> dict[str, str]:
    return {"customerId": f"C{number}", "systemName": f"S{number}", **said}


def test_the_asset_tells_what_the_model_expects_where_records_are_joined():
    same = {"fullName": "Trịnh Công Vũ", "dob2": "1985-06-15", "phone": "0987654321"}
    told = metadata(person(1, **same), person(2, **same), person(3, fullName="Lê Hoa", phone="0912000111"))
    assert told["people"] == 2
    assert told["matching_pairs"] == 1
    assert told["matching_records_trained_on"] == 3
    assert 0.9 <= told["matching_precision"] <= 1
    assert told["matching_recall"] == 1


def test_where_nothing_is_compared_it_tells_nothing_of_a_model():
    told = metadata(person(1, fullName="Trịnh Công Vũ", phone="0987654321"))
    assert told["people"] == 1
    assert [name for name in told if name.startswith("matching_")] == []
