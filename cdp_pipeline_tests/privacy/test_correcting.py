"""A person's value is corrected on the command line, and stands whatever is delivered, until it is revoked."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands import Asked, explain_person, list_requests, make_request, show_person
from cdp_pipeline.privacy import CorrectionList, PrivacyError, RequestLog, read_key, verify_proof
from cdp_pipeline_tests.pipeline.erasing_run import run_whole

HOA = {
    "customerId": "C1", "systemName": "CRM", "internalCompanyId": "ORG1", "fullName": "Nguyễn Thị Hoa",
    "phone": "0912345678", "dob2": "1985-03-07", "gender": "male",
}  # fmt: skip
ELSEWHERE = {
    "customerId": "C2", "systemName": "POS", "internalCompanyId": "ORG1", "fullName": "Nguyễn Thị Hoa",
    "phone": "0987654321",
}  # fmt: skip
DOCUMENT = {"identityNo": "079190012345"}
RIGHT = "1990-01-02"


def deliver(raw: Path, day: str, *entries: dict[str, Any]) -> None:
    file = raw / "customer-identity" / day / "part.ndjson"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(json.dumps(entry) for entry in entries), encoding="utf-8")


@pytest.fixture
def world(tmp_path: Path, run_steps: Callable[[Path], Any]) -> Any:
    """Hoa as customer of two systems that have nothing but her name in common."""
    deliver(tmp_path / "raw", "2026-11-16", HOA | DOCUMENT, ELSEWHERE)
    return run_steps(tmp_path / "raw")


@pytest.fixture
def ask(world: Any) -> Callable[..., tuple[int, str]]:
    def make(kind: Any, key: str, mode: Any = "execute", **others: Any) -> tuple[int, str]:
        def run() -> int:
            world.run()
            return 0

        out = Console(record=True, width=200, file=io.StringIO())
        asked = Asked(kind, key, reason=others.pop("reason", "letter of 16 November"), **others)
        return make_request(world.settings, asked, mode, run, out, out), out.export_text()

    return make


@pytest.fixture
def correct(ask) -> Callable[..., str]:
    """Corrects a column and gives the id of the request."""

    def make(attribute: str, value: str, key: str = "C1") -> str:
        status, printed = ask("correct", key, attribute=attribute, value=value)
        assert status == 0, printed
        return printed.split("Executing ")[1].split(";")[0]

    return make


def profile(world: Any, customer: str = "C1") -> dict[str, Any]:
    person = next(row["person_id"] for row in world.rows("profile_records") if row["source_id"] == customer)
    return next(row for row in world.rows("profiles") if row["person_id"] == person)


def born(world: Any, customer: str = "C1") -> str:
    return str(profile(world, customer)["birth_date"])


def from_nothing(world: Any) -> None:
    """The lake is lost, and ids are made again."""
    shutil.rmtree(world.settings.lake_dir)
    Path(world.settings.database_url.removeprefix("sqlite:///")).unlink()
    world.run()


def test_a_correction_stands_against_later_deliveries_and_a_lake_made_from_nothing(world, correct) -> None:
    request = correct("birth_date", RIGHT)
    assert (born(world), profile(world)["birth_year"]) == (RIGHT, 1990)
    deliver(world.settings.raw_dir, "2026-11-17", HOA | DOCUMENT | {"dob2": "1986-06-06"})
    world.run()
    assert born(world) == RIGHT
    day_by_day = {table: world.rows(table) for table in ("profiles", "profile_values", "profile_corrections")}
    from_nothing(world)
    assert (born(world), profile(world)["birth_record_key"]) == (RIGHT, f"correction:{request}")
    assert {table: world.rows(table) for table in day_by_day} == day_by_day


def test_a_revocation_shows_what_is_sent_again_and_leaves_no_value_behind(world, ask, correct) -> None:
    request = correct("birth_date", RIGHT)
    status, printed = ask("revoke", request, reason=f"was not born on {RIGHT}")
    assert (status, "no longer holds" in printed) == (0, True)
    assert (born(world), world.rows("profile_corrections")) == (HOA["dob2"], [])
    kept = [path.read_text() for path in world.settings.privacy_dir.rglob("*") if path.is_file()]
    assert [text for text in kept if RIGHT in text] == []
    states = {known.kind: known.state for known in RequestLog(world.settings.privacy_dir).requests()}
    assert states == {"correct": "revoked", "revoke": "done"}


def test_who_becomes_one_person_has_the_corrections_of_both_and_each_part_keeps_its_own_after_a_split(
    world, correct
) -> None:
    correct("birth_date", RIGHT)
    other = correct("gender", "female", key="C2")
    correct("birth_year", "1970", key="C2")
    deliver(world.settings.raw_dir, "2026-11-17", ELSEWHERE | DOCUMENT)
    world.run()
    one = profile(world)
    assert one == profile(world, "C2")
    assert (one["birth_date"], one["birth_year"], one["gender"]) == (None, 1970, "female")
    assert one["gender_record_key"] == f"correction:{other}"

    deliver(world.settings.raw_dir, "2026-11-17", ELSEWHERE)
    world.run()
    assert (born(world), profile(world)["gender"]) == (RIGHT, "male")
    assert (profile(world, "C2")["birth_year"], profile(world, "C2")["gender"]) == (1970, "female")


def test_days_in_another_order_and_a_customer_who_is_deleted_and_comes_back_change_nothing(world, correct) -> None:
    correct("display_name", "Nguyễn Thị Hòa")
    days = {"2026-11-19": HOA | {"recordStatus": "Deleted"}, "2026-11-17": HOA | {"fullName": "Hoa N."}}
    for day, entry in days.items():
        deliver(world.settings.raw_dir, day, entry | DOCUMENT)
        world.run()
    assert world.rows("profile_corrections") == []
    deliver(world.settings.raw_dir, "2026-11-20", HOA | DOCUMENT)
    world.run()
    assert profile(world)["display_name"] == "Nguyễn Thị Hòa"


def test_neither_log_nor_proof_nor_preview_holds_a_value(world, ask) -> None:
    wanted = {"attribute": "birth_date", "value": RIGHT, "reason": f"Hoa: {RIGHT} and not 1985-03-07, see ID card"}
    before = {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()}
    status, printed = ask("correct", "C1", "preview", **wanted)
    assert (status, "birth_date: 1*** becomes 1***" in printed) == (0, True)
    assert [value for value in (RIGHT, "1985-03-07", "Hoa") if value in printed] == []
    assert {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()} == before

    assert ask("correct", "C1", "enter", **wanted)[0] == 0
    assert ask("correct", "C1", "enter", attribute="gender", value="female", reason="not male")[0] == 0
    assert ask("correct", "C1", **wanted)[0] == 0
    entered, other = RequestLog(world.settings.privacy_dir).requests()
    assert (entered.state, entered.attribute) == ("done", "birth_date")
    assert entered.reason == "H***: ####-##-## and not ####-##-##, see ID card"
    assert (other.state, other.attribute) == ("received", "gender")
    out = Console(record=True, width=200, file=io.StringIO())
    assert list_requests(world.settings, out, out) == 0
    listed = out.export_text()
    assert all(text in listed for text in ("correct birth_date", "correct gender"))
    proof = verify_proof(world.settings.privacy_dir, read_key(world.settings.privacy_key_file), entered)
    assert proof.tables == {"profile_corrections": (0, 1)}
    for path in world.settings.privacy_dir.rglob("*.*"):
        if path.name != "corrections.ndjson":
            assert [value for value in (RIGHT, "1985-03-07", "Hoa") if value in path.read_text()] == [], path


def test_a_wrong_value_or_attribute_enters_nothing(world, ask) -> None:
    for wanted, message in (
        ({"attribute": "birth_date", "value": "2/1/90"}, "expected a date as yyyy-MM-dd"),
        ({"attribute": "birthdate", "value": RIGHT}, "Did you mean birth_date?"),
        ({"attribute": "primary_phone", "value": "0911111111"}, "Let the sender deliver the right one"),
    ):
        status, printed = ask("correct", "C1", **wanted)
        assert (status, message in printed) == (1, True), printed
    assert not world.settings.privacy_dir.exists()


def test_the_person_and_the_archive_name_the_request_and_what_the_records_say(world, ask, correct) -> None:
    born_by, no_gender = correct("birth_date", RIGHT), correct("gender", "")
    outs = [Console(record=True, width=200, file=io.StringIO()) for _ in range(2)]
    assert show_person(world.settings, "C1", True, outs[0], outs[0]) == 0
    assert explain_person(world.settings, "C1", False, outs[1], outs[1]) == 0
    shown, explained = (out.export_text() for out in outs)
    today = f"{world.rows('profile_corrections')[0]['corrected_at']:%Y-%m-%d}"
    assert f"birth: {RIGHT} (corrected by request {born_by} on {today}" in shown
    assert f"gender: none (corrected by request {no_gender} on {today}" in shown
    assert "1 sent value lost)" in shown
    assert f"birth_date by request {born_by} on {today}" in explained
    assert RIGHT not in explained

    status, printed = ask("export", "C1")
    assert status == 0
    with zipfile.ZipFile(printed.split("Written: ")[1].split(".zip")[0] + ".zip") as archive:
        tables = json.loads(archive.read("person.json"))["tables"]
    found = {(row["column_name"], row["value"], row["request_id"]) for row in tables["profile_corrections"]["rows"]}
    assert found == {("birth_date", RIGHT, born_by), ("gender", None, no_gender)}
    assert tables["profiles"]["rows"][0]["birth_record_key"] == f"correction:{born_by}"


def test_an_erasure_leaves_nothing_of_a_correction_and_those_of_others_as_they_are(world, ask, correct) -> None:
    request, other = correct("display_name", "Ngô Thị Hường"), correct("birth_date", RIGHT, key="C2")
    (world.settings.privacy_dir / "corrections.ndjson").rename(world.folder / "backup")
    shutil.copy(world.folder / "backup", world.settings.privacy_dir / "corrections.ndjson")
    assert erase(world, ask, "C1") == (1, 0)
    assert born(world, "C2") == RIGHT
    listed = CorrectionList(world.settings.privacy_dir)
    assert [one.request_id for one in listed.corrections()] == [other]

    shutil.move(world.folder / "backup", world.settings.privacy_dir / "corrections.ndjson")
    run_whole(world.settings)
    assert [one.request_id for one in listed.corrections()] == [other]
    kept = {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()}
    assert [path for path, content in kept.items() if "Hường".encode() in content] == []
    assert request in (world.settings.privacy_dir / "requests.ndjson").read_text()


def erase(world: Any, ask: Callable[..., tuple[int, str]], key: str) -> tuple[int, int]:
    """Erase a person by runs that mend first; gives the corrections before and after, as the proof counts them."""
    assert ask("erase", key, "enter")[0] == 0
    log = RequestLog(world.settings.privacy_dir)
    log.append(log.requests()[-1].event("confirmed"))
    run_whole(world.settings)
    request = log.requests()[-1]
    assert request.state == "done"
    proof = verify_proof(world.settings.privacy_dir, read_key(world.settings.privacy_key_file), request)
    return proof.files["corrections.ndjson"]


def test_a_run_stops_where_the_file_lost_a_correction(world, correct) -> None:
    request = correct("birth_date", RIGHT)
    (world.settings.privacy_dir / "corrections.ndjson").unlink()
    with pytest.raises(PrivacyError, match=f"lacks {request}, which corrected values of persons"):
        world.run()
