import pytest

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.validation.tables import accepted_table


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_accepted_rows_have_the_columns_of_their_entity_first(entity: Entity) -> None:
    names = [column.name for column in entity.columns]
    assert accepted_table(entity).schema.names()[: len(names)] == names
