"""Retention: records go as a whole when their newest version is too old, rejected rows and reports by their date."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.deliveries.reports import newest_day_reports, read_day_report
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.pipeline.mending import mend
from cdp_pipeline.pipeline.retention import Went, apply_retention, count_expired, finish_planned, plan_retention
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.pipeline.verdicts import evaluate_days, evaluate_profiles, read_days
from cdp_pipeline.privacy.keys import read_key
from cdp_pipeline.privacy.requests import Event, RequestLog
from cdp_pipeline.serving.database import reading
from cdp_pipeline.staging import staging_table
from cdp_pipeline_tests.conftest import DECLARED
from cdp_pipeline_tests.deliveries.conftest import Place, copy_folder, place_in
from cdp_pipeline_tests.pipeline.erasing_run import is_killed_after, run_whole, seconds_of_a_run
from cdp_pipeline_tests.pipeline.whole_run import lake_state, published_state, run_days

OLD, MIDDLE, NEW = "2025-11-10", "2026-05-10", "2026-11-16"
DAYS = (OLD, MIDDLE, NEW)
NOW = datetime(2026, 11, 18, 5, tzinfo=UTC)
TODAY = date(2026, 11, 18)
A_YEAR = '[records]\ncustomer_identity = "1 year"\n'
PEOPLE = ("profiles", "profile_records", "profile_contacts")
Customer = Callable[..., dict[str, Any]]


def with_periods(place: Place, periods: str) -> Place:
    file = place.settings.raw_dir.parent / "retention.toml"
    file.write_text(periods, encoding="utf-8")
    return replace(place, settings=place.settings.model_copy(update={"retention": file}))


def run(place: Place, run_id: str = "run", days: Sequence[str] = DAYS, *, reprocess: bool = False) -> None:
    run_days(place.settings, days, run_id, NOW, reprocess=reprocess)


def rows(place: Place, table: str) -> list[dict[str, Any]]:
    with reading(place.settings.database_url) as connection:
        return [dict(row) for row in connection.execute(sa.select(DECLARED[table])).mappings()]


def names(place: Place) -> set[str]:
    return {row["display_name"] for row in rows(place, "profiles")}


def ledger(place: Place, run_id: str = "") -> Counter[tuple[str, str]]:
    """Rows that went by layer and drop date."""
    found: Counter[tuple[str, str]] = Counter()
    for row in rows(place, "retention_ledger"):
        if run_id in row["run_id"]:
            found[row["layer"], str(row["drop_date"])] += row["rows"]
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, customer: Customer) -> Place:
    """Bình was delivered long ago only, Hà long ago and last week, Quân in May; a row of Bình is rejected."""
    place = place_in(tmp_path_factory.mktemp("finished"))
    binh, ha = customer(1, fullName="Trần Văn Bình"), customer(2, fullName="Phạm Thu Hà")
    place.drop(CUSTOMER_IDENTITY, OLD, binh, ha, customer(9, fullName=""), "{broken")
    place.drop(CUSTOMER_IDENTITY, MIDDLE, customer(3, fullName="Đỗ Minh Quân"), "{broken too")
    place.drop(CUSTOMER_IDENTITY, NEW, {**ha, "gender": "female"})
    run(place, "first")
    return place


@pytest.fixture
def place(finished: Place, tmp_path: Path) -> Place:
    copy_folder(finished.settings.raw_dir.parent, tmp_path)
    return place_in(tmp_path)


def staged(place: Place, day: str) -> int:
    return place.lake.rows("staging", CUSTOMER_IDENTITY.name, day)


def test_without_a_file_nothing_is_removed(place: Place) -> None:
    before = published_state(place.settings)
    assert plan_retention(place.lake, place.settings, date(2099, 1, 1)).went == ()
    run(place)
    assert published_state(place.settings) == before


def test_a_record_goes_when_its_newest_version_is_too_old_and_a_live_one_stays_whole(place: Place) -> None:
    place = with_periods(place, A_YEAR)
    run(place)
    assert names(place) == {"Phạm Thu Hà", "Đỗ Minh Quân"}
    versions = place.lake.scan_days("staging", CUSTOMER_IDENTITY.name, staging_table(CUSTOMER_IDENTITY).schema)
    assert sorted(versions.select("full_name").collect().to_series()) == ["Phạm Thu Hà", "Phạm Thu Hà", "Đỗ Minh Quân"]


@pytest.mark.parametrize(
    ("period", "stays"), [("1 year", True), ("12 months", True), ("365 days", True), ("364 days", False)]
)
def test_the_day_of_the_cutoff_is_kept(place: Place, period: str, *, stays: bool) -> None:
    place = with_periods(place, f'[records]\ndefault = "{period}"\n')
    went = plan_retention(place.lake, place.settings, date(2026, 11, 10)).went
    assert {line.layer for line in went} == (set() if stays else {"records", "rejected"})


def test_rejected_rows_go_by_their_own_period_and_with_the_records_at_the_latest(place: Place) -> None:
    place = with_periods(place, '[records]\ndefault = "1 year"\n[rejected]\ndefault = "3 months"\n')
    run(place)
    assert ledger(place) == {("records", OLD): 1, ("rejected", OLD): 2, ("rejected", MIDDLE): 1}
    assert rows(place, "rejected_records") == []


def test_forever_excepts_an_entity_from_the_default(place: Place, customer: Customer) -> None:
    place = with_periods(place, '[records]\ndefault = "1 year"\ncustomer_identity = "forever"\n')
    assert plan_retention(place.lake, place.settings, TODAY).went == ()


def test_the_ledger_says_by_which_run_how_much_and_for_which_period_it_went(place: Place) -> None:
    place = with_periods(place, A_YEAR)
    run(place, "second")
    [line] = [row for row in rows(place, "retention_ledger") if row["layer"] == "records"]
    assert (line["object_type"], line["rows"], line["records"]) == ("customer-identity", 1, 1)
    assert (line["period"], line["cutoff_on"], line["drop_date"]) == ("1 year", date(2025, 11, 18), date(2025, 11, 10))


def test_every_row_read_is_staged_or_rejected_or_in_the_ledger(place: Place) -> None:
    place = with_periods(place, '[records]\ndefault = "1 year"\n[rejected]\ndefault = "3 months"\n')
    run(place)
    for day, report in newest_day_reports(place.lake, CUSTOMER_IDENTITY.name).items():
        line, went = report.line, ledger(place)
        assert line.read == line.accepted + line.rejected + line.duplicates + line.suppressed
        assert line.accepted == staged(place, day) + went["records", day]
        assert line.rejected == place.lake.rows("rejected", CUSTOMER_IDENTITY.name, day) + went["rejected", day]


def test_checks_know_what_is_gone(place: Place) -> None:
    place = with_periods(place, '[records]\ndefault = "1 year"\n[rejected]\ndefault = "3 months"\n')
    before = {verdict.check.name: verdict.passed for verdict in evaluate_days(place.lake, CUSTOMER_IDENTITY, DAYS)}
    run(place)
    after = {verdict.check.name: verdict.passed for verdict in evaluate_days(place.lake, CUSTOMER_IDENTITY, DAYS)}
    assert {name for name, passed in before.items() if passed and not after[name]} == set()
    assert [day.rejected_open for day in read_days(place.lake, CUSTOMER_IDENTITY, DAYS).chosen] == [0, 0, 0]


def collapsed(place: Place) -> bool:
    verdicts = evaluate_profiles(place.lake, {}, accept_fewer=False, returned=0)
    return not next(v.passed for v in verdicts if v.check.name == "people_have_not_collapsed")


def test_people_who_went_are_no_collapse_however_many_records_went_with_them(place: Place, customer: Customer) -> None:
    place.drop(
        CUSTOMER_IDENTITY, OLD, *(customer(n, fullName="Lý Thu Thảo") for n in range(20, 35)), name="more.ndjson"
    )
    place.drop(CUSTOMER_IDENTITY, NEW, *(customer(n, fullName="Lê An") for n in range(40, 60)), name="new.ndjson")
    run(place)
    place = with_periods(place, A_YEAR)
    bring_up_to_date(place.lake, place.settings, NOW + timedelta(days=1), upto="anomalies")
    assert (count_expired(place.lake), collapsed(place)) == (16, False)
    profiles = place.lake.scan("profiles", "profiles").collect()
    place.lake.write("profiles", "profiles", profiles.head(11))
    assert collapsed(place)


def test_records_that_stay_when_their_person_went_are_no_collapse(place: Place, customer: Customer) -> None:
    thao = [customer(n, fullName="Lý Thu Thảo", email=f"thao{n}@example.com") for n in range(20, 35)]
    place.drop(CUSTOMER_IDENTITY, OLD, *thao, name="more.ndjson")
    at = {"eventAt": 1_762_000_000_000, "actionAt": 1_762_000_000_000, "systemName": "MAIL", "serviceProvider": "Brevo"}
    mails = [{"id": f"m-{n}", "event": "opened", "email": thao[n % 15]["email"], **at} for n in range(45)]
    place.drop(EMAIL_INTERACTION, NEW, *mails)
    run(place)
    assert len(rows(place, "profile_activities")) == 45
    place = with_periods(place, A_YEAR)
    bring_up_to_date(place.lake, place.settings, NOW + timedelta(days=1), upto="anomalies")
    assert place.lake.rows("profiles", "profile_activities") == 0
    assert not collapsed(place)


def test_the_id_of_a_person_without_records_is_retired_with_the_reason_and_given_to_no_one(
    place: Place, customer: Customer
) -> None:
    [binh] = [row["person_id"] for row in rows(place, "profiles") if row["display_name"] == "Trần Văn Bình"]
    place = with_periods(place, A_YEAR)
    run(place)
    [change] = rows(place, "person_id_history")
    assert (change["old_person_id"], change["change"]) == (binh, "retired")
    assert change["reason"].startswith("retention")
    memory = pl.read_parquet(place.lake.path("identity", "person_ids")).filter(pl.col("person_id") == binh)
    assert memory["node_key"].to_list() == memory["record_key"].to_list() == [f"expired:{binh}"]
    place.drop(CUSTOMER_IDENTITY, NEW, customer(1, fullName="Trần Văn Bình"), name="back.ndjson")
    run(place, "back")
    assert binh not in {row["person_id"] for row in rows(place, "profiles")}
    assert "Trần Văn Bình" in names(place)


def test_reading_everything_again_removes_it_again_in_the_same_run(place: Place) -> None:
    place = with_periods(place, A_YEAR)
    run(place, "second")
    state, lake = published_state(place.settings), lake_state(place.settings)
    run(place, "third", reprocess=True)
    changed = published_state(place.settings)
    assert len(changed.pop("retention_ledger")) == len(state.pop("retention_ledger"))
    assert (changed, lake_state(place.settings)) == (state, lake)


def test_incremental_runs_and_a_run_from_nothing_give_equal_tables(place: Place, tmp_path: Path) -> None:
    periods = '[records]\ndefault = "1 year"\n[rejected]\ndefault = "3 months"\n'
    place = with_periods(place, periods)
    run(place)
    copy_folder(place.settings.raw_dir, tmp_path / "anew" / "raw")
    anew = with_periods(place_in(tmp_path / "anew"), periods)
    run(anew)
    assert published_state(anew.settings) == published_state(place.settings)
    assert lake_state(anew.settings) == lake_state(place.settings)


def test_an_old_file_that_comes_late_does_not_stay(place: Place, customer: Customer) -> None:
    place = with_periods(place, A_YEAR)
    run(place)
    place.drop(CUSTOMER_IDENTITY, OLD, customer(7, fullName="Lý Thu Thảo"), name="late.ndjson")
    run(place, "late")
    assert names(place) == {"Phạm Thu Hà", "Đỗ Minh Quân"}
    assert staged(place, OLD) == 1


def test_held_deliveries_lose_old_rows_and_their_versions_keep_a_record(place: Place, customer: Customer) -> None:
    binh = customer(1, fullName="Trần Văn Bình")
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", binh, *(customer(n, phone="") for n in range(40, 70)))
    place.drop(CUSTOMER_IDENTITY, "2025-11-11", customer(8), *(customer(n, phone="") for n in range(40, 70)))
    place = with_periods(place, A_YEAR)
    run(place, days=(*DAYS, "2025-11-11", "2026-11-17"))
    assert staged(place, OLD) == 2
    assert place.lake.held.rows("staging", CUSTOMER_IDENTITY.name, "2025-11-11") == 0
    assert place.lake.held.rows("rejected", CUSTOMER_IDENTITY.name, "2025-11-11") == 0


def test_records_of_a_person_who_restricted_the_use_are_kept(place: Place) -> None:
    [binh] = [row["person_id"] for row in rows(place, "profiles") if row["display_name"] == "Trần Văn Bình"]
    log = RequestLog(place.settings.privacy_dir)
    read_key(place.settings.privacy_key_file, place.settings.privacy_dir)
    log.append(Event("r-1", "received", "restrict", binh, date(2026, 11, 1), purposes=("marketing",)))
    log.append(log.requests()[0].event("done"))
    place = with_periods(place, A_YEAR)
    run(place)
    assert "Trần Văn Bình" in names(place)
    assert {line.layer for line in plan_retention(place.lake, place.settings, TODAY).went} == set()
    (place.lake.root / "identity" / "person_ids.parquet").unlink()
    assert "kept" in plan_retention(place.lake, place.settings, TODAY).waits


def test_the_report_of_a_day_goes_when_neither_rows_nor_files_are_left(place: Place) -> None:
    place = with_periods(place, '[records]\ndefault = "1 month"\n[reports]\ndefault = "1 month"\n')
    run(place)
    assert read_day_report(place.lake, CUSTOMER_IDENTITY.name, MIDDLE) is not None
    (place.settings.raw_dir / CUSTOMER_IDENTITY.object_type / MIDDLE / "part.ndjson").unlink()
    run(place, "files gone")
    assert place.lake.report_days(CUSTOMER_IDENTITY.name) == [OLD, NEW]
    assert ledger(place)["reports", MIDDLE] == 1
    ledger_dates = {str(row["drop_date"]) for row in rows(place, "run_ledger")}
    assert MIDDLE in ledger_dates


def test_archives_of_exports_go_by_the_date_of_their_request(place: Place) -> None:
    log = RequestLog(place.settings.privacy_dir)
    log.append(Event("r-1", "received", "export", "P1", date(2026, 9, 1), at=datetime(2026, 9, 1, tzinfo=UTC)))
    log.append(replace(log.requests()[0].event("done"), at=datetime(2026, 9, 1, 20, tzinfo=UTC)))
    archive = place.settings.privacy_dir / "exports" / "r-1.zip"
    archive.parent.mkdir(mode=0o700)
    archive.write_bytes(b"zip")
    place = with_periods(place, 'exports = "3 months"\n')
    run(place)
    assert archive.exists()
    place = with_periods(place, 'exports = "2 months"\n')
    run(place, "later")
    assert not archive.exists()
    assert ledger(place) == {("exports", "2026-09-02"): 1}


def test_a_run_that_is_killed_while_it_removes_is_finished_as_it_was_planned(
    place: Place, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.drop(CUSTOMER_IDENTITY, "2025-11-12", customer(1, fullName="Trần Văn Bình", gender="male"))
    run(place, days=(*DAYS, "2025-11-12"))
    place, done = with_periods(place, A_YEAR), []

    def killed(*arguments: Any) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(remove(*arguments))

    from cdp_pipeline.pipeline import retention

    remove = retention.remove_expired
    monkeypatch.setattr(retention, "remove_expired", killed)
    with pytest.raises(KeyboardInterrupt):
        apply_retention(place.lake, place.settings, "killed", TODAY)
    monkeypatch.undo()
    assert [staged(place, day) for day in (OLD, "2025-11-12")] == [1, 1]
    # A version that comes in between does not save a record of which one is gone already.
    place.drop(CUSTOMER_IDENTITY, NEW, customer(1, fullName="Trần Văn Bình"), name="back.ndjson")
    mend(place.lake, place.settings, "mend", place.told.append)
    assert [staged(place, day) for day in (OLD, "2025-11-12")] == [1, 0]
    run(place, "next", days=(*DAYS, "2025-11-12"))
    assert {key: n for key, n in ledger(place).items() if key[0] == "records"} == {
        ("records", OLD): 1,
        ("records", "2025-11-12"): 1,
    }
    assert "Trần Văn Bình" in names(place)


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory, customer: Customer) -> Place:
    """Some hundred days before today Bình and others, and Hà, who was delivered again two days ago."""
    place = place_in(tmp_path_factory.mktemp("aged"))
    today = place.settings.today
    for days, numbers in ((420, range(9)), (410, range(5, 15)), (2, range(13, 20))):
        place.drop(CUSTOMER_IDENTITY, str(today - timedelta(days)), *(customer(n) for n in numbers), "{broken")
    run_whole(place.settings)
    return place


@pytest.fixture(scope="module")
def aged_and_removed(aged: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("removed")
    copy_folder(aged.settings.raw_dir.parent, folder)
    place = with_periods(place_in(folder), '[records]\ndefault = "1 year"\n')
    run_whole(place.settings)
    return place


@pytest.fixture(scope="module")
def seconds(aged: Place, processes: BaseContext, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long the run takes that is not killed."""
    folder = tmp_path_factory.mktemp("timed")
    copy_folder(aged.settings.raw_dir.parent, folder)
    place = with_periods(place_in(folder), '[records]\ndefault = "1 year"\n')
    return seconds_of_a_run(processes, place.settings)


@pytest.mark.parametrize("number", [0, 1, *(pytest.param(n, marks=pytest.mark.thorough) for n in range(2, 10))])
def test_a_killed_run_publishes_no_half_and_the_next_one_completes_it(
    aged: Place, aged_and_removed: Place, tmp_path: Path, processes: BaseContext, seconds: float, number: int
) -> None:
    copy_folder(aged.settings.raw_dir.parent, tmp_path)
    place = with_periods(place_in(tmp_path), '[records]\ndefault = "1 year"\n')
    moment = random.Random(f"20261130 {number}").uniform(0, seconds)
    is_killed_after(processes, place.settings, moment)
    whole = [{name: rows(of, name) for name in PEOPLE} for of in (aged, aged_and_removed)]
    assert {name: rows(place, name) for name in PEOPLE} in whole, f"after {moment:.2f} of {seconds:.2f} s"
    run_whole(place.settings)
    assert {name: rows(place, name) for name in PEOPLE} == whole[1], f"after {moment:.2f} of {seconds:.2f} s"
    assert ledger(place) == ledger(aged_and_removed)
    assert sum(ledger(place).values()) == 9 + 8 + 2


def test_a_plan_that_is_carried_out_twice_counts_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place = with_periods(place, A_YEAR)
    cleared: list[tuple[str, str]] = []
    monkeypatch.setattr(type(place.lake), "clear_report", lambda _, *report: cleared.append(report))
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    apply_retention(place.lake, place.settings, "run", TODAY)
    finish_planned(place.lake, place.settings)
    monkeypatch.undo()
    assert ("retention", "plan") in cleared
    finish_planned(place.lake, place.settings)
    finish_planned(place.lake, place.settings)
    assert not place.lake.exists("retention", "records")
    run(place)
    assert ledger(place)["records", OLD] == 1


def test_nothing_of_the_record_is_left_in_what_the_pipeline_keeps(place: Place) -> None:
    place = with_periods(place, A_YEAR)
    run(place)
    found = []
    for path in place.settings.raw_dir.parent.rglob("*"):
        if path.is_file() and not path.is_relative_to(place.settings.raw_dir):
            content = path.read_bytes().decode("utf-8", "replace")
            if path.suffix == ".parquet":
                content += str(pl.read_parquet(path, glob=False).to_dicts())
            found += [path.name for word in ("Bình", "912345001") if word in content]
    assert found == []


def test_a_preview_changes_nothing(place: Place) -> None:
    place = with_periods(place, A_YEAR)
    before = {p: p.stat().st_mtime_ns for p in place.lake.root.rglob("*")}
    plan = plan_retention(place.lake, place.settings, TODAY)
    assert plan.went[0] == Went(
        "records", "customer-identity", date.fromisoformat(OLD), 1, 1, "1 year", date(2025, 11, 18)
    )
    assert {p: p.stat().st_mtime_ns for p in place.lake.root.rglob("*")} == before


def test_a_contact_that_lives_in_a_newer_record_keeps_its_person(place: Place) -> None:
    comment = {"systemName": "Web", "customerName": "Trần Ngọc Lan", "customerPhone": "0918220417", "content": "Êm"}
    comment |= {"productName": "Máy cắt lông", "productId": "P1", "productSku": "S1", "customerId": "guest-lan"}
    place.drop(CUSTOMER_PRODUCT_COMMENT, OLD, {**comment, "commentId": "CM-1", "commentedAt": 1762761600000})
    place.drop(CUSTOMER_PRODUCT_COMMENT, NEW, {**comment, "commentId": "CM-2", "commentedAt": 1794816000000})
    run(place)
    before = {row["display_name"]: row["person_id"] for row in rows(place, "profiles")}
    assert "Trần Ngọc Lan" in before, rows(place, "rejected_records")
    place = with_periods(place, '[records]\ncustomer_product_comment = "6 months"\n')
    run(place, "second")
    assert {row["display_name"]: row["person_id"] for row in rows(place, "profiles")} == before
    assert ledger(place) == {("records", OLD): 1}
    assert [row["source_id"] for row in rows(place, "profile_records") if row["source_id"].startswith("CM")] == ["CM-2"]
