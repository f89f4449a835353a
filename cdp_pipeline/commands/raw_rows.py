"""What an erasure leaves in the raw folder: the files with the numbers of the rows, for their owner, or rewritten."""

import csv
import io
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from cdp_pipeline.commands.printing import print_text, progress
from cdp_pipeline.pipeline import NOT_ASKED, Rewritten, settle_raw
from cdp_pipeline.privacy import Request, write_private
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake, held
from cdp_pipeline.values.display_text import count_of, visible
from cdp_pipeline.values.mask import mask_contacts

MOST_FILES: Final = 20
"""Up to so many files are printed one by one."""

_MOST_ROWS: Final = 10
_FOLDER: Final = "raw_rows"


def rows_in_words(rows: Iterable[int]) -> str:
    """The first numbers of rows, and how many more there are."""
    numbers = sorted(set(rows))
    more = f" and {len(numbers) - _MOST_ROWS:,} more" if len(numbers) > _MOST_ROWS else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {', '.join(map(str, numbers[:_MOST_ROWS]))}{more}"


def list_file(settings: Settings, request: Request) -> Path:
    """Where the complete list of an erasure lies."""
    return settings.privacy_dir / _FOLDER / f"{request.request_id}.csv"


def settle_raw_rows(settings: Settings, request: Request, out: Console, err: Console, *, is_rewritten: bool) -> int:
    """Print and list the raw files that hold rows of an erased person, or rewrite them; returns the exit status.

    Args:
        settings: The raw folder, and where requests lie.
        request: The request for erasure, which is done.
        out: Where the result goes.
        err: Where waiting is reported.
        is_rewritten: Whether the files are rewritten without the rows.

    Returns:
        0, or 1 when a file that was to be rewritten is left as it is.
    """
    lake, run = Lake(settings.lake_dir), f"of cdp request, {secrets.token_hex(4)}"
    with progress(out, "Searching raw files"), held(lake, run, log=lambda words: print_text(err, words)):
        settled = settle_raw(lake, settings, request, is_rewritten=is_rewritten)
    changed = [one for one in settled if not one.reason]
    left = [one for one in settled if one.reason and one.found.places]
    if changed:
        rows = sum(len(one.found.places) for one in changed)
        print_text(out, f"Rewritten without {count_of(rows, 'row')}: {count_of(len(changed), 'raw file')}.")
    if unread := sum(not one.found.is_whole for one in settled):
        print_text(out, f"Not searched: {count_of(unread, 'raw file')} that no run can read whole, see `cdp rejected`.")
    _write_list(list_file(settings, request), left)
    if not left:
        print_text(out, "No raw file that was read holds a row of the person.")
        return 0
    _print_left(left, out)
    print_text(out, f"The complete list, for the owner of the files: {list_file(settings, request)}.")
    if is_rewritten:
        return 1
    print_text(
        out,
        f"Raw files are their sender's and stay. `cdp request erase --key {request.request_id} --rewrite-raw --yes` "
        "rewrites them without these rows.",
    )
    return 0


def _print_left(left: Sequence[Rewritten], out: Console) -> None:
    rows = sum(len(one.found.places) for one in left)
    print_text(out, f"Rows of the person in raw files: {rows:,} in {count_of(len(left), 'file')}.")
    for one in left[:MOST_FILES]:
        name = visible(mask_contacts(one.found.file.source_file))
        why = "" if one.reason == NOT_ASKED else f"; left as it is: {one.reason}"
        print_text(out, f"  {name}: {rows_in_words(row for row, _ in one.found.places)}{why}")
    if len(left) > MOST_FILES:
        print_text(out, f"  and {count_of(len(left) - MOST_FILES, 'file')} more")


def _write_list(file: Path, left: Sequence[Rewritten]) -> None:
    """Write the list, names of files as they are; remove it if nothing is left."""
    if not left:
        file.unlink(missing_ok=True)
        return
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["file", "row", "entry", "left because"])
    for one in left:
        for row, number in one.found.places:
            writer.writerow([one.found.file.source_file, row, number, one.reason])
    write_private(file, text.getvalue().encode())
