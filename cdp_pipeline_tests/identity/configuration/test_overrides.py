import random
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.identity.configuration.overrides import DECISIONS, Overrides, apply_overrides, read_overrides

AN, BINH, CHI, DUNG = (f"customer-identity:{letter}1" for letter in "abcd")
HEADER = "record_key_a,record_key_b,decision,by,why,when"
MEMBERS = pl.DataFrame(
    # An is named by two records in the same words.
    {"record_key": [AN, "membership:a2", BINH, CHI, DUNG], "node": [3, 3, 2, 1, 0]},
    schema_overrides={"node": pl.UInt32},
)


def read(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> Overrides:
    path = folder / "overrides.csv"
    path.write_bytes("\n".join([header, *lines]).encode(encoding))
    return read_overrides(path)


def said(*statements: tuple[int, str, str, str, int | None]) -> pl.DataFrame:
    """Statements as (line, one record, the other, decision, day of November)."""
    rows = [
        (line, *sorted((a, b)), decision, "lan", "called", day and datetime(2026, 11, day, tzinfo=UTC))
        for line, a, b, decision, day in statements
    ]
    return pl.DataFrame(rows, DECISIONS, orient="row")


def lines(frame: pl.DataFrame) -> list[int]:
    return sorted(frame["line"])


def test_a_good_line_is_one_statement_with_the_lower_key_first(tmp_path: Path) -> None:
    found = read(tmp_path, f"{BINH},{AN},Same,lan,one person on the phone,2026-11-16T09:30:00+07:00")
    assert found.problems.is_empty()
    moment = datetime(2026, 11, 16, 2, 30, tzinfo=UTC)
    assert found.decisions.rows() == [(2, AN, BINH, "same", "lan", "one person on the phone", moment)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_spreadsheets_of_any_country_are_read(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    path = tmp_path / "overrides.csv"
    text = f"{HEADER.upper()}\n{AN},{BINH},different,lan,mẹ và con,2026-11-16\n,,,,,\n\n".replace("\n", end)
    path.write_bytes(text.replace(",", separator).encode(encoding))
    found = read_overrides(path)
    assert found.problems.is_empty()
    assert found.decisions.row(0)[3:] == ("different", "lan", "mẹ và con", datetime(2026, 11, 16, tzinfo=UTC))


def test_columns_may_stand_in_any_order_and_a_date_may_be_missing(tmp_path: Path) -> None:
    found = read(tmp_path, f"lan,asked,,same,{AN},{BINH}", header="by, why, when, decision, record_key_a, record_key_b")
    assert found.decisions.rows() == [(2, AN, BINH, "same", "lan", "asked", None)]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"{AN},,same,lan,called,", "Nothing in record_key_b"),
        (f"{AN},Nguyen Van An,same,lan,called,", "No record key in record_key_b"),
        (f"{AN},{BINH},maybe,lan,called,", "neither same nor different"),
        (f"{AN},{BINH},,lan,called,", "Nothing in decision"),
        (f"{AN},{AN},same,lan,called,", "paired with itself"),
        (f"{AN},{BINH},same,,called,", "Nothing in by"),
        (f"{AN},{BINH},same,lan, ,", "Nothing in why"),
        (f"{AN},{BINH},same,lan,called,16/11/2026", "No date in when"),
        (f"{AN},{BINH},same,lan,called,0001-01-01T00:00+14:00", "No date in when"),
        (f"{AN},{BINH},same,lan,called", "5 cells: expected 6"),
        (f"{AN},{BINH},same,lan,called, twice,2026-11-16", "7 cells: expected 6"),
        (f'{AN},{BINH},same,lan,"called,', "a quote is not closed"),
    ],
)
def test_a_wrong_line_is_reported_and_the_others_hold(tmp_path: Path, line: str, problem: str) -> None:
    good = f'{CHI},{DUNG},same,lan,"called,",2026-11-16'
    found = read(tmp_path, good, line, good)
    assert lines(found.decisions) == [2, 4]
    assert found.problems["line"].to_list() == [3]
    assert problem in found.problems["problem"].item()


def test_two_unclosed_quotes_do_not_make_one_line_of_two(tmp_path: Path) -> None:
    found = read(tmp_path, *[f'{AN},{BINH},same,lan,"called,2026-11-16'] * 2, f"{CHI},{DUNG},same,lan,called,")
    assert (lines(found.decisions), lines(found.problems)) == ([4], [2, 3])


def test_a_cell_of_several_lines_counts_them(tmp_path: Path) -> None:
    found = read(tmp_path, f'{AN},{BINH},same,lan,"called\nagain",', f"{AN},{AN},same,lan,called,")
    assert (lines(found.decisions), lines(found.problems)) == ([2], [4])


def test_no_message_shows_who_said_it_or_why_or_a_cell_that_slipped(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"{AN},Nguyen Van An,same,Tran Lan,0912345678,",
        f"{AN},{BINH},Tran Lan,0912345678,same,",
        f"{AN},{BINH},same,Tran Lan,x,0912345678",
    )
    shown = " ".join([*found.problems["problem"], *found.problems["evidence"]])
    assert not {"Nguyen", "Tran", "0912345678"} & set(shown.replace(",", " ").split())
    assert found.problems["evidence"].to_list()[1] == f"record_key_a: {AN}; record_key_b: {BINH}"


def test_a_line_that_is_not_utf_8_holds_and_is_reported(tmp_path: Path) -> None:
    found = read(tmp_path, f"{AN},{BINH},different,lan,café,2026-11-16", encoding="cp1252")
    assert (lines(found.decisions), lines(found.problems)) == ([2], [2])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (f"{AN},{BINH},same,Tran Lan,called,".encode(), "The header is wrong"),
        (HEADER.replace("why", "reason").encode(), "The header is wrong"),
        (f"{HEADER},by".encode(), "The header is wrong"),
        (b'record_key_a,"by', "The header is wrong"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (bytes(range(256)), "The header is wrong"),
    ],
)
def test_a_file_that_is_none_is_one_problem(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "overrides.csv"
    if content is not None:
        path.write_bytes(content)
    found = read_overrides(path)
    assert found.decisions.schema == DECISIONS
    assert found.decisions.is_empty()
    assert found.problems["line"].to_list() == [1]
    assert problem in found.problems["problem"].item()
    assert "Tran Lan" not in found.problems["evidence"].item()


def test_a_folder_is_no_overrides_file(tmp_path: Path) -> None:
    assert "cannot be read" in read_overrides(tmp_path).problems["problem"].item()


def test_statements_name_nodes_the_lower_first_with_its_record() -> None:
    found = apply_overrides(said((2, AN, BINH, "same", 1), (3, BINH, DUNG, "different", 1)), MEMBERS)
    assert found.same.rows() == [(2, 3, 2, BINH, AN)]
    assert found.different.rows() == [(0, 2, 3, DUNG, BINH)]
    assert found.same.schema == {**found.different.schema, "node_a": pl.UInt32, "node_b": pl.UInt32}
    assert found.problems.is_empty()


def test_a_record_that_does_not_exist_is_reported_and_supersedes_nothing() -> None:
    gone = "customer-identity:e9"
    found = apply_overrides(said((2, AN, BINH, "same", 1), (3, AN, gone, "same", 2)), MEMBERS)
    assert lines(found.same) == [2]
    assert found.problems.select("line", "evidence").rows() == [(3, gone)]


def test_records_of_one_contact_are_the_same_already_and_cannot_be_separated() -> None:
    twin = "membership:a2"
    found = apply_overrides(said((2, AN, twin, "same", 1)), MEMBERS)
    assert found.same.is_empty()
    assert found.problems.is_empty()
    found = apply_overrides(said((2, AN, twin, "different", 1)), MEMBERS)
    assert found.different.is_empty()
    assert "cannot be separated" in found.problems["problem"].item()


@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        (("same", 1), ("different", 2), ("different", 3)),
        (("different", 2), ("same", 1), ("different", 2)),
        (("different", 1), ("same", 2), ("same", 3)),
        (("same", 1), ("same", None), ("same", 2)),
        (("same", 1), ("same", 1), ("same", 3)),
        (("different", 1), ("same", 1), ("different", 2)),  # one moment says both
        (("different", None), ("same", None), ("different", 2)),
    ],
)
def test_of_two_statements_on_a_pair_one_holds_and_the_other_is_reported(
    first: tuple[str, int | None], second: tuple[str, int | None], holds: tuple[str, int]
) -> None:
    # The second statement names An by another record of the same contact.
    found = apply_overrides(said((2, AN, BINH, *first), (3, BINH, "membership:a2", *second)), MEMBERS)
    assert {"same": lines(found.same), "different": lines(found.different)}[holds[0]] == [holds[1]]
    assert found.same.height + found.different.height == 1
    assert found.problems["line"].to_list() == [5 - holds[1]]
    assert f"line {holds[1]}" in found.problems["problem"].item()


def test_the_oldest_same_of_a_circle_with_a_different_is_not_applied() -> None:
    circle = said((2, AN, BINH, "same", 5), (3, BINH, CHI, "same", 4), (4, AN, CHI, "different", 1))
    found = apply_overrides(circle, MEMBERS)
    assert (lines(found.same), lines(found.different)) == ([2], [4])
    assert found.problems.select("line", "evidence").rows() == [(3, f"{BINH}, {CHI}; against lines 4")]


def test_a_circle_is_found_through_several_same_statements() -> None:
    chain = said(
        (2, AN, BINH, "same", 9), (3, CHI, DUNG, "same", 8), (4, BINH, CHI, "same", 7), (5, AN, DUNG, "different", 1)
    )
    found = apply_overrides(chain, MEMBERS)
    assert (lines(found.same), lines(found.problems)) == ([2, 3], [4])


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_lines_and_members_decides_nothing(seed: int) -> None:
    chance = random.Random(seed)
    people = [AN, BINH, CHI, DUNG]
    statements = [
        (day + 1, *chance.sample(people, 2), chance.choice(["same", "same", "different"]), day) for day in range(1, 13)
    ]
    found = apply_overrides(said(*statements), MEMBERS)
    shuffled = apply_overrides(
        said(*chance.sample(statements, 12)), MEMBERS.sample(fraction=1, shuffle=True, seed=seed)
    )
    assert found.same.equals(shuffled.same)
    assert found.different.equals(shuffled.different)
    assert found.problems.equals(shuffled.problems)
    reversed_lines = apply_overrides(said(*((20 - line, *rest) for line, *rest in statements)), MEMBERS)
    assert found.same.drop("line").equals(reversed_lines.same.drop("line"))


def test_every_line_is_applied_or_reported() -> None:
    chance = random.Random(8)
    statements = [
        (line, *chance.sample([AN, BINH, CHI, DUNG], 2), chance.choice(["same", "different"]), chance.choice([None, 1]))
        for line in range(2, 60)
    ]
    found = apply_overrides(said(*statements), MEMBERS)
    assert sorted(lines(found.same) + lines(found.different) + lines(found.problems)) == list(range(2, 60))


def test_a_hundred_thousand_lines_take_seconds(tmp_path: Path) -> None:
    count = 100_000
    keys = [f"lead-information:{number:032x}" for number in range(count + 1)]
    # One chain of everybody, whose ends are said to be different, and a node that is kept from thousands.
    chain = [f"{a},{b},same,lan,called,2026-11-16" for a, b in pairwise(keys)]
    apart = [f"{keys[0]},{key},different,lan,called,2026-11-17" for key in keys[count // 2 : count : 20]]
    started = time.process_time()
    found = read(tmp_path, *chain, *apart)
    members = pl.DataFrame({"record_key": keys, "node": range(count + 1)}, schema_overrides={"node": pl.UInt32})
    decided = apply_overrides(found.decisions, members)
    assert time.process_time() - started < 20
    assert decided.same.height + decided.different.height + decided.problems.height == count + len(apart)
    assert decided.problems.height >= 1
