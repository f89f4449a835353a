r"""Text of others in a form that is safe to show: characters that control or deceive a reader's program become visible.

A terminal obeys control characters (ESC, CSI, OSC in 7 and 8 bits), and directional marks change the order in which a
text is shown. They are written out as `\x1b` or `\u202e`; so are halves of surrogate pairs, which no output can hold.
"""

import re

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
