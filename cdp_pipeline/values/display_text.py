r"""Text for people to read: counted nouns, and foreign text whose control characters are made visible.

A terminal obeys control characters (ESC, CSI, OSC in 7 and 8 bits), and directional marks change the order in which a
text is shown. They are written out as `\u009b` or `\u202e`; so are halves of surrogate pairs, which no output can hold.
"""

import re


def count_of(number: int, what: str) -> str:
    """A number with its separators and its noun, in the plural unless the number is one.

    `count_of(1, "row")` is `1 row`, `count_of(1200, "entry")` is `1,200 entries`.

    Args:
        number: The number.
        what: The noun in the singular.
    """
    if number == 1:
        return f"1 {what}"
    ends_in_y = what.endswith("y") and what[-2:-1] not in "aeiou"
    return f"{number:,} {what[:-1]}ies" if ends_in_y else f"{number:,} {what}s"


_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SEPARATORS = "\u2028\u2029"
_HALVES = "\ud800-\udfff"
_COMMANDS = re.compile(f"[{_CONTROLS}{_DIRECTIONS}{_SEPARATORS}{_HALVES}]")
_LINE_ENDS = {"\n": "\\n", "\t": "\\t"}


def visible(text: str, *, keep_lines: bool = False) -> str:
    """The text on one line, with control characters and directional marks written out.

    Args:
        text: Any text.
        keep_lines: Keep line feeds and tabs, for messages of several lines.
    """
    shown = _COMMANDS.sub(lambda found: _written(found[0]), text)
    return shown if keep_lines else re.sub("[\n\t]", lambda found: _LINE_ENDS[found[0]], shown)


def _written(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
