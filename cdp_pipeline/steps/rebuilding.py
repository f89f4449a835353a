"""Forgetting what steps remember, so that the next run makes everything from the staged rows again."""

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.lake import Lake
from cdp_pipeline.steps.persons import forget_identity_state
from cdp_pipeline.steps.renewing import forget_table_states
from cdp_pipeline.steps.snapshot import forget_snapshot
from cdp_pipeline.steps.state import forget_current_state


def forget_states(lake: Lake) -> None:
    """Have every step of the next run work on all records, and compare all rows with the database.

    Person ids and their history are no such state: they are kept.
    """
    for entity in ENTITIES:
        forget_current_state(lake, entity)
    forget_identity_state(lake)
    forget_table_states(lake)
    forget_snapshot(lake)
