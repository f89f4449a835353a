"""The one way in which text reaches the terminal: foreign text escaped, ours in whole words, commands to paste.

Markup and terminal escapes in foreign text have no effect.
"""

import io
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from cdp_pipeline.values.display_text import visible

NAME = "cdp"
"""What the console script is called."""

_WORD = re.compile(r"(?:`[^`\n]*`|[^ \t])+")
"""A word, or what stands in backticks, which may be a command with blanks in it; a non-breaking space is no end."""

_COMMAND = re.compile(rf"`{NAME} ")


def printable(text: str, *, keep_lines: bool = False) -> str:
    """Text of others as it may stand within markup of ours and in cells of tables.

    Args:
        text: The text.
        keep_lines: Leave line feeds, for our own sentences that are set in lines.
    """
    return escape(visible(text, keep_lines=keep_lines))


def print_text(console: Console, text: str, *, style: str | None = None) -> None:
    """Print a sentence, whatever others wrote of it; its line feeds stay.

    On a terminal lines are broken between words, never within a word or a command in backticks, and go on below the
    beginning of their text. Elsewhere each is one line, as programs read it. Commands of ours are printed as they can
    be called here.

    Args:
        console: Where to.
        text: The sentence, without markup.
        style: A colour, where the terminal has any.
    """
    shown = visible(_COMMAND.sub(lambda _: f"`{program()} ", text), keep_lines=True)
    if console.is_terminal:
        shown = "\n".join(_broken(line, console.width) for line in shown.split("\n"))
    _print_whole(console, shown, style)


@contextmanager
def progress(console: Console, words: str) -> Iterator[Status]:
    """A status line that keeps moving while others capture what is printed, as Dagster does in every step.

    Sentences that are printed meanwhile, on whichever console, stand above it. Elsewhere than on a terminal nothing is
    shown.
    """
    with ExitStack() as kept:
        # One in memory has no file number.
        own = console
        if console.is_terminal and not isinstance(console.file, io.StringIO):
            file = os.fdopen(os.dup(console.file.fileno()), "w", encoding="utf-8", errors="replace")
            terminal = kept.enter_context(file)
            own = Console(file=terminal, force_terminal=True, width=console.width, highlight=False, emoji=False)
        status = _StatusLine(words, console=own)
        kept.enter_context(status)
        _status_lines.append(status)
        kept.callback(_status_lines.remove, status)
        yield status


class _StatusLine(Status):
    """A status line that knows whether it is shown."""

    is_shown = False

    def start(self) -> None:
        self.is_shown = True
        super().start()

    def stop(self) -> None:
        self.is_shown = False
        super().stop()


_status_lines: list[_StatusLine] = []
"""Those that are shown or were stopped, the newest last."""


def print_verbatim(console: Console, lines: Iterable[str]) -> None:
    """Print lines to copy, such as those of a file; none is ever broken."""
    for line in lines:
        _print_whole(console, visible(line))


def print_command(console: Console, arguments: str, meaning: str) -> None:
    """Print a command of ours that can be copied whole, on a line of its own, and what it does beside or below it."""
    print_line(console, f"{program()} {arguments}", meaning)


def print_line(console: Console, command: str, meaning: str) -> None:
    """Print any command on a line of its own, and what it does beside it, or below it if the line is too long."""
    gap = max(2, _MEANINGS_FROM - cell_len(command))
    if 2 + cell_len(command) + gap + cell_len(meaning) <= console.width:
        print_text(console, f"  {command}{' ' * gap}{meaning}")
    else:
        # Wider than the terminal it stays one line, so that it can be copied.
        _print_whole(console, f"  {visible(command)}")
        print_text(console, f"      {meaning}")


_MEANINGS_FROM = 38
"""The column in which the meanings of commands stand below each other."""


def program(name: str = NAME, *, from_anywhere: bool = False) -> str:
    """How `cdp` is called here, ready to paste: by its name where that is found, else by the path it was called by.

    Args:
        name: Another program that was installed beside it.
        from_anywhere: Give a path that holds in every folder.
    """
    called = Path(sys.argv[0])
    found = shutil.which(NAME)
    if called.name != NAME or not called.exists() or (found and called.samefile(found)):
        return name
    here, path = Path.cwd(), called.with_name(name)
    if from_anywhere:
        path = path.absolute()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) and not from_anywhere else path))


def _print_whole(console: Console, text: str, style: str | None = None) -> None:
    """Print a text on lines of its own: a status line is cleared before and shown again below it."""
    shown = [status for status in _status_lines if status.is_shown]
    for status in shown:
        status.stop()
    console.print(text, style=style, soft_wrap=True, markup=False, emoji=False, highlight=False)
    for status in shown:
        status.start()


def _broken(line: str, width: int) -> str:
    """A line broken between words, the rest below its text; one that fits stays as it is."""
    if cell_len(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    lines, current = [], ""
    for word in _WORD.findall(line):
        if current and cell_len(f"{current} {word}") > width:
            lines.append(current)
            current = f"{indent}  {word}"
        else:
            current = f"{current} {word}" if current else f"{indent}{word}"
    return "\n".join([*lines, current])
