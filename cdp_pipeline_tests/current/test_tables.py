import pytest

from cdp_pipeline.current.tables import VERSION_COLUMNS, current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.staging.tables import staging_table


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_a_current_table_has_the_staged_columns_but_those_of_one_version(entity: Entity) -> None:
    staged, current = staging_table(entity).schema.names(), current_table(entity).schema.names()
    assert [name for name in current if name in staged] == [name for name in staged if name not in VERSION_COLUMNS]
    assert set(staged) >= VERSION_COLUMNS


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_a_record_is_found_by_its_key(entity: Entity) -> None:
    assert current_table(entity).key == ("record_key",)
