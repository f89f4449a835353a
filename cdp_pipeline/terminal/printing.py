"""The one way in which text of others reaches the terminal: as text, never as markup or as a command to it."""

from rich.console import Console
from rich.markup import escape

from cdp_pipeline.values.foreign_text import visible


def printable(text: str, *, keep_lines: bool = False) -> str:
    """Text of others as it may stand within markup of ours and in cells of tables.

    Args:
        text: The text.
        keep_lines: Leave line feeds, for our own sentences that are set in lines.
    """
    return escape(visible(text, keep_lines=keep_lines))


def print_text(console: Console, text: str, *, soft_wrap: bool = True) -> None:
    """Print a sentence, whatever others wrote of it; its line feeds stay.

    Args:
        console: Where to.
        text: The sentence, without markup.
        soft_wrap: Leave the breaking of long lines to the terminal.
    """
    console.print(visible(text, keep_lines=True), soft_wrap=soft_wrap, markup=False, emoji=False, highlight=False)
