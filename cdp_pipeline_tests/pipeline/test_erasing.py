"""Erasing on request: nothing of the person stays, others stay as they are, and nothing brings the person back."""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.deliveries.held import held_deliveries
from cdp_pipeline.deliveries.reports import newest_day_reports
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.erasing import apply_erasures, count_returned, find_erased_with
from cdp_pipeline.privacy.correction_list import Correction, CorrectionList
from cdp_pipeline.privacy.keys import read_key
from cdp_pipeline.privacy.private_files import PrivacyError
from cdp_pipeline.privacy.proof import verify_proof
from cdp_pipeline.privacy.requests import Event, RequestLog, new_request
from cdp_pipeline.privacy.suppression_list import SuppressionList
from cdp_pipeline.serving.database import reading
from cdp_pipeline_tests.conftest import DECLARED
from cdp_pipeline_tests.deliveries.conftest import Place, copy_folder, place_in
from cdp_pipeline_tests.pipeline.erasing_run import is_killed_after, run_whole, seconds_of_a_run

DAY, NEXT_DAY, HELD_DAY = "2026-11-16", "2026-11-17", "2026-11-18"
Customer = Callable[..., dict[str, Any]]
PEOPLE = ("profiles", "profile_records", "profile_contacts", "links")
WORDS = ("lê thị mai", "le thi mai", "912345601", "mai.le")
MAI = {"fullName": "Lê Thị Mai", "phone": "0912345601", "email": "mai.le@example.com", "dob": 642211200000}
MAI_CUSTOMER = {"customerId": "KH-000060", "systemName": "CRM", **MAI}
CUT = '{"customerId": "KH-000060", "phone": "0912345601", "fullName": "L'


def run(place: Place, *, reprocess: bool = False) -> None:
    run_whole(place.settings, reprocess=reprocess)


def rows(place: Place, table: str) -> list[dict[str, Any]]:
    with reading(place.settings.database_url) as connection:
        return [dict(row) for row in connection.execute(sa.select(DECLARED[table])).mappings()]


def person_of(place: Place, source_id: str) -> str:
    return next(row["person_id"] for row in rows(place, "profile_records") if row["source_id"] == source_id)


def confirm(place: Place, person_id: str) -> None:
    """Confirm the erasure of a person, whose name was corrected."""
    log = RequestLog(place.settings.privacy_dir)
    event = Event("r-1", "received", "erase", person_id, date(2026, 11, 20))
    read_key(place.settings.privacy_key_file)
    keys = tuple(row["record_key"] for row in rows(place, "profile_records") if row["person_id"] == person_id)
    corrected_at = datetime(2026, 11, 20, tzinfo=UTC)
    correction = Correction("r-0", "display_name", "Lê Thị Mai Lan", corrected_at, keys)
    CorrectionList(place.settings.privacy_dir).add(correction)
    log.append(event)
    log.append(log.requests()[0].event("confirmed"))


def texts_of(place: Place) -> dict[str, str]:
    """All text that the pipeline keeps, by file, with Parquet files decoded; raw files are the sender's."""
    found = {}
    root = place.settings.raw_dir.parent
    for path in (
        path for path in root.rglob("*") if path.is_file() and not path.is_relative_to(place.settings.raw_dir)
    ):
        content = path.read_bytes()
        text = content.decode("utf-8", "replace")
        if path.suffix == ".parquet":
            text += json.dumps(pl.read_parquet(path, glob=False).to_dicts(), ensure_ascii=False, default=str)
        found[path.relative_to(root).as_posix()] = text.lower()
    return found


def deliver(place: Place, customer: Customer) -> None:
    others = [customer(n, fullName=name) for n, name in enumerate(("Trần Văn Bình", "Phạm Thu Hà", "Đỗ Minh Quân"), 1)]
    place.drop(
        CUSTOMER_IDENTITY,
        DAY,
        *others,
        MAI_CUSTOMER,
        MAI_CUSTOMER | {"gender": "?", "yob": "abc"},
    )
    place.drop(CUSTOMER_IDENTITY, DAY, CUT, name="cut.ndjson")
    place.drop(
        CUSTOMER_IDENTITY,
        NEXT_DAY,
        customer(1, fullName="Trần Văn Bình"),
        MAI_CUSTOMER | {"gender": "female"},
    )
    place.drop(
        CUSTOMER_IDENTITY,
        HELD_DAY,
        *(customer(n, phone="") for n in range(30)),
        MAI_CUSTOMER,
    )
    place.drop(LEAD_INFORMATION, DAY, {"leadId": "LEAD-0060", "systemName": "Ads", **MAI})


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, customer: Customer) -> Place:
    """Three days, the last of them held; Mai is a customer with late versions and rejected rows, and a lead."""
    place = place_in(tmp_path_factory.mktemp("finished"))
    deliver(place, customer)
    run(place)
    return place


@pytest.fixture
def with_mai(finished: Place, tmp_path: Path) -> Place:
    copy_folder(finished.settings.raw_dir.parent, tmp_path)
    return place_in(tmp_path)


@pytest.fixture(scope="module")
def finished_erasure(finished: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("erased")
    copy_folder(finished.settings.raw_dir.parent, folder)
    copy_folder(finished.lake.root, folder / "backup")
    place = place_in(folder)
    confirm(place, person_of(place, "KH-000060"))
    run(place)
    return place


@pytest.fixture
def erased(finished_erasure: Place, tmp_path: Path) -> Place:
    copy_folder(finished_erasure.settings.raw_dir.parent, tmp_path)
    return place_in(tmp_path)


def test_erasing_leaves_nothing_of_the_person_and_all_of_others(finished: Place, erased: Place) -> None:
    others = [row for row in rows(finished, "profiles") if row["display_name"] != "Lê Thị Mai"]
    assert rows(erased, "profiles") == others
    shutil.rmtree(erased.lake.root.parent / "backup")
    words = (*WORDS, "kh-000060", "lead-0060")
    assert {(name, word) for name, text in texts_of(erased).items() for word in words if word in text} == set()


def test_the_preview_names_other_people_whose_records_go_too(tmp_path: Path, customer: Customer) -> None:
    """Mai changed her phone in the CRM, so that her records of the shop, with the old one, are another person's."""
    place = place_in(tmp_path)
    of_shop = {"customerId": "SHOP-7781", "systemName": "POS", "fullName": "Lê Thị Mai", "phone": "0912345601"}
    place.drop(CUSTOMER_IDENTITY, DAY, MAI_CUSTOMER, of_shop, customer(1, fullName="Trần Văn Bình"))
    new_phone = {"phone": "0987000111", "email": "mai.new@example.com"}
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, MAI_CUSTOMER | new_phone)
    run(place)
    mai, shop, binh = (
        person_of(place, source_id) for source_id in ("KH-000060", "SHOP-7781", customer(1)["customerId"])
    )
    assert mai != shop, "the shop's record is not linked to her present one"
    found = find_erased_with(place.lake, place.settings, new_request("erase", mai, date(2026, 11, 20)))
    assert found == {shop: 1}
    assert find_erased_with(place.lake, place.settings, new_request("erase", binh, date(2026, 11, 20))) == {}
    assert not place.settings.privacy_key_file.exists(), "a preview makes no key"


def test_the_proof_counts_what_was_there_and_what_is_left(erased: Place) -> None:
    [request] = RequestLog(erased.settings.privacy_dir).requests()
    assert request.state == "done"
    proof = verify_proof(erased.settings.privacy_dir, read_key(erased.settings.privacy_key_file), request)
    assert proof.files["staging/customer_identity"] == (2, 0)
    assert proof.files["rejected/customer_identity"] == (2, 0)
    assert proof.files["held/staging/customer_identity"] == (1, 0)
    assert proof.files["corrections.ndjson"] == (1, 0)
    assert proof.tables["profiles"] == (1, 0)
    assert {name for name, (_, after) in proof.tables.items() if after} <= {"person_id_history"}


def test_the_ledger_adds_up_and_the_held_delivery_stays_held(erased: Place) -> None:
    assert [line.object_type for line in held_deliveries(erased.lake, ENTITIES)] == ["customer-identity"]
    for entity in ENTITIES:
        for report in newest_day_reports(erased.lake, entity.name).values():
            line = report.line
            assert line.read == line.accepted + line.rejected + line.duplicates + line.suppressed
    ledger = sorted(rows(erased, "run_ledger"), key=lambda row: row["finished_at"])
    newest = {row["drop_date"].isoformat(): row for row in ledger if row["object_type"] == "customer-identity"}
    assert [newest[day]["suppressed"] for day in (DAY, NEXT_DAY, HELD_DAY)] == [3, 1, 1]


@pytest.mark.parametrize("how", ["delivered again", "everything again", "restored lake"])
def test_nothing_brings_the_person_back(erased: Place, customer: Customer, how: str) -> None:
    place = erased
    people = rows(place, "profiles")
    backup = place.lake.root.parent / "backup"
    if how == "restored lake":
        shutil.rmtree(place.lake.root)
        backup.rename(place.lake.root)
    else:
        shutil.rmtree(backup)
    if how == "delivered again":
        place.drop(
            CUSTOMER_IDENTITY,
            HELD_DAY,
            MAI_CUSTOMER,
            customer(3, fullName="Đỗ Minh Quân"),
        )
        place.drop(LEAD_INFORMATION, NEXT_DAY, {"leadId": "L61", "systemName": "New", **MAI})
    run(place, reprocess=how == "everything again")
    assert [row["person_id"] for row in rows(place, "profiles")] == [row["person_id"] for row in people]
    assert count_returned(place.lake, place.settings) == 0
    assert {(name, word) for name, text in texts_of(place).items() for word in WORDS if word in text} == set()


def test_a_second_request_for_a_person_who_is_erased_says_how_it_is_ended(erased: Place) -> None:
    log = RequestLog(erased.settings.privacy_dir)
    log.append(Event("r-2", "received", "erase", log.requests()[0].person_id, date(2026, 11, 20)))
    log.append(next(one for one in log.requests() if one.request_id == "r-2").event("confirmed"))
    said: list[str] = []
    apply_erasures(erased.lake, erased.settings, "run", said.append)
    [sentence] = said
    assert sentence.startswith("r-2 stays open")
    assert "`cdp request revoke --key r-2 --yes`" in sentence


def test_a_revoked_request_lets_the_next_reading_bring_the_person_back_under_another_id(erased: Place) -> None:
    [request] = RequestLog(erased.settings.privacy_dir).requests()
    SuppressionList(erased.settings.privacy_dir).revoke(request.request_id, request.person_id, date(2026, 11, 21))
    run(erased, reprocess=True)
    back = {row["display_name"]: row["person_id"] for row in rows(erased, "profiles")}
    assert back["Lê Thị Mai"] != request.person_id


def test_a_person_who_comes_back_after_a_revocation_still_has_the_objection_of_before(with_mai: Place) -> None:
    place, log = with_mai, RequestLog(with_mai.settings.privacy_dir)
    before = person_of(place, "KH-000060")
    read_key(place.settings.privacy_key_file)
    for event in ("received", "confirmed"):
        log.append(Event("r-0", event, "object", before, date(2026, 11, 19), ("marketing",)))
    run(place)
    for event in ("received", "confirmed"):
        log.append(Event("r-1", event, "erase", before, date(2026, 11, 20)))
    run(place)
    assert rows(place, "profile_restrictions") == []
    SuppressionList(place.settings.privacy_dir).revoke("r-1", before, date(2026, 11, 21))
    run(place, reprocess=True)
    assert person_of(place, "KH-000060") != before
    assert [row["person_id"] for row in rows(place, "profile_restrictions")] == [person_of(place, "KH-000060")]


def test_a_line_of_the_overrides_about_an_erased_person_leaves_no_key_in_the_lake(
    with_mai: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    keys = [row["record_key"] for row in rows(with_mai, "profile_records") if row["source_id"] == "KH-000060"]
    file = tmp_path_factory.mktemp("overrides") / "overrides.csv"
    lines = (f"{keys[0]},customer-identity:ab,{decision},Lan,letter," for decision in ("different", "perhaps"))
    file.write_text("\n".join(["record_key_a,record_key_b,decision,by,why,when", *lines, ""]))
    settings = with_mai.settings.model_copy(update={"identity_overrides": file})
    place = replace(with_mai, settings=settings)
    run(place)
    evidence = place.lake.scan("identity", "override_problems").collect()["evidence"]
    assert [keys[0] in text for text in evidence] == [False, True]
    confirm(place, person_of(place, "KH-000060"))
    run(place)
    problems = place.lake.scan("identity", "override_problems").sort("line").collect()
    assert problems["evidence"].to_list() == [None, None]
    assert ["erased on request" in text for text in problems["problem"]] == [True, False]
    assert [name for name, text in texts_of(place).items() if keys[0] in text] == []


def test_a_run_with_another_key_erases_nothing_and_the_right_key_again_completes_it(with_mai: Place) -> None:
    place, file = with_mai, with_mai.settings.privacy_key_file
    right = read_key(file, place.settings.privacy_dir)
    confirm(place, person_of(place, "KH-000060"))
    file.write_bytes(b"w" * 32)
    before = rows(place, "profiles")
    with pytest.raises(PrivacyError, match="holds another key"):
        run(place)
    assert rows(place, "profiles") == before
    file.write_bytes(right)
    run(place)
    [request] = RequestLog(place.settings.privacy_dir).requests()
    assert request.state == "done"


@pytest.fixture(scope="module")
def seconds(finished: Place, processes: BaseContext, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long the erasing run takes that is not killed."""
    folder = tmp_path_factory.mktemp("timed")
    copy_folder(finished.settings.raw_dir.parent, folder)
    place = place_in(folder)
    confirm(place, person_of(place, "KH-000060"))
    return seconds_of_a_run(processes, place.settings)


@pytest.mark.parametrize("number", [0, 1, *(pytest.param(n, marks=pytest.mark.thorough) for n in range(2, 10))])
def test_a_killed_erasure_publishes_no_half_and_the_next_run_completes_it(
    finished: Place, finished_erasure: Place, with_mai: Place, processes: BaseContext, seconds: float, number: int
) -> None:
    place, moment = with_mai, random.Random(f"20261130 {number}").uniform(0, seconds)
    confirm(place, person_of(place, "KH-000060"))
    is_killed_after(processes, place.settings, moment)
    whole = [{name: rows(of, name) for name in PEOPLE} for of in (finished, finished_erasure)]
    assert {name: rows(place, name) for name in PEOPLE} in whole, f"after {moment:.2f} of {seconds:.2f} s"
    run(place)
    assert {name: rows(place, name) for name in PEOPLE} == whole[1], f"after {moment:.2f} of {seconds:.2f} s"
    [request] = RequestLog(place.settings.privacy_dir).requests()
    assert request.state == "done"
    key = read_key(place.settings.privacy_key_file)
    assert verify_proof(place.settings.privacy_dir, key, request).files["staging/customer_identity"] == (2, 0)
    assert {(name, word) for name, text in texts_of(place).items() for word in WORDS if word in text} == set()


def test_a_server_holds_nothing_of_the_person_in_its_tables_and_files(
    tmp_path: Path, customer: Customer, postgres_url: str
) -> None:
    place = place_in(tmp_path)
    place = replace(place, settings=place.settings.model_copy(update={"database_url": postgres_url}))
    deliver(place, customer)
    run(place)
    assert server_files_with(postgres_url, "mai.le@example.com") != []
    confirm(place, person_of(place, "KH-000060"))
    run(place)
    assert [request.state for request in RequestLog(place.settings.privacy_dir).requests()] == ["done"]
    assert [word for word in WORDS if server_files_with(postgres_url, word)] == []


def server_files_with(url: str, word: str) -> list[str]:
    """The files of the server's tables that hold a text."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("CHECKPOINT"))
        folder = Path(str(connection.scalar(sa.text("SHOW data_directory"))))
    files = (path for path in (folder / "base").rglob("*") if path.is_file())
    return [path.name for path in files if word in path.read_bytes().decode("utf-8", "replace").lower()]
