"""Rejected rows exported, corrected as people do it in a spreadsheet, and put back."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands.rejected import list_rejected
from cdp_pipeline.commands.repair import read_corrected, repair_rows
from cdp_pipeline.deliveries.rejections import read_rejected
from cdp_pipeline.deliveries.repair import RepairError, plan_repair, write_repair
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline_tests.deliveries.conftest import Place, place_in

DAY = "2026-11-16"
KIND = CUSTOMER_IDENTITY.object_type


def entry(number: int, **columns: Any) -> dict[str, Any]:
    return {
        "customerId": f"C{number}",
        "systemName": "CRM",
        "fullName": "Nguyễn Văn An",
        "phone": f"09123450{number:02}",
        **columns,
    }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A customer who is accepted, one without an id, and one with a year of birth that is none."""
    found = place_in(tmp_path)
    found.drop(CUSTOMER_IDENTITY, DAY, entry(1), entry(2, customerId=""), entry(3, yob="abc", nickname="Tí"))
    found.process(CUSTOMER_IDENTITY, DAY)
    return found


@pytest.fixture
def export(place: Place, tmp_path: Path) -> Callable[[], Path]:
    def write() -> Path:
        target = tmp_path / "repair.csv"
        out = Console(file=io.StringIO())
        assert list_rejected(place.settings, None, None, None, 5, target, out, out) == 0
        return target

    return write


def saved(path: Path, correct: Callable[[dict[str, str]], None], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """The export as a spreadsheet saves it after somebody corrected its rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        correct(row)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def repaired(settings: Settings, path: Path, *, is_written: bool = True) -> tuple[int, str]:
    out = Console(file=io.StringIO(), width=300, record=True)
    status = repair_rows(settings, path, out, out, is_written=is_written)
    return status, out.export_text()


def give_id(row: dict[str, str]) -> None:
    if not row["customerId"]:
        row["customerId"] = "C2"


def export_path(place: Place) -> Path:
    return place.settings.raw_dir.parent / "repair.csv"


def delivered(place: Place) -> list[dict[str, Any]]:
    (file,) = (place.settings.raw_dir / KIND / DAY).glob("repair-*.ndjson")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_export_has_a_byte_order_mark_and_a_column_per_field_beside_the_row_as_sent(export) -> None:
    path = export()
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        first, second = sorted(csv.DictReader(file), key=lambda row: row["source_row"])
    assert [first["customerId"], first["fullName"], second["yob"]] == ["", "Nguyễn Văn An", "abc"]
    assert {column.source for column in CUSTOMER_IDENTITY.columns} <= set(first)
    assert json.loads(first["raw"])["phone"] == "0912345002"


def test_a_corrected_row_is_accepted_by_the_next_run_and_its_rejected_row_is_told_as_repaired(place, export) -> None:
    status, _ = repaired(place.settings, saved(export(), give_id))
    done = place.process(CUSTOMER_IDENTITY, DAY)
    states = {row["source_row"]: row["settled"] for row in read_rejected(place.lake, (CUSTOMER_IDENTITY,))}
    assert (status, done.accepted, done.rejected, states) == (0, 2, 2, {2: "repaired", 3: None})
    assert done.findings.get("drift:_repairs") is None


def test_rows_that_nobody_touched_are_not_delivered_again(place, export) -> None:
    repaired(place.settings, saved(export(), give_id))
    assert [row["customerId"] for row in delivered(place)] == ["C2"]


def test_what_a_spreadsheet_does_to_the_file_changes_no_row(place, export) -> None:
    def correct(row: dict[str, str]) -> None:
        give_id(row)
        row["phone"] = row["phone"].lstrip("0")

    status, told = repaired(place.settings, saved(export(), correct, ";"))
    assert (status, delivered(place)[0]["phone"]) == (0, "0912345002")
    assert "Rewritten by a spreadsheet only, and kept as they were sent: phone in 2 rows." in told


def test_what_no_column_shows_comes_back_with_the_row(place, export) -> None:
    repaired(place.settings, saved(export(), lambda row: row.update(yob="1990") if row["yob"] else None))
    (row,) = delivered(place)
    assert (row["nickname"], row["yob"]) == ("Tí", "1990")
    assert re.fullmatch(f"{KIND}/{DAY}/part.ndjson:3:1:[0-9a-f]{{16}}", row["_repairs"])


def test_without_yes_nothing_is_written(place, export) -> None:
    status, told = repaired(place.settings, saved(export(), give_id), is_written=False)
    assert (status, list((place.settings.raw_dir / KIND / DAY).glob("repair-*"))) == (0, [])
    assert told.splitlines()[:3] == [
        "2 rows in the file:",
        f"        1  to be put back: {KIND} {DAY}",
        "        1  not corrected, so nothing is done",
    ]
    assert f" repair {export_path(place)} --yes" in told


def test_a_row_is_put_back_once(place, export, tmp_path: Path) -> None:
    path = saved(export(), give_id).rename(tmp_path / "first.csv")
    assert repaired(place.settings, path)[0] == 0
    status, told = repaired(place.settings, path)
    assert (status, "It was put back before and waits for the next run." in told) == (1, True)
    place.process(CUSTOMER_IDENTITY, DAY)
    assert "It is settled: repaired." in repaired(place.settings, path)[1]
    with export().open(encoding="utf-8-sig", newline="") as file:
        assert {row["source_row"]: row["settled"] for row in csv.DictReader(file)} == {"2": "repaired", "3": ""}


def test_a_row_that_would_be_rejected_again_is_told_masked_and_stays(place, export) -> None:
    status, told = repaired(place.settings, saved(export(), lambda row: row.update(yob="0912345003")))
    assert (status, "It would be rejected again." in told, "0912345003" in told) == (1, True, False)
    assert not list((place.settings.raw_dir / KIND / DAY).glob("repair-*"))


def test_the_counts_of_a_repair_add_up_to_the_rows_of_the_file_and_name_rows_as_a_spreadsheet_does(
    place, export
) -> None:
    path = saved(export(), lambda row: give_id(row) if not row["customerId"] else row.update(yob="1990-06"))
    status, told = repaired(place.settings, path, is_written=False)
    assert status == 1
    assert told.splitlines()[:4] == [
        "2 rows in the file:",
        f"        1  to be put back: {KIND} {DAY}",
        "        1  corrected, but not put back, for the reasons below",
        f"Not put back: row 3 ({KIND}/{DAY}/part.ndjson row 3). It would be rejected again. yob: found "
        '"####-##" (masked), expected a year of four digits; correct it',
    ]


def test_where_only_some_rows_are_written_the_exit_status_and_what_to_do_are_said(place, export) -> None:
    path = saved(export(), lambda row: give_id(row) if not row["customerId"] else row.update(yob="1990-06"))
    status, told = repaired(place.settings, path)
    assert (status, len(delivered(place))) == (1, 1)
    assert "1 corrected row could not be put back, so the exit status is 1. After that run export the" in told


def test_a_cell_of_which_nobody_can_tell_who_changed_it_is_refused(place, export) -> None:
    status, told = repaired(place.settings, saved(export(), lambda row: row.update(yob="1.99E+03")))
    assert (status, "The spreadsheet may have rewritten yob" in told) == (1, True)


def test_a_file_that_lost_its_letters_is_refused_as_a_whole(place, export) -> None:
    path = saved(export(), lambda row: row.update(customerId="C2", fullName="Nguy?n V?n An"))
    status, told = repaired(place.settings, path)
    assert (status, "CSV UTF-8" in told) == (2, True)


def test_nothing_is_added_to_a_day_whose_files_are_gone(place, export) -> None:
    path = saved(export(), give_id)
    (place.settings.raw_dir / KIND / DAY / "part.ndjson").unlink()
    status, told = repaired(place.settings, path)
    assert (status, "is gone from the landing folder" in told) == (1, True)


def test_a_line_that_was_no_json_is_put_back_by_its_corrected_text(place, export) -> None:
    place.drop(CUSTOMER_IDENTITY, DAY, json.dumps(entry(4))[:-1], name="broken.ndjson")
    place.process(CUSTOMER_IDENTITY, DAY)

    def close(row: dict[str, str]) -> None:
        if row["rules"] == '["unreadable"]':
            row["raw"] += "}"

    assert repaired(place.settings, saved(export(), close))[0] == 0
    assert delivered(place)[0]["customerId"] == "C4"


def test_a_row_of_an_envelope_comes_back_in_one(place, export) -> None:
    head = {"objectType": KIND, "source": "CRM", "ignoredUpdateCfs": ["customField01"]}
    place.drop(CUSTOMER_IDENTITY, DAY, head | {"entries": [entry(5, customerId=""), entry(6)]}, name="pango.ndjson")
    place.process(CUSTOMER_IDENTITY, DAY)
    path = saved(export(), lambda row: row.update(customerId="C5") if "pango" in row["source_file"] else None)
    assert repaired(place.settings, path)[0] == 0
    (envelope,) = delivered(place)
    assert {name: envelope[name] for name in head} == head
    assert envelope["entries"][0]["_repairs"].startswith(f"{KIND}/{DAY}/pango.ndjson:1:1:")


def test_a_row_of_a_table_with_headers_of_its_own_is_exported_by_field_and_put_back(place, export) -> None:
    lines = ("Customer ID;System-Name;full_name;phone;yob", "C7;CRM;Trần Thị Bình;0912345007;abc")
    place.drop(CUSTOMER_IDENTITY, DAY, *lines, name="export.csv")
    place.process(CUSTOMER_IDENTITY, DAY)
    path = saved(export(), lambda row: row.update(yob="1990") if "export.csv" in row["source_file"] else None)
    assert repaired(place.settings, path)[0] == 0
    (row,) = delivered(place)
    assert row.pop("_repairs").startswith(f"{KIND}/{DAY}/export.csv:2:1:")
    assert row == {
        "customerId": "C7",
        "systemName": "CRM",
        "fullName": "Trần Thị Bình",
        "phone": "0912345007",
        "yob": "1990",
    }


def test_a_rejected_row_whose_record_is_accepted_later_is_settled(place) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-17", entry(3))
    place.process(CUSTOMER_IDENTITY, DAY, "2026-11-17")
    states = {row["source_row"]: row["settled"] for row in read_rejected(place.lake, (CUSTOMER_IDENTITY,))}
    assert states == {2: None, 3: "accepted later"}


def give_year(row: dict[str, str]) -> None:
    if row["yob"]:
        row["yob"] = "1990"


def staged_years(place: Place) -> dict[str, int | None]:
    rows = place.lake.scan_days("staging", CUSTOMER_IDENTITY.name, staging_table(CUSTOMER_IDENTITY).schema).collect()
    return dict(rows.select("customer_id", "birth_year").iter_rows())


def test_another_bad_row_at_the_place_of_a_repaired_one_is_open_and_can_be_repaired(place, export) -> None:
    repaired(place.settings, saved(export(), give_id))
    place.process(CUSTOMER_IDENTITY, DAY)
    place.drop(CUSTOMER_IDENTITY, DAY, entry(1), entry(7, customerId=""), entry(3))
    place.process(CUSTOMER_IDENTITY, DAY)
    (row,) = read_rejected(place.lake, (CUSTOMER_IDENTITY,))
    assert (row["source_row"], row["settled"]) == (2, None)
    path = saved(export(), lambda row: row.update(customerId="C7"))
    assert repaired(place.settings, path)[0] == 0
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert (sorted(staged_years(place)), done.rejected) == (["C1", "C3", "C7"], 1)


def test_what_a_sender_drops_again_under_its_name_goes_before_an_older_repair_of_it(place, export) -> None:
    repaired(place.settings, saved(export(), give_year))
    place.process(CUSTOMER_IDENTITY, DAY)
    assert staged_years(place) == {"C1": None, "C3": 1990}
    place.drop(CUSTOMER_IDENTITY, DAY, entry(1), entry(2), entry(3, yob="1985"))
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert staged_years(place) == {"C1": None, "C2": None, "C3": 1985}
    assert (done.read, done.accepted, done.rejected, done.duplicates) == (4, 3, 0, 1)
    assert done.findings["superseded_repair"] == 1


def test_a_repair_holds_when_the_file_is_dropped_again_with_more_rows_behind(place, export) -> None:
    repaired(place.settings, saved(export(), give_year))
    rows = (entry(1), entry(2, customerId=""), entry(3, yob="abc", nickname="Tí"), entry(4))
    place.drop(CUSTOMER_IDENTITY, DAY, *rows)
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert (done.read, done.accepted, done.rejected, done.duplicates) == (5, 3, 2, 0)
    assert staged_years(place)["C3"] == 1990


def test_a_date_that_was_rejected_is_put_back_as_it_was_asked_for(place, export) -> None:
    place.drop(CUSTOMER_IDENTITY, DAY, entry(1, dob="05/06/1990"))
    place.process(CUSTOMER_IDENTITY, DAY)
    assert repaired(place.settings, saved(export(), lambda row: row.update(dob="1990-06-05")))[0] == 0
    assert delivered(place)[0]["dob"] == "1990-06-05"


def test_lines_that_are_no_row_of_a_repair_are_passed_over(place, export) -> None:
    path = saved(export(), lambda row: row["customerId"] or row.update(customerId="C2", fullName="An\u2028Tí"))
    lines = ("[1]", "7", "broken", '{"entries": 5}', '{"entries": [5]}', "\u2028\u0085")
    place.drop(CUSTOMER_IDENTITY, DAY, *lines, name="repair-of-a-sender.ndjson")
    assert f"1  put back: {KIND} {DAY}" in repaired(place.settings, path)[1]
    assert "It was put back before and waits for the next run." in repaired(place.settings, path)[1]


def test_a_row_of_a_million_letters_is_read_and_a_broken_table_is_told(place, export) -> None:
    path = saved(export(), lambda row: row.update(raw=row["raw"] + " " * 200_000))
    assert "        2  not corrected, so nothing is done\nNo row is corrected: " in repaired(place.settings, path)[1]
    header = path.read_text(encoding="utf-8").partition("\n")[0]
    path.write_text(f"{header}\n{'x' * 10_000_001}\n", encoding="utf-8")
    status, told = repaired(place.settings, path)
    assert (status, "cannot be read as a table" in told) == (2, True)


def test_nothing_is_written_when_one_of_the_files_is_there(place, export) -> None:
    later, now = "2026-11-17", datetime(2026, 11, 18, tzinfo=UTC)
    place.drop(CUSTOMER_IDENTITY, later, entry(8, customerId=""))
    place.process(CUSTOMER_IDENTITY, later)
    rows = read_corrected(saved(export(), lambda row: row.update(customerId=row["customerId"] or "C2")))
    place.drop(CUSTOMER_IDENTITY, later, entry(9), name="repair-20261118T000000000000Z.ndjson")
    with pytest.raises(RepairError, match="nothing was put back"):
        write_repair(place.settings, plan_repair(place.lake, place.settings, rows), now)
    assert not list((place.settings.raw_dir / KIND / DAY).glob("repair-*"))


def test_the_command_that_repairs_an_export_can_be_copied(place, tmp_path: Path) -> None:
    out = Console(file=io.StringIO(), width=300, record=True)
    target = tmp_path / "my rows.csv"
    list_rejected(place.settings, None, None, None, 5, target, out, out)
    assert f" repair '{target}'" in out.export_text()


def test_rows_of_tables_envelopes_and_broken_lines_are_found_again_by_the_run(place, export) -> None:
    place.drop(
        CUSTOMER_IDENTITY, DAY, "customerId;systemName;fullName;phone", ";CRM;Trần Thị Bình;0912345011", name="t.csv"
    )
    place.drop(CUSTOMER_IDENTITY, DAY, {"objectType": KIND, "entries": [entry(5, customerId="")]}, name="e.ndjson")
    place.drop(CUSTOMER_IDENTITY, DAY, json.dumps(entry(4))[:-1], name="z.ndjson")
    place.process(CUSTOMER_IDENTITY, DAY)

    def correct(row: dict[str, str]) -> None:
        if row["rules"] == '["unreadable"]':
            row["raw"] += "}"
        elif not row["customerId"]:
            row["customerId"] = f"N-{Path(row['source_file']).stem}"

    status, told = repaired(place.settings, saved(export(), correct))
    assert status == 0, told
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert (done.rejected, done.duplicates, len(staged_years(place))) == (5, 0, 5)
    states = [row["settled"] for row in read_rejected(place.lake, (CUSTOMER_IDENTITY,)) if row["rules"] != ["type:yob"]]
    assert states == ["repaired"] * 4


def test_a_repaired_row_that_is_rejected_once_more_stands_for_the_row_that_it_repairs(place, export) -> None:
    repaired(place.settings, saved(export(), give_year))
    (row,) = delivered(place)
    place.drop(CUSTOMER_IDENTITY, DAY, row | {"yob": "19x0"}, name="repair-0.ndjson")
    for file in (place.settings.raw_dir / KIND / DAY).glob("repair-2*"):
        file.unlink()
    place.process(CUSTOMER_IDENTITY, DAY)
    found = read_rejected(place.lake, (CUSTOMER_IDENTITY,))
    states = {Path(row["source_file"]).stem: row["settled"] for row in found if row["rules"] == ["type:yob"]}
    assert states == {"repair-0": None, "part": "repaired"}
    path = saved(export(), lambda row: give_year(row) if row["yob"] == "19x0" else None)
    assert repaired(place.settings, path)[0] == 0
    assert place.process(CUSTOMER_IDENTITY, DAY).duplicates == 0
    found = read_rejected(place.lake, (CUSTOMER_IDENTITY,))
    assert [row["settled"] for row in found if row["rules"] == ["type:yob"]] == ["repaired", "repaired"]


def test_a_file_that_was_refused_as_a_whole_is_repaired_by_no_row(place, export) -> None:
    place.drop(CUSTOMER_IDENTITY, DAY, "not a workbook", name="export.xlsx")
    place.process(CUSTOMER_IDENTITY, DAY)
    path = saved(export(), lambda row: row.update(entry(9)) if "xlsx" in row["source_file"] else None)
    status, told = repaired(place.settings, path)
    assert (status, "It represents a whole file" in told) == (1, True)


def test_a_held_delivery_is_released_when_enough_of_its_rows_are_repaired(place, export) -> None:
    later = "2026-11-17"
    place.drop(CUSTOMER_IDENTITY, later, *(entry(number, yob="abc") for number in range(40, 80)))
    place.process(CUSTOMER_IDENTITY, later)
    assert place.lake.held.report_days(CUSTOMER_IDENTITY.name) == [later]
    few = saved(export(), lambda row: give_year(row) if row["customerId"] == "C40" else None)
    assert repaired(place.settings, few)[0] == 0
    place.process(CUSTOMER_IDENTITY, later)
    assert place.lake.held.report_days(CUSTOMER_IDENTITY.name) == [later]
    assert "It is settled: repaired." in repaired(place.settings, few)[1]
    most = saved(export(), lambda row: give_year(row) if "C41" <= row["customerId"] < "C78" else None)
    assert repaired(place.settings, most)[0] == 0
    done = place.process(CUSTOMER_IDENTITY, later)
    assert place.lake.held.report_days(CUSTOMER_IDENTITY.name) == []
    assert (done.read, done.accepted, done.rejected) == (78, 38, 40)


@pytest.mark.parametrize(
    ("header", "says"),
    [("a,b", "lacks the columns"), ("object_type,source_file,source_row,entry_number,zz", "no field")],
)
def test_a_file_that_is_no_export_is_refused(place, tmp_path: Path, header: str, says: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(f"{header}\n", encoding="utf-8")
    status, told = repaired(place.settings, path)
    assert (status, says in told) == (2, True)
