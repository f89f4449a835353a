"""The checks in Dagster: where they stand, how severe they are, what they stop, and that each has been seen red."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from cdp_pipeline.definitions import defs
from cdp_pipeline.defs import profiles, serving
from cdp_pipeline.defs.current import build_current
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.defs.staging import build_staging
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.pipeline.page_memory import open_checks
from cdp_pipeline.pipeline.publication import Published
from cdp_pipeline.pipeline.refresh import Refreshed
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.quality.checks import BY_NAME, evaluate
from cdp_pipeline.quality.verdict import Verdict
from cdp_pipeline.serving.pipeline import Changes
from cdp_pipeline.store.lake import Lake

TESTS = Path(__file__).parents[1]
PEOPLE = "quality/test_people.py"
FILES = "pipeline/test_verdicts.py"
SEEN_RED = {
    "every_row_is_accounted_for": (FILES, "test_a_row_that_got_lost_is_seen"),
    "as_many_rows_as_usual": (FILES, "test_a_file_that_shrank_to_a_tenth_is_seen"),
    "fields_are_as_before": (FILES, "test_a_renamed_field_is_seen_as_one_new_and_one_missing"),
    "contacts_are_usable": (FILES, "test_phones_nobody_can_call_are_seen"),
    "values_are_in_their_lists": (FILES, "test_values_nobody_told_of_are_seen"),
    "rejected_share_is_low": (FILES, "test_some_bad_rows_warn_and_stop_nothing"),
    "rejected_share_is_bearable": (FILES, "test_a_day_of_only_bad_rows_is_seen"),
    "duplicates_are_few": (FILES, "test_a_file_sent_twice_is_seen"),
    "keys_are_unique": (FILES, "test_a_key_that_stands_twice_is_seen"),
    "newest_drop_is_fresh": (FILES, "test_an_entity_that_fell_behind_is_seen"),
    "every_record_has_one_person": (PEOPLE, "test_a_record_in_two_places_or_none_is_an_error"),
    "references_resolve": (PEOPLE, "test_memberships_of_customers_nobody_has_warn_by_entity"),
    "persons_are_steady": (PEOPLE, "test_many_people_merged_split_or_gone_warn"),
    "clusters_are_small": (PEOPLE, "test_a_person_of_oddly_many_records_warns"),
    "few_identifiers_are_nobodys": (PEOPLE, "test_many_placeholders_warn_with_their_kinds"),
    "every_override_holds": (PEOPLE, "test_a_line_of_the_overrides_file_that_does_not_hold"),
    "people_are_consistent": ("quality/test_published.py", "test_people_whose_records_contradict_each_other_warn"),
    "people_have_not_collapsed": (FILES, "test_people_who_collapsed_and_have_nothing_are_seen"),
    "profiles_are_complete": (FILES, "test_people_who_collapsed_and_have_nothing_are_seen"),
    "published_equals_lake": (FILES, "test_a_database_that_somebody_changed_is_seen"),
    "nobody_erased_came_back": (PEOPLE, "test_a_record_of_an_erased_person_is_an_error"),
    "no_request_is_overdue": (
        "defs/test_privacy.py",
        "test_the_asset_counts_requests_and_its_check_finds_an_overdue_one",
    ),
}


def test_every_check_that_is_declared_has_a_test_that_sees_it_red() -> None:
    assert {key.name for key in defs.resolve_asset_graph().asset_check_keys} == set(SEEN_RED)
    for module, test in SEEN_RED.values():
        assert f"def {test}" in (TESTS / module).read_text(encoding="utf-8"), test


def test_no_asset_has_more_checks_than_one_reads() -> None:
    checks = Counter(key.asset_key.to_user_string() for key in defs.resolve_asset_graph().asset_check_keys)
    assert max(checks.values()) <= 5


READ, FOLD = build_staging(CUSTOMER_IDENTITY), build_current([CUSTOMER_IDENTITY])


def run_day(raw: Path, lines: list[str], **config: Any) -> tuple[dg.ExecuteInProcessResult, list[Any]]:
    """Read a day of customers and fold it; the result, and the checks that are open then."""
    path = raw / "customer-identity" / "2026-11-16" / "a.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines))
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [READ, FOLD],
            partition_key="2026-11-16",
            instance=instance,
            resources={"workplace": Workplace()},
            run_config={"ops": {"read_customer_identity": {"config": config}}},
            raise_on_error=False,
        )
        return result, open_checks(Workplace().lake, date(2026, 11, 16), {})


def customer(number: int, **columns: Any) -> str:
    return json.dumps({"customerId": f"C{number}", "systemName": "CRM", "fullName": "Lan", **columns})


def test_a_held_delivery_is_an_error_that_stops_nothing_until_it_is_accepted(raw: Path) -> None:
    result, told = run_day(raw, ["not json"] * 4)
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert result.success
    held = checks["rejected_share_is_bearable"]
    assert (held.passed, held.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert held.metadata["deliveries_held"].value == 1
    assert checks["keys_are_unique"].passed
    assert told == [], "a held delivery is told as such"
    accepted, _ = run_day(raw, ["not json"] * 4, accept_rejected=True)
    checks = {check.check_name: check for check in accepted.get_asset_check_evaluations()}
    assert checks["rejected_share_is_bearable"].passed


def test_a_check_says_the_date_that_was_asked_for_and_shares_are_rounded(raw: Path) -> None:
    result, _ = run_day(raw, [customer(1, email="a@b.vn"), customer(2, email="c@d.vn"), "not json"])
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    low = checks["rejected_share_is_low"]
    assert low.description == "2026-11-16: Rejected: 1 of 3 rows; open: 1."
    assert (low.metadata["drop_dates"].value, low.metadata["rejected_share"].value) == ("2026-11-16", 0.3333)
    assert "drop_dates" not in checks["keys_are_unique"].metadata
    (rejected,) = result.asset_materializations_for_node("read_customer_identity")[1:]
    assert rejected.metadata["rejected_share"].value == 0.3333


def test_a_warning_stops_nothing_and_carries_its_numbers_and_what_to_do(raw: Path) -> None:
    contacts = {"phone": "0000", "email": "lan@example.com"}
    result, warnings = run_day(raw, [customer(n, **contacts) for n in range(5)])
    assert result.success
    red = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert [(check.check_name, check.severity) for check in red] == [
        ("contacts_are_usable", dg.AssetCheckSeverity.WARN)
    ]
    assert red[0].metadata["contacts_unusable"].value == 5
    assert [(w.asset, w.check) for w in warnings] == [("staging/customer_identity", "contacts_are_usable")]
    assert "5 of 5 cells of phone" in warnings[0].message


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Steps without their work, which others test: profiles of thirty people, and a record of being published."""
    done: list[str] = []
    nothing = Published(
        {t.name: Changes() for t in PUBLISHED_TABLES}, dict.fromkeys((t.name for t in PUBLISHED_TABLES), 30)
    )
    monkeypatch.setattr(profiles, "refresh", lambda *_: Refreshed(30, None))
    monkeypatch.setattr(profiles, "count_anomalies", lambda *_: {})
    monkeypatch.setattr(profiles, "masked_examples", lambda *_: dg.MetadataValue.md(""))
    monkeypatch.setattr(Lake, "scan", lambda *_: pl.LazyFrame())
    monkeypatch.setattr(profiles, "evaluate_profiles", _collapsed)
    monkeypatch.setattr(serving, "publish_database", lambda *_, **__: done.append("published") or nothing)
    return done


def _collapsed(*_: Any, accept_fewer: bool, returned: int) -> list[Verdict]:
    return evaluate(
        "profiles",
        people=30,
        anomalies={},
        contradictions=[],
        built={"profiles": 30},
        published={"profiles": 100},
        accepts_fewer=accept_fewer,
        expired={},
        having=dict.fromkeys(["name", "contact", "birth", "gender"], 30),
        returned=returned,
    )


def publish(config: dict[str, Any]) -> dg.ExecuteInProcessResult:
    """Build the profiles and publish them."""
    return dg.materialize(
        [profiles.build_profiles, serving.publish],
        resources={"workplace": Workplace()},
        run_config={"ops": {"build_profiles": {"config": config}}},
        raise_on_error=False,
    )


def verdict(rows: int) -> Verdict:
    return BY_NAME["published_equals_lake"].evaluate(
        lake={"profiles": 30}, database={"profiles": rows}, growing=[], differing=[], probed=0
    )


def test_people_who_collapsed_are_not_published_unless_a_person_says_so(
    raw: Path, published: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "evaluate_database", lambda *_: verdict(30))
    assert not publish({}).success
    assert published == []
    assert publish({"accept_fewer_people": True}).success
    assert published == ["published"]


def test_a_database_that_differs_from_the_lake_fails_the_run(
    raw: Path, published: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "evaluate_database", lambda *_: verdict(29))
    result = publish({"accept_fewer_people": True})
    assert not result.success
    red = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert [(c.check_name, c.severity) for c in red] == [("published_equals_lake", dg.AssetCheckSeverity.ERROR)]
