"""Raw files after an erasure: listed with their rows; rewritten on request, so that others are read as before."""

import csv
import gzip
import io
import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from rich.console import Console

from cdp_pipeline.commands.raw_rows import list_file, settle_raw_rows
from cdp_pipeline.commands.request import Asked, make_request
from cdp_pipeline.deliveries.reports import newest_day_reports, read_day_report
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline import raw_files
from cdp_pipeline.pipeline.raw_files import settle_raw
from cdp_pipeline.privacy.keys import read_key
from cdp_pipeline.privacy.proof import verify_proof
from cdp_pipeline.privacy.requests import Event, Request, RequestLog
from cdp_pipeline_tests.deliveries.conftest import Place, copy_folder, place_in
from cdp_pipeline_tests.pipeline.erasing_run import run_whole
from cdp_pipeline_tests.pipeline.whole_run import lake_state, published_state

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"
MAI = {"customerId": "KH-000060", "fullName": "Lê Thị Mai", "phone": "0912345601", "email": "mai.le@example.com"}
HEADER = ("customerId", "systemName", "fullName", "phone", "email")
Customer = Callable[..., dict[str, Any]]


def cells(entry: dict[str, Any]) -> list[str]:
    return [str(entry.get(name, "")) for name in HEADER]


def table(*entries: dict[str, Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([HEADER, *map(cells, entries)])
    return text.getvalue()


@pytest.fixture(scope="module")
def erased_world(tmp_path_factory: pytest.TempPathFactory, customer: Customer) -> Place:
    """Mai in a file of every format, twice in one of them and rejected in another; then erased."""
    place = place_in(tmp_path_factory.mktemp("world"))
    mai = {**MAI, "systemName": "CRM"}
    an, ha, quan = (customer(n, fullName=name) for n, name in ((1, "Trần Văn An"), (2, "Phạm Thu Hà"), (3, "Đỗ Quân")))
    place.drop(CUSTOMER_IDENTITY, DAY, an, mai, ha, mai, {**mai, "gender": "?", "yob": "abc"}, name="a.ndjson")
    envelope = {"objectType": "customer-identity", "source": "CRM", "entries": [mai, quan]}
    place.drop(CUSTOMER_IDENTITY, DAY, envelope, name="b.ndjson")
    folder = place.settings.raw_dir / CUSTOMER_IDENTITY.object_type / DAY
    (folder / "c.csv").write_bytes(("\ufeff" + table({**mai, "email": "mai.le@example.com"}, an)).encode())
    (folder / "d.json").write_text(json.dumps([mai, ha], ensure_ascii=False, indent=2), encoding="utf-8")
    (folder / "e.csv.gz").write_bytes(gzip.compress(table(ha, mai).encode()))
    pl.DataFrame([cells(mai), cells(quan)], schema=HEADER, orient="row").write_parquet(folder / "f.parquet")
    with xlsxwriter.Workbook(folder / "g.xlsx") as book:
        sheet = book.add_worksheet()
        for row, line in enumerate([list(HEADER), cells(an), cells(mai)]):
            sheet.write_row(row, 0, line)
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, {**mai, "gender": "female"}, name="only.ndjson")
    run_whole(place.settings)
    erase(place)
    return place


def erase(place: Place) -> None:
    """Erase Mai by a whole run."""
    [person] = pl.read_parquet(place.lake.path("profiles", "profiles")).filter(display_name="Lê Thị Mai")["person_id"]
    read_key(place.settings.privacy_key_file)
    log = RequestLog(place.settings.privacy_dir)
    log.append(Event("r-1", "received", "erase", person, date(2026, 11, 20)))
    log.append(log.requests()[0].event("confirmed"))
    run_whole(place.settings)


@pytest.fixture
def place(erased_world: Place, tmp_path: Path) -> Place:
    copy_folder(erased_world.settings.raw_dir.parent, tmp_path)
    return place_in(tmp_path)


def request_of(place: Place) -> Request:
    [request] = RequestLog(place.settings.privacy_dir).requests()
    assert request.state == "done"
    return request


def raw_texts(place: Place) -> dict[str, str]:
    """The decoded content of each raw file."""
    found = {}
    for path in sorted(p for p in place.settings.raw_dir.rglob("*") if p.is_file()):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = content.decode("utf-8", "replace")
        if path.suffix == ".parquet":
            text = str(pl.read_parquet(path).rows())
        if path.suffix == ".xlsx":
            text = str(pl.read_excel(path, engine="calamine").rows())
        found[path.name] = text
    return found


def settle(place: Place, *, is_rewritten: bool) -> tuple[int, str]:
    out = Console(record=True, width=300, file=io.StringIO())
    status = settle_raw_rows(place.settings, request_of(place), out, out, is_rewritten=is_rewritten)
    return status, out.export_text()


def test_rows_are_listed_with_file_and_number_and_nothing_is_changed(place: Place) -> None:
    before = raw_texts(place)
    status, text = settle(place, is_rewritten=False)
    assert status == 0
    assert raw_texts(place) == before
    assert "Rows of the person in raw files: 10 in 8 files." in text
    for line in ("a.ndjson: rows 2, 4, 5", "c.csv: row 2", "d.json: row 1", "f.parquet: row 1", "g.xlsx: row 3"):
        assert f"{DAY}/{line}\n" in text
    listed = list_file(place.settings, request_of(place))
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    assert len(listed.read_text().splitlines()) == 11


def test_rewritten_files_hold_nothing_of_the_person_and_all_of_others(place: Place) -> None:
    status, text = settle(place, is_rewritten=True)
    assert (status, "Rewritten without 10 rows: 8 raw files." in text) == (0, True), text
    words = ("Mai", "912345601", "KH-000060", "mai.le")
    left = raw_texts(place)
    assert {(name, word) for name, content in left.items() for word in words if word in content} == set()
    assert left["c.csv"].startswith("\ufeffcustomerId,systemName,fullName,phone,email\r\n\r\nC1,")
    assert all("Hà" in left[name] for name in ("a.ndjson", "d.json", "e.csv.gz"))
    assert not list_file(place.settings, request_of(place)).exists()


def test_the_next_run_reads_the_same_but_for_these_rows_and_warns_of_no_loss(place: Place) -> None:
    state = published_state(place.settings)
    settle(place, is_rewritten=True)
    run_whole(place.settings)
    run_whole(place.settings, reprocess=True)
    after = published_state(place.settings)
    lines = [json.loads(line) for line in after.pop("run_ledger")]
    state.pop("run_ledger")
    # A file that held no one else is an empty file now.
    assert ["empty_file" in row for row in after.pop("quality_findings")] == [True]
    assert state.pop("quality_findings") == []
    numbers = ("source_row", "entry_number")
    assert {t: without(rows, numbers) for t, rows in after.items()} == {
        t: without(r, numbers) for t, r in state.items()
    }
    of_day = {line["drop_date"]: line for line in lines if line["object_type"] == "customer-identity"}
    assert (of_day[DAY]["suppressed"], of_day[DAY]["rejected"]) == (0, 0)
    assert of_day[DAY]["read"] == of_day[DAY]["accepted"] + of_day[DAY]["duplicates"]
    for entity in ENTITIES:
        assert [r.losses for r in newest_day_reports(place.lake, entity.name).values() if r.losses] == []


def without(rows: list[str], names: tuple[str, ...]) -> list[str]:
    return sorted(json.dumps({k: v for k, v in json.loads(row).items() if k not in names}) for row in rows)


def test_days_whose_row_numbers_stay_are_not_read_again(place: Place) -> None:
    settle(place, is_rewritten=True)
    report = read_day_report(place.lake, CUSTOMER_IDENTITY.name, NEXT_DAY)
    assert report is not None
    assert report.covers([f for f in place.landing().files if f.drop_date == date(2026, 11, 17)])
    assert report.reading
    before = lake_state(place.settings)
    run_whole(place.settings)
    assert len(lake_state(place.settings)["staging/customer_identity"]) == len(before["staging/customer_identity"])


def test_the_proof_counts_files_and_rows_and_stays_signed(place: Place) -> None:
    settle(place, is_rewritten=True)
    proof = verify_proof(place.settings.privacy_dir, read_key(place.settings.privacy_key_file), request_of(place))
    assert (proof.files["raw/customer-identity"], proof.files["raw files"]) == ((10, 0), (8, 0))
    assert proof.files["staging/customer_identity"][1] == 0


def test_a_killed_call_is_finished_by_the_next_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def killed(paths: list[Path]) -> None:
        # Each copy, and then the file that it replaced.
        if len(written) == 6:
            raise KeyboardInterrupt
        written.extend(paths)

    monkeypatch.setattr(raw_files, "make_durable", killed)
    with pytest.raises(KeyboardInterrupt):
        settle_raw(place.lake, place.settings, request_of(place), is_rewritten=True)
    monkeypatch.undo()
    (place.settings.raw_dir / "customer-identity" / DAY / ".cdp-rewrite.0a.d.json").write_text("Mai")
    status, text = settle(place, is_rewritten=True)
    assert (status, "5 raw files" in text) == (0, True), text
    assert "Mai" not in "".join(raw_texts(place).values())
    proof = verify_proof(place.settings.privacy_dir, read_key(place.settings.privacy_key_file), request_of(place))
    assert (proof.files["raw/customer-identity"], proof.files["raw files"]) == ((10, 0), (8, 0))


def test_mode_and_owner_stay_and_a_second_name_or_a_link_is_refused(place: Place, tmp_path: Path) -> None:
    folder = place.settings.raw_dir / "customer-identity" / DAY
    (folder / "a.ndjson").chmod(0o640)
    owner = (folder / "a.ndjson").stat().st_uid
    os.link(folder / "c.csv", tmp_path / "second.csv")
    status, text = settle(place, is_rewritten=True)
    assert status == 1
    assert "c.csv: row 2; left as it is: it has a second name" in text
    changed = (folder / "a.ndjson").stat()
    assert (stat.S_IMODE(changed.st_mode), changed.st_uid) == (0o640, owner)
    assert "Mai" in (folder / "c.csv").read_text("utf-8")
    proof = verify_proof(place.settings.privacy_dir, read_key(place.settings.privacy_key_file), request_of(place))
    assert proof.files["raw files"] == (8, 1)
    (tmp_path / "second.csv").unlink()
    assert settle(place, is_rewritten=True)[0] == 0
    proof = verify_proof(place.settings.privacy_dir, read_key(place.settings.privacy_key_file), request_of(place))
    assert (proof.files["raw files"], proof.files["raw/customer-identity"]) == ((8, 0), (10, 0))


def test_what_its_owner_removed_meanwhile_is_left_no_more_in_the_proof(place: Place, tmp_path: Path) -> None:
    folder = place.settings.raw_dir / "customer-identity" / DAY
    os.link(folder / "c.csv", tmp_path / "second.csv")
    assert settle(place, is_rewritten=True)[0] == 1
    (folder / "c.csv").unlink()
    assert settle(place, is_rewritten=True)[0] == 0
    proof = verify_proof(place.settings.privacy_dir, read_key(place.settings.privacy_key_file), request_of(place))
    assert (proof.files["raw files"], proof.files["raw/customer-identity"]) == ((8, 0), (10, 0))


def test_files_that_no_run_can_read_whole_are_named_as_not_searched(place: Place) -> None:
    folder = place.settings.raw_dir / "customer-identity"
    (folder / "2026-11-18").mkdir()
    (folder / "2026-11-18" / "cut_off.csv.gz").write_bytes((folder / DAY / "e.csv.gz").read_bytes()[:-12])
    (folder / "no_date.csv").write_bytes((folder / DAY / "c.csv").read_bytes())
    run_whole(place.settings)
    assert "Not searched: 2 raw files that no run can read whole" in settle(place, is_rewritten=False)[1]
    assert "Rewritten without 10 rows: 8 raw files." in settle(place, is_rewritten=True)[1]


def test_a_file_whose_other_dates_only_the_row_explains_is_left(place: Place, customer: Customer) -> None:
    """05/06/1990 can be read only beside 25/06/1990."""
    rows = [
        ("C7", "CRM", "Lý Thảo", "0912345607", "05/06/1990"),
        (*cells(MAI | {"systemName": "CRM"})[:4], "25/06/1990"),
    ]
    folder = place.settings.raw_dir / "customer-identity" / DAY
    text = io.StringIO(newline="")
    csv.writer(text).writerows([(*HEADER[:4], "dob2"), *rows])
    (folder / "dates.csv").write_text(text.getvalue(), encoding="utf-8")
    run_whole(place.settings)
    status, printed = settle(place, is_rewritten=True)
    assert status == 1
    assert "dates.csv: row 3; left as it is: other rows of it would be read differently" in printed
    assert (folder / "dates.csv").read_text(encoding="utf-8") == text.getvalue().replace("\r\n", "\n")


def test_rows_that_retention_had_removed_are_found_too(tmp_path: Path, customer: Customer) -> None:
    place = place_in(tmp_path)
    mai, today = {**MAI, "systemName": "CRM"}, place.settings.today
    old, new = str(today - timedelta(days=800)), str(today - timedelta(days=2))
    place.drop(CUSTOMER_IDENTITY, old, {**mai, "customerId": "KH-OLD-1"}, customer(1, fullName="Trần Văn An"))
    place.drop(CUSTOMER_IDENTITY, new, mai, customer(1, fullName="Trần Văn An"))
    (periods := tmp_path / "retention.toml").write_text('[records]\ndefault = "2 years"\n')
    place = replace(place, settings=place.settings.model_copy(update={"retention": periods}))
    run_whole(place.settings)
    assert place.lake.rows("staging", CUSTOMER_IDENTITY.name, old) == 1
    erase(place)
    assert "Rows of the person in raw files: 2 in 2 files." in settle(place, is_rewritten=False)[1]
    assert settle(place, is_rewritten=True)[0] == 0
    assert "Mai" not in "".join(raw_texts(place).values())


def test_a_file_that_was_replaced_since_is_rewritten_and_read_by_the_next_run(place: Place, customer: Customer) -> None:
    place.drop(
        CUSTOMER_IDENTITY, NEXT_DAY, MAI | {"systemName": "CRM"}, customer(9, fullName="Lý Thảo"), name="only.ndjson"
    )
    assert settle(place, is_rewritten=True)[0] == 0
    run_whole(place.settings)
    assert "Lý Thảo" in pl.read_parquet(place.lake.path("profiles", "profiles"))["display_name"].to_list()


def test_the_command_takes_the_id_of_an_erasure_that_is_done(place: Place) -> None:
    out = Console(record=True, width=300, file=io.StringIO())
    asked = Asked("erase", "r-1")
    assert make_request(place.settings, asked, "preview", lambda: 1, out, out) == 0
    assert "cdp request erase --key r-1 --rewrite-raw --yes" in out.export_text()
    assert "Mai" in "".join(raw_texts(place).values())
    assert make_request(place.settings, replace(asked, rewrite_raw=True), "execute", lambda: 1, out, out) == 0
    assert "Mai" not in "".join(raw_texts(place).values())
    assert make_request(place.settings, asked, "preview", lambda: 1, out, out) == 0
    assert "No raw file that was read holds a row of the person." in out.export_text()
