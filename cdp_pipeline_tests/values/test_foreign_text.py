import pytest

from cdp_pipeline.values.display_text import visible


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\rb", r"a\x0db"),
        ("abc\u202egpj.exe", r"abc\u202egpj.exe"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("a\nb\tc", r"a\nb\tc"),
        ("caf\udce9.csv", r"caf\udce9.csv"),
        ("\u2028", r"\u2028"),
    ],
)
def test_what_commands_or_deceives_a_program_is_written_out(sent: str, shown: str) -> None:
    assert visible(sent) == shown


def test_other_text_stays_and_our_own_lines_can() -> None:
    assert visible("Nguyễn Văn Ân 😀 [/b] \\x1b") == "Nguyễn Văn Ân 😀 [/b] \\x1b"
    assert visible("a\n\tb\x1b", keep_lines=True) == "a\n\tb\\x1b"
