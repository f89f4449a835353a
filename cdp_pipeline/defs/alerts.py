"""The sensor that reports failed runs to a webhook; it exists only where CDP_ALERT_WEBHOOK names one."""

import json
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import dagster as dg

from cdp_pipeline.defs.partitions import asked_dates
from cdp_pipeline.settings import read_settings

TIMEOUT_SECONDS = 10
"""A chat server answers within one; a sensor tick may take a minute."""


class AlertError(Exception):
    """The webhook did not take the message; the text names its status, not its address, which is a secret."""


def failure_message(run: dg.DagsterRun, failed_steps: list[str]) -> dict[str, object]:
    """What is posted: `text` for people, which chat servers show, and the same in fields for machines.

    Names of job, dates and steps only. Why a step failed stands in the run's log, behind whatever protects the UI.
    """
    days = asked_dates(run.tags)
    steps = ", ".join(failed_steps) or "none: the run did not get as far as its steps"
    text = f"Run {run.run_id} of {run.job_name} for {days or 'no drop date'} failed. Failed steps: {steps}."
    return {
        "text": text,
        "run_id": run.run_id,
        "job": run.job_name,
        "drop_dates": days,
        "failed_steps": failed_steps,
    }


def post(url: str, message: dict[str, object]) -> None:
    """Post a message as JSON.

    Raises:
        AlertError: The webhook cannot be reached or refuses it.
    """
    body = json.dumps(message).encode()
    request = Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS):
            pass
    except HTTPError as error:
        error.close()
        raise AlertError(f"The webhook in CDP_ALERT_WEBHOOK answered {error.code}; expected 2xx.") from None
    except (URLError, OSError):
        raise AlertError(
            "The webhook in CDP_ALERT_WEBHOOK cannot be reached; check its address and the network."
        ) from None


@dg.run_failure_sensor(
    name="failed_run_alert",
    description=(
        "Posts job, drop dates and failed steps of each failed run to the webhook in CDP_ALERT_WEBHOOK, whether it was "
        "launched here or by `cdp run`."
    ),
    # A run of the command line belongs to no code location.
    monitor_all_code_locations=True,
    default_status=(
        dg.DefaultSensorStatus.RUNNING if read_settings().alert_webhook else dg.DefaultSensorStatus.STOPPED
    ),
)
def failed_run_alert(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Post one message per failed run."""
    webhook = read_settings().alert_webhook
    if webhook is None:
        return dg.SkipReason("CDP_ALERT_WEBHOOK is not set.")
    failed = sorted(event.step_key for event in context.get_step_failure_events() if event.step_key)
    post(webhook.get_secret_value(), failure_message(context.dagster_run, failed))
    return None
