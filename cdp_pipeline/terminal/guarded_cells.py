"""Cells of CSV files that people open in a spreadsheet: none is read as a formula, and each can be restored.

A cell that begins like a formula gets an apostrophe in front, and the row's column `guarded` names the columns in
which that was done. Without that column our apostrophe could not be distinguished from one in the source.
"""

import json
from collections.abc import Mapping

GUARDED = "guarded"
"""The column that holds the names of the guarded columns as a JSON list; empty for none."""

_GUARD = "'"
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded_row(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells with those that begin like a formula guarded, and the column `guarded`."""
    guarded = [name for name, text in cells.items() if text.startswith(_FORMULA_SIGNS)]
    shown = {name: _GUARD + text if name in guarded else text for name, text in cells.items()}
    return shown | {GUARDED: json.dumps(guarded) if guarded else ""}


def row_as_sent(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells of a guarded row as they were, without the column `guarded`; also of a row that never was guarded.

    A guard that a spreadsheet has removed is not missed.
    """
    guarded = json.loads(cells.get(GUARDED) or "[]")
    sent = {name: text for name, text in cells.items() if name != GUARDED}
    return sent | {name: sent[name].removeprefix(_GUARD) for name in guarded if name in sent}
