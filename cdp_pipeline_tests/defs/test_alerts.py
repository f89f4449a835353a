import json
from collections.abc import Iterator

import dagster as dg
import pytest

from cdp_pipeline.defs.alerts import AlertError, failed_run_alert, post
from cdp_pipeline_tests.webhook import Webhook, listening


@pytest.fixture
def webhook(request: pytest.FixtureRequest) -> Iterator[Webhook]:
    with listening(getattr(request, "param", 200)) as server:
        yield server


@dg.op
def read_file_of_lan() -> None:
    """A step whose error names a person."""
    raise ValueError("Nguyen Thi Lan, 0912345678")


@dg.job
def failing() -> None:
    read_file_of_lan()


def tell_of_failed_run() -> object:
    with dg.instance_for_test() as instance:
        result = failing.execute_in_process(
            instance=instance, raise_on_error=False, tags={"dagster/partition": "2026-11-16"}
        )
        context = dg.build_run_status_sensor_context(
            sensor_name="failed_run_alert",
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_failure_event(),
        ).for_run_failure()
        return failed_run_alert(context)


def test_a_failed_run_is_posted_with_its_date_and_steps_but_without_the_error(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_ALERT_WEBHOOK", webhook.url)
    tell_of_failed_run()
    (message,) = webhook.posted
    assert message["failed_steps"] == ["read_file_of_lan"]
    assert message["drop_dates"] == "2026-11-16"
    assert "read_file_of_lan" in message["text"]
    assert "0912345678" not in json.dumps(message)


def test_without_a_webhook_nothing_is_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDP_ALERT_WEBHOOK", raising=False)
    assert isinstance(tell_of_failed_run(), dg.SkipReason)


@pytest.mark.parametrize("webhook", [500], indirect=True)
def test_a_webhook_that_refuses_is_an_error_that_hides_its_address(webhook: Webhook) -> None:
    with pytest.raises(AlertError, match="answered 500") as caught:
        post(webhook.url, {"text": "x"})
    assert "secret-token" not in str(caught.value)


def test_an_unreachable_webhook_is_an_error_that_hides_its_address() -> None:
    with pytest.raises(AlertError, match="cannot be reached") as caught:
        post("http://127.0.0.1:9/hook/secret-token", {"text": "x"})
    assert "secret-token" not in str(caught.value)
