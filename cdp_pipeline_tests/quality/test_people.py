"""Each check of who is who: numbers that break it, what it says then, and the same numbers whole."""

import pytest

from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.quality.checks import BY_NAME


def test_a_record_in_two_places_or_none_is_an_error() -> None:
    verdict = BY_NAME["every_record_has_one_person"].evaluate(records=10, placed=9)
    assert (verdict.passed, verdict.check.stops) == (False, True)
    assert "9 of 10 records stand in exactly one place; expected all" in verdict.message
    assert "`cdp run --all`" in verdict.message
    assert BY_NAME["every_record_has_one_person"].evaluate(records=10, placed=10).passed


def test_a_record_of_an_erased_person_is_an_error() -> None:
    verdict = BY_NAME["nobody_erased_came_back"].evaluate(returned=2)
    assert (verdict.passed, verdict.check.stops) == (False, True)
    assert "2 records are of persons who were erased on request; expected none" in verdict.message
    assert BY_NAME["nobody_erased_came_back"].evaluate(returned=0).passed


def test_memberships_of_customers_nobody_has_warn_by_entity() -> None:
    verdict = BY_NAME["references_resolve"].evaluate(
        references={CUSTOMER_MEMBERSHIP: (30, 100), LEAD_STATUS_HISTORY: (1, 100)}
    )
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "customer-membership names 30 of 100 unknown (warning above 5%)" in verdict.message
    assert "lead-status-history" not in verdict.message
    assert "ask the sender" in verdict.message
    assert verdict.numbers["unresolved_references/lead-status-history"] == 1


def test_statuses_of_leads_nobody_has_warn_too() -> None:
    assert not BY_NAME["references_resolve"].evaluate(references={LEAD_STATUS_HISTORY: (30, 100)}).passed


def test_visitors_who_are_no_customers_yet_are_nothing_unusual() -> None:
    assert (
        BY_NAME["references_resolve"]
        .evaluate(references={CUSTOMER_PRODUCT_ACTIVITY: (15, 100), CUSTOMER_MEMBERSHIP: (3, 4)})
        .passed
    )


def test_many_people_merged_split_or_gone_warn() -> None:
    verdict = BY_NAME["persons_are_steady"].evaluate(before=1000, merged=10, split=8, gone=5, expired=0)
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "Of 1,000 people 10 were merged, 8 split and 5 lost their profile (warning above 2%)" in verdict.message
    assert "CDP_IDENTITY_OVERRIDES" in verdict.message


@pytest.mark.parametrize(("before", "merged", "split", "gone"), [(1000, 10, 5, 5), (10, 2, 1, 1), (0, 0, 0, 0)])
def test_an_ordinary_day_leaves_people_as_they_are(before: int, merged: int, split: int, gone: int) -> None:
    counts = {"before": before, "merged": merged, "split": split, "gone": gone}
    assert BY_NAME["persons_are_steady"].evaluate(**counts, expired=0).passed


def test_people_whose_retention_ended_are_not_taken_for_lost() -> None:
    assert BY_NAME["persons_are_steady"].evaluate(before=1000, merged=0, split=0, gone=300, expired=295).passed
    assert not BY_NAME["persons_are_steady"].evaluate(before=1000, merged=0, split=0, gone=300, expired=200).passed


def test_a_person_of_oddly_many_records_warns() -> None:
    verdict = BY_NAME["clusters_are_small"].evaluate(largest_cluster=51)
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "made of 51 records and contacts; expected at most 50" in verdict.message
    assert "CDP_IDENTITY_RULES" in verdict.message
    assert BY_NAME["clusters_are_small"].evaluate(largest_cluster=50).passed


def test_many_placeholders_warn_with_their_kinds() -> None:
    verdict = BY_NAME["few_identifiers_are_nobodys"].evaluate(
        identifiers=1000, blocked={"phone": 40, "email": 20}, blocked_values=3, shared={"phone": 1}
    )
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "60 of 1,000 identifiers are placeholders, of 3 distinct values (warning above 5%)" in verdict.message
    assert "skipped_identifiers" in verdict.message
    assert verdict.numbers == {"blocked_phone": 40, "blocked_email": 20, "shared_phone": 1}
    assert (
        BY_NAME["few_identifiers_are_nobodys"]
        .evaluate(identifiers=1000, blocked={"phone": 40}, blocked_values=1, shared={})
        .passed
    )


def test_a_line_of_the_overrides_file_that_does_not_hold_is_named_by_number() -> None:
    verdict = BY_NAME["every_override_holds"].evaluate(override_problems=[(3, "no such record")])
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert "line 3: no such record" in verdict.message
    assert "CDP_IDENTITY_OVERRIDES" in verdict.message
    assert BY_NAME["every_override_holds"].evaluate(override_problems=[]).passed
