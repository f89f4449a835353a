import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from cdp_pipeline.terminal.printing import print_text, printable

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
        path.name: path.read_text(encoding="utf-8") for path in [PACKAGE / "cli.py", *PACKAGE.glob("terminal/*.py")]
    }
    assert [name for name, text in texts.items() if "rich.markup" in text] == ["printing.py"]
    assert [name for name, text in texts.items() if ".print(str(" in text or ".print(line" in text] == []
