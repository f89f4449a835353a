"""privacy: what retention removes, the queue of people's requests, and the sensor that reports what is due.

All of it in counts; no one is named.

Requests are made and carried out on the command line; their log is no table of the lake.
"""

import json
from collections import Counter
from datetime import timedelta

import dagster as dg

from cdp_pipeline.defs.alerts import post
from cdp_pipeline.defs.checks import check_results, check_specs
from cdp_pipeline.defs.metadata import OWNERS, column_schema, counts_table, row_count
from cdp_pipeline.defs.resources import Workplace, reasons_first
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline import apply_retention, evaluate_requests
from cdp_pipeline.privacy import Policy, Request, RequestLog, read_policy
from cdp_pipeline.profiles import RETENTION_LEDGER
from cdp_pipeline.quality import checks_of
from cdp_pipeline.settings import Settings, read_settings
from cdp_pipeline.store import DAILY_LAYERS

REPORTED_BEFORE = timedelta(days=3)
"""What is due on a Monday is reported on the Friday before it, and most first answers as soon as they are entered."""

_COLUMNS = {
    "id": "The request.",
    "kind": "What is asked for.",
    "received": "When it was received.",
    "answer due": "Until when a first answer is due, or when it was given.",
    "done due": "Until when it is to be done.",
    "state": "received, confirmed, applied, done, refused or revoked.",
    "by": "Who entered it.",
}


@dg.asset(
    key=["privacy", "requests"],
    group_name="privacy",
    kinds={"json"},
    owners=OWNERS,
    description=(
        "One row per request of a person about their data. The log lies outside the lake, in CDP_PRIVACY_DIR; "
        "`cdp requests` lists it, `cdp request` carries requests out. Here are counts only."
    ),
    metadata={
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(name=name, description=about) for name, about in _COLUMNS.items()]
        )
    },
    check_specs=check_specs(checks_of("privacy")),
)
def people_requests(workplace: Workplace) -> dg.MaterializeResult:
    """Count the requests by kind and state, and those that are due."""
    with reasons_first():
        settings = workplace.settings
        policy, requests = _read(settings)
        is_open = [request for request in requests if request.is_open]
        overdue = sum(policy.is_overdue(request, settings.today) for request in is_open)
        verdicts = evaluate_requests(workplace.lake, len(is_open), overdue)
        due = [due for request in is_open if (due := policy.next_due(request))]
        key = dg.AssetKey(["privacy", "requests"])
        return dg.MaterializeResult(
            asset_key=key,
            metadata={
                **row_count(len(requests)),
                "requests_open": len(is_open),
                "requests_overdue": overdue,
                "next_due_on": min(due).isoformat() if due else "nothing is due",
                "by_kind_and_state": counts_table(Counter(f"{r.kind} {r.state}" for r in requests), "request"),
                "periods": policy.profile,
            },
            check_results=check_results(verdicts, key),
        )


@dg.sensor(
    name="due_requests_alert",
    minimum_interval_seconds=3600,
    description=(
        "Posts each request of a person that is due within three days, and again when it is overdue, to the webhook in "
        "CDP_ALERT_WEBHOOK: ids, kinds and dates, never a person."
    ),
    default_status=(
        dg.DefaultSensorStatus.RUNNING if read_settings().alert_webhook else dg.DefaultSensorStatus.STOPPED
    ),
)
def due_requests_alert(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Post one message for all requests that are newly due or overdue."""
    settings = read_settings()
    if settings.alert_webhook is None:
        return dg.SkipReason("CDP_ALERT_WEBHOOK is not set.")
    policy, requests = _read(settings)
    lines = _due_lines(settings, policy, requests)
    posted = set(json.loads(context.cursor or "[]"))
    if new := [line for line in lines if line not in posted]:
        text = f"Requests of people about their data: {'; '.join(new)}. `cdp requests` lists them."
        post(settings.alert_webhook.get_secret_value(), {"text": text, "requests": new})
    # Only what was posted and is still due, so that the cursor stays small.
    context.update_cursor(json.dumps(sorted(lines)))
    return dg.SkipReason(f"{len(new)} requests are newly due." if new else "No request is newly due.")


def _due_lines(settings: Settings, policy: Policy, requests: list[Request]) -> list[str]:
    """A line for each open request that is due soon or overdue; equal as long as that stays so."""
    lines = []
    for request in requests:
        due = policy.next_due(request)
        if due is not None and due - REPORTED_BEFORE <= settings.today:
            state = "is overdue since" if due < settings.today else "is due on"
            lines.append(f"{request.request_id} ({request.kind}) {state} {due}")
    return lines


def _read(settings: Settings) -> tuple[Policy, list[Request]]:
    return read_policy(settings.privacy_policy), RequestLog(settings.privacy_dir).requests()


@dg.asset(
    key=["privacy", "retention"],
    deps=[dg.AssetKey([layer, entity.name]) for layer in DAILY_LAYERS for entity in ENTITIES],
    group_name="privacy",
    kinds={"parquet"},
    owners=OWNERS,
    description=(
        "One row per run, layer, entity and drop date with what was removed because it was older than its period in "
        "CDP_RETENTION: staged records with all their versions, rejected rows, reports of days, archives of exports. "
        "Without that file nothing is ever removed. `cdp retention` previews it."
    ),
    metadata={"dagster/column_schema": column_schema(RETENTION_LEDGER)},
)
def retention(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
    """Remove what is older than its period, after files are read and before anything is made of their rows."""
    with reasons_first():
        settings = workplace.settings
        went = apply_retention(workplace.lake, settings, context.run.run_id, settings.today, context.log.info)
        by_layer: Counter[str] = Counter()
        for line in went:
            by_layer[f"{line.layer} {line.object_type or ''}".strip()] += line.rows
        return dg.MaterializeResult(
            metadata={
                **row_count(sum(line.rows for line in went)),
                "records_removed": sum(line.records for line in went),
                "removed": counts_table(by_layer, "layer and entity"),
            }
        )


privacy_assets = [people_requests, retention]
