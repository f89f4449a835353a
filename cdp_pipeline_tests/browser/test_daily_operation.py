"""What an operator sees in the UI after a day, a backfill and a day with a bad file."""

import itertools
import json
from typing import Any

import pytest

from cdp_pipeline_tests.browser.operated import BAD, DAYS, SECRETS, Operated
from cdp_pipeline_tests.browser.visitor import PICTURES, Visitor

pytestmark = pytest.mark.e2e

REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "cdp_pipeline"}
AUTOMATION = """query($of: RepositorySelector!) {
  schedulesOrError(repositorySelector: $of) { ... on Schedules { results { name state: scheduleState { status } } } }
  sensorsOrError(repositorySelector: $of) { ... on Sensors { results { name state: sensorState { status } } } } }"""
EVENTS = """query($id: ID!, $after: String) { logsForRun(runId: $id, afterCursor: $after) { ... on EventConnection {
  cursor hasMore events { ... on MessageEvent { message } ... on DisplayableEvent { description metadataEntries {
  label ... on MarkdownMetadataEntry { mdStr } ... on TextMetadataEntry { text } } } } } } }"""


def test_a_day_and_a_day_with_a_bad_file_succeed(operated: Operated) -> None:
    assert operated.endings == ["SUCCESS", "SUCCESS"]


def test_a_backfill_is_one_run_for_the_whole_range(operated: Operated) -> None:
    runs = operated.backfill_runs
    assert [run["status"] for run in runs] == ["SUCCESS"]
    tags = {tag["key"]: tag["value"] for tag in runs[0]["tags"]}
    assert tags["dagster/asset_partition_range_start"] == DAYS[0]
    assert tags["dagster/asset_partition_range_end"] == DAYS[5]


def test_runs_do_not_overlap(operated: Operated) -> None:
    runs = [operated.first_run, operated.backfill_runs[0]["runId"], operated.bad_run]
    times = sorted(operated.instance.times(run_id) for run_id in runs)
    assert all(ended <= next_began for (_, ended), (next_began, _) in itertools.pairwise(times))


def test_the_graph_shows_the_layers(visitor: Visitor) -> None:
    visitor.open("/asset-groups", "raw", "staging", "rejected", "current", "identity", "profiles", "serving", "privacy")
    visitor.picture("graph")


def test_the_job_is_its_manual(visitor: Visitor) -> None:
    text = visitor.open("/locations/__repository__@cdp_pipeline/jobs/daily_profiles", "Turns the files of one or more")
    assert "readers see the old state or the new one" in text
    visitor.picture("job")


def test_schedule_and_sensor_are_stopped_at_first_and_the_alert_is_on_where_its_webhook_is_set(
    visitor: Visitor, operated: Operated
) -> None:
    visitor.open("/automation", "daily_profiles_schedule", "new_files_sensor", "failed_run_alert", "due_requests_alert")
    visitor.picture("automation")
    found = operated.instance.ask(AUTOMATION, of=REPOSITORY)
    states = {one["name"]: one["state"]["status"] for kind in found.values() for one in kind["results"]}
    assert states == {
        "daily_profiles_schedule": "STOPPED",
        "new_files_sensor": "STOPPED",
        "failed_run_alert": "RUNNING",
        "due_requests_alert": "RUNNING",
    }


def test_an_asset_shows_grain_owner_kinds_columns_and_what_is_personal(visitor: Visitor) -> None:
    # The columns come last.
    text = visitor.open("/assets/profiles/profiles", "One row per person", "Parquet", "personal_data", "non-nullable")
    for words in ("customer-data", "Polars", "Main phone in E.164 form", "Row count"):
        assert words in text, words
    visitor.picture("asset")


def test_an_asset_shows_masked_examples(visitor: Visitor) -> None:
    visitor.open("/assets/profiles/profile_contacts", "example_rows")
    assert "***" in visitor.show("example_rows", "person_id").inner_text()
    visitor.picture("examples", "example_rows")
    visitor.close_dialogs()


def test_a_run_shows_its_steps_and_that_it_succeeded(visitor: Visitor, operated: Operated) -> None:
    visitor.open(f"/runs/{operated.bad_run}", "read_customer_identity", "publish", "RUN_SUCCESS")
    visitor.picture("run")


def test_the_rejected_rows_of_a_bad_file_are_counted_with_their_reasons(visitor: Visitor) -> None:
    visitor.open("/assets/rejected/customer_identity", "rejected_share", BAD)
    reasons = visitor.show("reasons", "required:customerId").inner_text()
    assert "type:yob" in reasons
    assert "unreadable" in reasons
    visitor.picture("reasons", "rejected_share")
    visitor.close_dialogs()


def test_the_checks_say_what_is_wrong_and_what_to_do(visitor: Visitor) -> None:
    path = "/assets/rejected/customer_identity?view=checks&checkDetail=rejected_share_is_low"
    visitor.open(path, "Few rows of a day are rejected", "Failed", "duplicates_are_few")
    assert "cdp rejected" in visitor.wait_for("checks", "Latest execution")
    visitor.picture("checks")


def test_the_partitions_tell_which_days_were_run(visitor: Visitor) -> None:
    visitor.open("/assets/staging/customer_identity?view=partitions", "Materialized")
    visitor.picture("partitions")


def test_the_data_quality_asset_gathers_the_day(visitor: Visitor) -> None:
    visitor.open("/assets/serving/data_quality", "rows_rejected", "are accounted for")
    for part, words in {
        "verdict": "customer-identity",
        "warnings": "rejected_share_is_low",
        "people": "merged",
        "reasons": "required:customerId",
    }.items():
        assert words in visitor.show(part, words).inner_text()
        visitor.close_dialogs()
    visitor.picture("data_quality", "verdict")
    assert "customer-product-subscriber" in visitor.show("ledger", "accepted").inner_text()
    visitor.picture("ledger")
    visitor.close_dialogs()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1100), ("dark", 1100), ("light", 390)])
def test_the_data_quality_page_is_one_file(
    visitor: Visitor, operated: Operated, browser: Any, scheme: Any, width: int
) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(operated.instance.quality_page.as_uri())
    visitor.read[f"page {scheme} {width}"] = text = tab.inner_text("body")
    for words in (
        f"Can the data of {BAD} be trusted?",
        "are accounted for",
        "Checks that do not hold",
        "Day by day",
        "required:customerId",
        "People",
        "Published",
    ):
        assert words in text, words
    assert asked == [operated.instance.quality_page.as_uri()]
    assert tab.evaluate("document.documentElement.scrollWidth") == width, "it is scrolled sideways"
    tab.screenshot(path=PICTURES / f"page_{scheme}{'' if width > 390 else '_phone'}.png")
    tab.close()


def test_no_page_shows_a_phone_or_an_e_mail_of_a_person(visitor: Visitor, operated: Operated) -> None:
    contacts = operated.contacts()
    assert len(contacts) > 100
    assert len(visitor.read) > 10
    for what, text in visitor.read.items():
        assert [value for value in (*SECRETS, *contacts) if value in text] == [], what


def test_no_log_and_no_metadata_holds_a_phone_or_an_e_mail_of_a_person(operated: Operated) -> None:
    told = operated.instance.log.read_text(encoding="utf-8", errors="replace")
    for run_id in (operated.first_run, operated.bad_run):
        after, has_more = None, True
        while has_more:
            page = operated.instance.ask(EVENTS, id=run_id, after=after)["logsForRun"]
            after, has_more = page["cursor"], page["hasMore"]
            told += json.dumps(page["events"], ensure_ascii=False)
    assert [value for value in (*SECRETS, *operated.contacts()) if value in told] == []


def test_the_ui_asks_no_other_host_and_breaks_nowhere(visitor: Visitor) -> None:
    assert visitor.outside == []
    assert visitor.errors == []
