import ast
import io
import os
import pty
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.outcome import ledger_table
from cdp_pipeline.commands.printing import print_command, print_text, printable, program, progress
from cdp_pipeline.deliveries.reports import LedgerLine
from cdp_pipeline.entities.registry import ENTITIES

HOSTILE = ["x[/b]y", "[/x].tmp", "[bold]x", "a\\", "\\[x]", "\x1b]8;;http://evil\x07x\x1b]8;;\x07", "\x9b2J", ":bomb:"]
PACKAGE = Path(__file__).parents[2] / "cdp_pipeline"


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others_is_printed_letter_by_letter(text: str) -> None:
    out = Console(file=io.StringIO(), force_terminal=True, width=200)
    print_text(out, f"{text} is left.")
    shown = out.file.getvalue()
    assert shown == text.replace("\x1b", "\\x1b").replace("\x07", "\\x07").replace("\x9b", "\\x9b") + " is left.\n"


@pytest.mark.parametrize("text", HOSTILE)
def test_it_stands_in_tables_and_within_markup_of_ours_as_text(text: str) -> None:
    out = Console(record=True, file=io.StringIO(), width=200, emoji=False)
    table = Table("name")
    table.add_row(printable(text))
    out.print(table)
    out.print(f"[bold]{printable(text)}[/bold] end")
    shown = out.export_text()
    assert "end" in shown
    assert "\x1b" not in shown
    assert text.replace("\x1b", "\\x1b").replace("\x07", "\\x07").replace("\x9b", "\\x9b").rstrip("\\") in shown


def test_no_command_escapes_or_prints_errors_in_a_way_of_its_own() -> None:
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in [PACKAGE / "cli.py", *PACKAGE.glob("commands/*.py")]
    }
    assert [name for name, text in texts.items() if "rich.markup" in text] == ["printing.py"]
    assert [name for name, text in texts.items() if ".print(str(" in text or ".print(line" in text] == []


def test_prose_is_printed_in_one_way_and_consoles_are_handed_tables_only() -> None:
    """A console breaks a sentence in its own way, and only by the width of a terminal."""
    texts = {
        f"{path.name}:{call.lineno}"
        for path in PACKAGE.glob("commands/*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "print"
        if not call.args or any(isinstance(getattr(part, "value", None), str) for part in ast.walk(call.args[0]))
    }
    assert texts == set()


@pytest.mark.parametrize("width", [80, 60])
def test_each_line_of_a_text_keeps_its_indent_and_its_words(width: int) -> None:
    text = f"  row 1: {'lorem ipsum ' * 20}\n    {'dolor sit amet ' * 20}"
    lines = printed(text, is_terminal=True, width=width).splitlines()
    assert all(len(line) <= width for line in lines)
    assert {line[: len(line) - len(line.lstrip())] for line in lines} == {"  ", "    ", "      "}
    assert " ".join(text.split()) == " ".join(" ".join(lines).split())


LONG = "Held: customer-identity 2026-11-17. Accept it with `cdp run --date 2026-11-17 --accept-rejected`, or repair it."


def printed(text: str, *, is_terminal: bool, width: int = 60) -> str:
    out = Console(file=io.StringIO(), force_terminal=is_terminal, width=width, color_system=None)
    print_text(out, text)
    return out.file.getvalue()


def test_on_a_terminal_nothing_breaks_within_a_word_or_a_command() -> None:
    assert printed(f"  {LONG}", is_terminal=True).splitlines() == [
        "  Held: customer-identity 2026-11-17. Accept it with",
        "    `cdp run --date 2026-11-17 --accept-rejected`, or repair",
        "    it.",
    ]


def test_a_command_that_is_wider_than_the_terminal_stays_whole_on_a_line_of_its_own() -> None:
    lines = printed(LONG, is_terminal=True, width=30).splitlines()
    assert "  `cdp run --date 2026-11-17 --accept-rejected`, or" not in lines
    assert "  `cdp run --date 2026-11-17 --accept-rejected`," in lines


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    assert printed(f"{'x' * 52} took 48.1\u00a0s.", is_terminal=True).splitlines()[-1] == "  48.1\u00a0s."


def test_elsewhere_a_sentence_is_one_line_as_programs_read_it() -> None:
    assert printed(LONG, is_terminal=False) == f"{LONG}\n"


def test_a_command_is_printed_as_it_can_be_pasted_where_cdp_is_not_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / ".venv" / "bin" / "cdp"
    script.parent.mkdir(parents=True)
    script.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(script), "run"])
    monkeypatch.setenv("PATH", "/usr/bin")
    assert printed("Run `cdp run` first.", is_terminal=False) == "Run `.venv/bin/cdp run` first.\n"
    assert program("dagster", from_anywhere=True) == f"{tmp_path}/.venv/bin/dagster"
    monkeypatch.setenv("PATH", str(script.parent))
    assert (program(), program("dagster")) == ("cdp", "dagster")


def test_a_folder_with_a_blank_in_its_name_is_quoted_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "my shop" / "cdp"
    script.parent.mkdir()
    script.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(script), "run"])
    monkeypatch.setenv("PATH", "/usr/bin")
    assert program("dagster") == f"'{tmp_path}/my shop/dagster'"


def test_a_command_stands_on_a_line_of_its_own_with_what_it_does_beside_or_below_it() -> None:
    out = Console(file=io.StringIO(), width=60)
    print_command(out, "rejected", "why")
    print_command(out, "show P232e9b9984be881b75dd", "one person, also by name or phone")
    assert out.file.getvalue().splitlines() == [
        "  cdp rejected                          why",
        "  cdp show P232e9b9984be881b75dd",
        "      one person, also by name or phone",
    ]


def test_a_status_line_keeps_moving_while_what_is_printed_is_captured(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as screen, (tmp_path / "captured").open("w") as captured:
        out = Console(file=screen, force_terminal=True, width=60)
        with progress(out, "Reading") as status:
            os.dup2(captured.fileno(), screen.fileno())
            time.sleep(0.3)
            status.update("Writing")
            time.sleep(0.3)
        shown = os.read(master, 65536).decode()
    assert shown.count("Reading") > 1
    assert "Writing" in shown
    assert (tmp_path / "captured").read_text() == ""


def test_a_sentence_stands_on_a_line_of_its_own_above_the_status_line() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as screen:
        out, err = (Console(file=screen, force_terminal=True, width=60, color_system=None) for _ in range(2))
        with progress(out, "Starting"):
            print_text(err, "CDP_RAW_DIR names no folder.")
            time.sleep(0.3)
        shown = os.read(master, 65536).decode()
    before, _, after = shown.partition("CDP_RAW_DIR names no folder.\r\n")
    assert before.rpartition("Starting")[2].endswith("\x1b[2K")
    assert "Starting" in after


def test_the_ledger_of_the_longest_entity_fits_a_terminal_of_80_columns() -> None:
    out = Console(record=True, file=io.StringIO(), width=80)
    (longest,) = (e.object_type for e in sorted(ENTITIES, key=lambda e: len(e.object_type))[-1:])
    line = LedgerLine("run", longest, "2026-11-16", 100, *[1_234_567] * 4, "2026-11-16T00:00:00")
    out.print(ledger_table([line]))
    shown = out.export_text()
    assert longest in shown
    assert "duplicates " in shown
    assert "…" not in shown
