"""Each check of current records: numbers that break it, what it says then, and the same numbers whole."""

from datetime import date

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality.checks import BY_NAME


def test_two_records_of_one_key_are_an_error() -> None:
    verdict = BY_NAME["keys_are_unique"].evaluate(records=10, keys=9)
    assert (verdict.passed, verdict.check.stops) == (False, True)
    assert "10 records have 9 keys; expected one each" in verdict.message
    assert "`cdp run --all`" in verdict.message
    assert BY_NAME["keys_are_unique"].evaluate(records=10, keys=10).passed


def test_an_entity_that_fell_behind_the_others_warns() -> None:
    verdict = BY_NAME["newest_drop_is_fresh"].evaluate(
        entity=CUSTOMER_IDENTITY, newest=date(2026, 11, 16), newest_of_all=date(2026, 11, 20)
    )
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "of 2026-11-16, 4 days behind 2026-11-20" in verdict.message
    assert "expected at most 3" in verdict.message
    assert "Ask the sender of customer-identity" in verdict.message
    assert verdict.numbers == {"days_behind": 4}


@pytest.mark.parametrize(
    ("entity", "newest"),
    [(CUSTOMER_IDENTITY, date(2026, 11, 17)), (CUSTOMER_RELATIONSHIP, date(2026, 10, 25)), (CUSTOMER_IDENTITY, None)],
)
def test_a_long_weekend_a_rare_entity_and_one_that_never_came_are_fresh(entity: Entity, newest: date | None) -> None:
    assert (
        BY_NAME["newest_drop_is_fresh"].evaluate(entity=entity, newest=newest, newest_of_all=date(2026, 11, 20)).passed
    )
