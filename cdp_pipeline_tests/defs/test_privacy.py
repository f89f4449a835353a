"""Requests of people in Dagster: counts alone, and one message for each date that comes near or passes."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from cdp_pipeline.definitions import defs
from cdp_pipeline.defs.privacy import due_requests_alert, people_requests, retention
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.privacy import RequestLog, new_request
from cdp_pipeline.settings import read_settings
from cdp_pipeline_tests.deliveries.conftest import Place
from cdp_pipeline_tests.webhook import Webhook, listening


def set_today(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr("cdp_pipeline.settings.Settings.today", property(lambda _: day))


@pytest.fixture
def enter(raw: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], str]:
    """Enters a request that was received some days ago; returns its id."""
    monkeypatch.setenv("CDP_PRIVACY_DIR", str(raw.parent / "privacy"))
    set_today(monkeypatch, date(2026, 11, 18))

    def append(kind: str, days_ago: int) -> str:
        received_on = read_settings().today - timedelta(days=days_ago)
        request = new_request(kind, "p-an", received_on, reason="a letter")  # type: ignore[arg-type]
        RequestLog(read_settings().privacy_dir).append(request.event("received", request.reason))
        return request.request_id

    return append


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with listening(200) as server:
        monkeypatch.setenv("CDP_ALERT_WEBHOOK", server.url)
        yield server


def materialized() -> tuple[dict[str, object], dg.AssetCheckEvaluation]:
    with dg.instance_for_test() as instance:
        result = dg.materialize([people_requests], instance=instance, resources={"workplace": Workplace()})
        (event,) = result.get_asset_materialization_events()
        (check,) = result.get_asset_check_evaluations()
        return {name: value.value for name, value in event.materialization.metadata.items()}, check


def tick(cursor: str | None = None) -> tuple[str | None, str]:
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        skipped = due_requests_alert(context)
        return context.cursor, skipped.skip_message


def test_the_asset_counts_requests_and_its_check_finds_an_overdue_one(enter) -> None:
    enter("erase", 0)
    metadata, check = materialized()
    assert (metadata["requests_open"], metadata["requests_overdue"]) == (1, 0)
    assert check.passed
    enter("export", 40)
    metadata, check = materialized()
    assert (metadata["dagster/row_count"], metadata["requests_overdue"]) == (2, 1)
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "1 of 2 open requests of people are overdue; expected none." in str(check.description)
    assert "p-an" not in json.dumps(metadata, default=str) + str(check.description)


def test_without_requests_the_check_holds(enter) -> None:
    metadata, check = materialized()
    assert (metadata["dagster/row_count"], metadata["next_due_on"], check.passed) == (0, "nothing is due", True)


def test_the_asset_of_retention_removes_what_is_too_old_and_counts_it(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (periods := raw.parent / "retention.toml").write_text('[records]\ndefault = "1 year"\n')
    monkeypatch.setenv("CDP_RETENTION", str(periods))
    monkeypatch.setenv("CDP_PRIVACY_DIR", str(raw.parent / "privacy"))
    set_today(monkeypatch, date(2026, 11, 18))
    place = Place(read_settings())
    place.drop(
        CUSTOMER_IDENTITY,
        "2025-11-10",
        {"customerId": "C1", "systemName": "CRM", "fullName": "Lê Mai", "phone": "0912345001"},
    )
    place.process(CUSTOMER_IDENTITY, "2025-11-10")
    with dg.instance_for_test() as instance:
        result = dg.materialize([retention], instance=instance, resources={"workplace": Workplace()})
        (event,) = result.get_asset_materialization_events()
    metadata = {name: value.value for name, value in event.materialization.metadata.items()}
    assert (metadata["dagster/row_count"], metadata["records_removed"]) == (1, 1)
    assert "| `records customer-identity` | 1 |" in str(metadata["removed"])
    assert place.lake.rows("staging", CUSTOMER_IDENTITY.name, "2025-11-10") == 0


def test_retention_runs_between_reading_and_what_is_made_of_the_rows() -> None:
    graph = defs.resolve_asset_graph()
    key = dg.AssetKey(["privacy", "retention"])
    assert {parent.path[0] for parent in graph.get(key).parent_keys} == {"staging", "rejected"}
    assert {child.path[0] for child in graph.get(key).child_keys} == {"current", "serving"}
    selected = defs.resolve_job_def("retention").asset_layer.selected_asset_keys
    assert {selected_key.path[0] for selected_key in selected} & {"staging", "rejected"} == set()
    assert key in selected


def test_a_request_is_posted_once_before_its_date_and_once_when_it_has_passed(
    enter, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = enter("erase", 0)
    cursor, _ = tick()
    (message,) = webhook.posted
    assert f"{request_id} (erase) is due on" in str(message["text"])
    assert "p-an" not in json.dumps(message)
    assert "letter" not in json.dumps(message)
    cursor, skipped = tick(cursor)
    assert (len(webhook.posted), skipped) == (1, "No request is newly due.")
    set_today(monkeypatch, date(2026, 12, 18))
    tick(cursor)
    assert f"{request_id} (erase) is overdue since" in str(webhook.posted[1]["text"])


def test_what_is_not_due_soon_or_closed_is_not_posted(enter, webhook: Webhook) -> None:
    log = RequestLog(read_settings().privacy_dir)
    answered = enter("erase", 0)
    refused = enter("export", 40)
    for request in log.requests():
        log.append(request.event("answered" if request.request_id == answered else "refused"))
    assert {request.request_id for request in log.requests()} == {answered, refused}
    assert tick()[1] == "No request is newly due."
    assert webhook.posted == []


def test_without_a_webhook_nothing_is_posted(enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDP_ALERT_WEBHOOK", raising=False)
    enter("erase", 40)
    assert tick() == (None, "CDP_ALERT_WEBHOOK is not set.")
