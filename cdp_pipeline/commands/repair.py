"""`cdp repair`: puts the corrected export of `cdp rejected --csv` back as a delivery; prints values masked.

Changes of a spreadsheet to such a file are undone or refused: another delimiter, a lost byte order mark, guards of
formulas. Changes to cells are found in `values/spreadsheet_text.py`.
"""

import csv
import io
import shlex
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from cdp_pipeline.commands.cells import GUARDED, row_as_sent
from cdp_pipeline.commands.printing import print_command, print_text
from cdp_pipeline.commands.rejected import PLACE, REASONS
from cdp_pipeline.deliveries import RAW, Corrected, RepairedRow, RepairError, plan_repair, write_repair
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake
from cdp_pipeline.values.display_text import count_of
from cdp_pipeline.values.mask import mask_contacts

MOST_PRINTED = 20
"""Up to so many rows that are not put back are printed one by one."""

_MOST_LETTERS = 10_000_000
"""More than any cell of an export has: a row as sent has a million at most."""

_NEEDED = frozenset(PLACE) - {"drop_date"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def repair_rows(settings: Settings, path: Path, out: Console, err: Console, *, is_written: bool) -> int:
    """Put the corrected rows of a file back, or print what would be put back; returns the exit status.

    Args:
        settings: Where the landing folders and the lake lie.
        path: The export, corrected.
        out: Where the result goes.
        err: Where rows that are not put back are printed.
        is_written: Whether the delivery is written.

    Returns:
        0 when all corrected rows are put back, or would be; 1 when one is not, or none is corrected; 2 when the file
        cannot be used.
    """
    try:
        planned = plan_repair(Lake(settings.lake_dir), settings, read_corrected(path))
        written = write_repair(settings, planned, datetime.now(UTC)) if is_written else []
    except RepairError as error:
        print_text(err, str(error))
        return 2
    back, wrong = ([row for row in planned if row.entry], [row for row in planned if row.problem])
    _print_sums(planned, back, wrong, out, is_written=is_written)
    _print_problems(wrong, err)
    _print_rewritten(planned, out)
    for file in written:
        # The name is ours: its timestamp is no phone number to mask.
        print_text(out, f"Written: {file}")
    if written:
        print_text(out, "The next `cdp run` reads them.")
        if wrong:
            print_text(
                out,
                f"{count_of(len(wrong), 'corrected row')} could not be put back, so the exit status is 1. After that "
                "run export the rejected rows again and correct what is left.",
            )
    elif back:
        print_text(out, "Nothing is written yet; this puts them back:")
        print_command(out, f"repair {shlex.quote(str(path))} --yes", "write the delivery")
    elif not wrong:
        print_text(
            out, "No row is corrected: change cells of the fields in it, save it as CSV UTF-8, and call this again."
        )
    return 0 if back and not wrong else 1


def _print_sums(
    planned: Sequence[RepairedRow],
    back: Sequence[RepairedRow],
    wrong: Sequence[RepairedRow],
    out: Console,
    *,
    is_written: bool,
) -> None:
    """How many rows there are, and below what becomes of them; these add up to all."""
    print_text(out, f"{count_of(len(planned), 'row')} in the file:")
    days = Counter((row.corrected.entity.object_type, row.day) for row in back)
    lines = [
        *(
            (count, f"{'put' if is_written else 'to be put'} back: {kind} {day}")
            for (kind, day), count in sorted(days.items())
        ),
        (len(wrong), "corrected, but not put back, for the reasons below"),
        (len(planned) - len(back) - len(wrong), "not corrected, so nothing is done"),
    ]
    for count, meaning in lines:
        if count:
            print_text(out, f"  {count:>7,}  {meaning}")


def read_corrected(path: Path) -> list[Corrected]:
    """The rows of an export as people and spreadsheets leave it, guards undone.

    The delimiter is the one of comma, semicolon and tab that stands most often in the header. Blank rows are left out.

    Raises:
        RepairError: It is no such table, or no text in UTF-8 or UTF-16.
    """
    csv.field_size_limit(_MOST_LETTERS)
    try:
        return _rows_of(path, _text(path))
    except csv.Error as error:
        raise RepairError(
            f"{_name(path)} cannot be read as a table ({error}); nothing was put back. Save it as CSV UTF-8 again."
        ) from None


def _rows_of(path: Path, text: str) -> list[Corrected]:
    if text.lower().startswith("sep="):
        text = text.partition("\n")[2]
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [name.strip() for name in next(reader, [])]
    if missing := sorted(_NEEDED - set(names)):
        raise RepairError(
            f"{_name(path)} lacks the columns {', '.join(missing)}; expected the file that `cdp rejected --csv` wrote, "
            "saved as CSV UTF-8. Export the rejected rows again."
        )
    known = {*PLACE, *REASONS, RAW, GUARDED, *(c.source for e in BY_OBJECT_TYPE.values() for c in e.columns)}
    if unknown := [name for name in names if name and name not in known]:
        raise RepairError(
            f"{_name(path)} has {len(unknown):,} columns that mean no field, the first is column "
            f"{names.index(unknown[0]) + 1}; remove them, or correct their headers."
        )
    found = []
    # As a spreadsheet numbers them, which shows the header as its first row.
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names) and any(cells[len(names) :]):
            raise RepairError(
                f"Row {number} of {_name(path)} has more cells than the header; save it as CSV UTF-8 again."
            )
        padded = [*cells, *("" for _ in range(len(names) - len(cells)))]
        found.append(_corrected(number, {name: cell for name, cell in zip(names, padded, strict=False) if name}))
    return found


def _corrected(number: int, cells: dict[str, str]) -> Corrected:
    try:
        sent = row_as_sent(cells)
        entity = BY_OBJECT_TYPE[sent["object_type"].strip()]
        row, entry = (int(sent[name]) for name in ("source_row", "entry_number"))
    except (KeyError, ValueError):
        raise RepairError(
            f"Row {number} does not identify its rejected row: expected object_type, source_file, source_row, "
            f"entry_number and {GUARDED} as they were exported. Export the rejected rows again."
        ) from None
    fields = {column.source for column in entity.columns} | {RAW}
    return Corrected(number, entity, sent["source_file"], row, entry, {n: t for n, t in sent.items() if n in fields})


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-16" if content.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise RepairError(
            f"{_name(path)} is not text in UTF-8 or UTF-16, so its letters may be wrong; nothing was put back. "
            "Save it as `CSV UTF-8`."
        ) from None


def _print_problems(wrong: Sequence[RepairedRow], err: Console) -> None:
    for row in wrong[:MOST_PRINTED]:
        place = f"{mask_contacts(row.corrected.source_file)} row {row.corrected.source_row}"
        print_text(err, f"Not put back: row {row.corrected.number} ({place}). {row.problem}")
    if len(wrong) > MOST_PRINTED:
        print_text(err, f"Not put back: {count_of(len(wrong) - MOST_PRINTED, 'row')} more.")


def _print_rewritten(planned: Sequence[RepairedRow], out: Console) -> None:
    fields = Counter(field for row in planned for field in row.rewritten)
    if fields:
        named = ", ".join(f"{field} in {count_of(count, 'row')}" for field, count in sorted(fields.items()))
        print_text(out, f"Rewritten by a spreadsheet only, and kept as they were sent: {named}.")


def _name(path: Path) -> str:
    return mask_contacts(path.name)
