"""`cdp pseudonymise`: writes published tables for analysts or a partner, and prints what was left out.

How each column is written belongs to `privacy/column_handling.py`.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table as Printed

from cdp_pipeline.commands.printing import print_text, printable, progress
from cdp_pipeline.entities.table import Table
from cdp_pipeline.pipeline import PUBLISHED_TABLES, PUBLISHED_VIEWS
from cdp_pipeline.privacy import (
    Export,
    Exported,
    Groups,
    Period,
    PrivacyError,
    RequestLog,
    exported_tables,
    pseudonymise,
    read_key,
)
from cdp_pipeline.serving import Copies, ServingError, database_name
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake, held
from cdp_pipeline.values.display_text import count_of
from cdp_pipeline.values.nearest_name import nearest_names

Use = Literal["analytics", "profiling", "marketing"]

_FORBIDDING = ("erase", "restrict", "object")
"""Kinds of requests after which data must not leave that is published still."""


@dataclass(frozen=True)
class Wanted:
    """What was typed.

    Attributes:
        target: The new folder.
        purpose: Names the export, see `Export`.
        use: What the tables are used for.
        tables: Names of tables; empty for all.
        period: How times are written.
        smallest_group: See `Export`.
    """

    target: Path
    purpose: str
    use: Use = "analytics"
    tables: tuple[str, ...] = ()
    period: Period = "month"
    smallest_group: int | None = None


def pseudonymise_tables(settings: Settings, wanted: Wanted, out: Console, err: Console) -> int:
    """Write the tables, and print what they hold; returns the exit status.

    Returns:
        0 when the tables are written; 1 when nothing is published, or a request is being carried out; 2 when the folder
        or a table cannot be used.
    """
    offered = {table.name: table for table in exported_tables(PUBLISHED_TABLES)}
    if problem := _unusable(settings, wanted, offered):
        print_text(err, problem, style="red")
        return 2
    try:
        copies = Copies(settings.copies_dir, database_name(settings.database_url))
        copies.current(PUBLISHED_TABLES)
        chosen = [offered[name] for name in wanted.tables] or list(offered.values())
        view = next(view for view in PUBLISHED_VIEWS if view.name == f"profiles_for_{wanted.use}")
        export = Export(wanted.purpose, view, wanted.period, wanted.smallest_group, settings.today)
        lake = Lake(settings.lake_dir)
        # A run would remove the copies while they are read.
        run = f"of cdp pseudonymise, {secrets.token_hex(4)}"
        with held(lake, run, log=lambda words: print_text(err, words)), progress(out, "Counting people") as status:
            # The run of a request that is confirmed from now on waits until the lake is free.
            requests = RequestLog(settings.privacy_dir).requests()
            if running := [r for r in requests if r.kind in _FORBIDDING and r.state in ("confirmed", "applied")]:
                print_text(
                    err,
                    f"{running[0].request_id} ({running[0].kind}) is being carried out, so what is published may hold "
                    "data that must not leave. Run `cdp run`, then call this again.",
                )
                return 1
            exported = pseudonymise(
                copies.current(PUBLISHED_TABLES),
                PUBLISHED_TABLES,
                chosen,
                wanted.target,
                read_key(settings.privacy_key_file, settings.privacy_dir),
                export,
                on_table=lambda name: status.update(f"Writing {name}"),
            )
    except (PrivacyError, ServingError) as error:
        print_text(err, str(error))
        return 1
    _print(wanted, export, exported, out)
    return 0


def _unusable(settings: Settings, wanted: Wanted, offered: dict[str, Table]) -> str | None:
    """Why the folder or a table cannot be used; None if they can."""
    for name in wanted.tables:
        if name not in offered:
            near = nearest_names(name, sorted(offered))
            proposed = f"did you mean {near[0]}?" if near else f"there are {', '.join(offered)}."
            return f"'{name}' is no table that can be exported; {proposed}"
    if wanted.target.is_symlink() and not wanted.target.exists():
        return f"{wanted.target} is a link to a place that is not there; name a new folder."
    target = wanted.target.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        return f"{wanted.target} is not empty; name a new folder, so that nothing of yours is changed."
    for place in (settings.lake_dir, settings.raw_dir, settings.privacy_dir, settings.copies_dir):
        if target.is_relative_to(place.resolve()):
            return f"{wanted.target} lies in {place}, which is the pipeline's; name a folder elsewhere."
    return None


def _print(wanted: Wanted, export: Export, exported: Exported, out: Console) -> None:
    table = Printed("table", "rows", box=None, padding=(0, 1, 0, 0))
    for name, rows in exported.rows.items():
        table.add_row(printable(name), f"{rows:,}")
    out.print(table)
    print_text(
        out,
        f"{count_of(exported.people, 'person')} for {wanted.use}; left out: {exported.people_left_out:,} whose data may"
        " not be used for it.",
    )
    reasons = sorted(exported.left_out.items(), key=lambda reason: -reason[1])
    listed = "; ".join(f"{count:,} {reason}" for reason, count in reasons)
    print_text(out, f"{count_of(exported.columns, 'column')} written, left out: {listed or 'none'}.")
    if exported.groups:
        _print_groups(export, exported.groups, out)
    print_text(
        out,
        f"Written: {wanted.target}. These are still personal data: whoever has the key and the tables can lead each "
        "pseudonym back to its person. Hand them over by a safe way, and remove them when they are not needed.",
    )


def _print_groups(export: Export, groups: Groups, out: Console) -> None:
    print_text(
        out,
        f"Alike in {', '.join(groups.columns)}: {count_of(groups.count, 'group')}, the smallest of "
        f"{count_of(groups.smallest, 'person')}; {count_of(groups.people_in_small, 'person')} in groups of fewer than "
        f"{export.group}.",
    )
    if export.smallest_group:
        print_text(out, "All of this is left empty of the people in these groups.")
    elif groups.people_in_small:
        print_text(
            out,
            f"Who knows such a person may recognise them: with --k {export.group} all of this is left empty of them.",
        )
