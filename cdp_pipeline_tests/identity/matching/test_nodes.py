"""The nodes of the identity graph: which records stand for a contact that several of them name."""

from datetime import date

import polars as pl
import pytest

from cdp_pipeline.backend.local import Workspace
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.matching.nodes import find_nodes

FIRST, SECOND = date(2026, 11, 16), date(2026, 11, 17)


@pytest.mark.parametrize(
    ("a1", "a2", "a3", "first"),
    [
        pytest.param(SECOND, FIRST, FIRST, "A2", id="one that came later does not take its place"),
        pytest.param(FIRST, FIRST, FIRST, "A1", id="of one day the smallest"),
        pytest.param(None, SECOND, None, "A2", id="those without a day last"),
        pytest.param(None, None, None, "A1", id="without a day the smallest"),
    ],
)
def test_a_contact_is_known_by_the_first_of_its_records(world, tmp_path, a1, a2, a3, first):
    came = {"A1": a1, "A2": a2, "A3": a3}
    for action_id in came:
        world.add(
            action_id,
            CUSTOMER_PRODUCT_ACTIVITY,
            action_id=action_id,
            customer_name="Trần An",
            customer_phone="0987654321",
        )
    current = dict(world.current())
    days = pl.col("action_id").replace_strict(came, return_dtype=pl.Date)
    current[CUSTOMER_PRODUCT_ACTIVITY.name] = current[CUSTOMER_PRODUCT_ACTIVITY.name].with_columns(first_drop_date=days)
    work = Workspace(tmp_path)
    find_nodes(work, current, ENTITIES, "company")
    assert work.scan("nodes").select("record_key", "records", "role").collect().rows() == [
        (world.keys[first], 3, "contact")
    ]
    members = work.scan("contact_members").select("record_key", "object_type").collect()
    assert set(members.rows()) == {(key, CUSTOMER_PRODUCT_ACTIVITY.object_type) for key in world.keys.values()}
