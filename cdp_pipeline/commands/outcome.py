"""What a run has done, in a few lines: its ledger, the people, the checks that warn, and the next commands."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.printing import print_command, print_line, print_text, program
from cdp_pipeline.commands.show import people_table
from cdp_pipeline.deliveries import LedgerLine
from cdp_pipeline.entities.registry import BY_NAME, ENTITIES
from cdp_pipeline.pipeline import PUBLISHED_TABLES, Published
from cdp_pipeline.quality import BY_NAME as CHECKS
from cdp_pipeline.quality.report import Warned
from cdp_pipeline.serving import Changes, ServingError, database_tables, read_best_known, reading
from cdp_pipeline.settings import Settings
from cdp_pipeline.values.display_text import count_of

_COUNTS = ("files", "read", "accepted", "rejected", "duplicates", "suppressed")


def ledger_table(lines: Iterable[LedgerLine], held: Collection[LedgerLine] = ()) -> Table:
    """One row per entity with its counts over the days processed, and a row of totals.

    Args:
        lines: The lines of a run.
        held: Those of held deliveries; below the table stands how many of the accepted rows are not used.
    """
    lines = tuple(lines)
    totals: dict[str, dict[str, int]] = {}
    for line in lines:
        counts = totals.setdefault(line.object_type, dict.fromkeys(_COUNTS, 0))
        for name in _COUNTS:
            counts[name] += getattr(line, name)
    # Few installations have erased a person, and a terminal has room for five counts.
    has_suppressed = any(line.suppressed for line in lines)
    shown = _COUNTS[1:] if has_suppressed else _COUNTS[:-1]
    table = Table(
        title="Ledger of this run: read = accepted + rejected + duplicates"
        + (" + suppressed" if has_suppressed else ""),
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("entity", no_wrap=True)
    for name in shown:
        table.add_column(name, justify="right", no_wrap=True)
    for entity, counts in totals.items():
        table.add_row(entity, *(f"{counts[name]:,}" for name in shown))
    table.add_section()
    table.add_row("all", *(f"{sum(counts[name] for counts in totals.values()):,}" for name in shown))
    if unused := sum(line.accepted for line in lines if line in held):
        table.caption = f"Not used, of held deliveries: {unused:,} of the accepted."
        table.caption_justify = "left"
    return table


def changes_sentence(changes: Mapping[str, Changes]) -> str:
    """How many rows the publication wrote, in the tables that changed."""
    if not changes:
        return "Published: no table changed."
    inserted, updated, deleted = (
        sum(getattr(change, name) for change in changes.values()) for name in ("inserted", "updated", "deleted")
    )
    return (
        f"Published: {count_of(inserted, 'row')} inserted, {updated:,} updated and {deleted:,} deleted in "
        f"{count_of(len(changes), 'table')}."
    )


MOST_PEOPLE = 5
"""People who are shown after a run."""


def print_outcome(
    settings: Settings, published: Published, lines: Sequence[LedgerLine], is_idle: bool, run: str, out: Console
) -> None:
    """Print what is published and who; of a run that had nothing to do, one line.

    Args:
        settings: The database and the raw folder.
        published: What the publication did.
        lines: The ledger of the run.
        is_idle: Whether there was nothing new in the raw folder.
        run: The run and how long it took, in words.
        out: Where to.
    """
    people = "1 person" if published.people == 1 else f"{published.people:,} people"
    who = (
        f"{people} from {count_of(published.records, 'record')}, "
        f"{count_of(published.unlinked, 'record')} without a person"
    )
    if is_idle and not published.changed:
        print_text(out, f"Nothing new in the raw folder, no table changed: {who}; {run}.", style="green")
        return
    if is_idle:
        print_text(out, "Nothing new in the raw folder; what follows was brought up to date.")
    print_text(out, changes_sentence(published.changed))
    print_text(out, f"{who}; {run}.", style="green")
    _print_people(settings, any(line.rejected for line in lines), out)


def _print_people(settings: Settings, has_rejected: bool, out: Console) -> None:
    try:
        with reading(settings.database_url) as connection:
            best = read_best_known(connection, database_tables(PUBLISHED_TABLES), MOST_PEOPLE)
    except ServingError as error:
        print_text(out, str(error))
        return
    if best:
        print_text(out, "\nThe best-known people, masked", style="bold")
        out.print(people_table(best, unmask=False))
    print_text(out, "\nNext:")
    if best:
        print_command(out, f"show {best[0]['person_id']}", "one person; by phone, e-mail or name too")
    if has_rejected:
        print_command(out, "rejected", "all rejected rows, where each lies and why")
    # The Makefile of the checkout; another one knows no such target.
    if Path("Makefile").is_file() and Path("cdp_pipeline/definitions.py").is_file():
        print_line(out, "make ui", "Dagster on http://127.0.0.1:3000")
    elif Path("workspace.yaml").is_file():
        print_line(
            out, f"DAGSTER_HOME=$PWD {program('dagster')} dev -w workspace.yaml", "Dagster on http://127.0.0.1:3000"
        )


def warning_lines(warned: Iterable[Warned]) -> list[str]:
    """One line per check and message, in the order of a run.

    Entities with the same message, such as a missing file, are named together.

    Args:
        warned: The checks, of one run or several; a repeated message is printed once.
    """
    by_check: dict[str, dict[str, list[str]]] = {}
    for one in warned:
        assets = by_check.setdefault(one.check, {}).setdefault(one.message, [])
        if one.asset not in assets:
            assets.append(one.asset)
    return [_line(check, message, assets) for check, found in by_check.items() for message, assets in found.items()]


def _line(check: str, message: str, assets: Sequence[str]) -> str:
    kind = "Held" if check == CHECKS["rejected_share_is_bearable"].name else "Warning"
    if len(assets) == 1:
        return f"{kind}: {assets[0]}, {check}: {message}"
    # What was found comes first; what is wrong is the same for all, and so is what to do.
    what, _, rest = message.partition(". ")
    return f"{kind}: {what} for {len(assets)} of {len(ENTITIES)} entities: {_named(assets)}. {rest} ({check})"


def _named(assets: Iterable[str]) -> str:
    """The entities of assets by their object types; the key of an asset that is none's."""
    names = (asset.rpartition("/")[-1] for asset in assets)
    return ", ".join(BY_NAME[name].object_type if name in BY_NAME else name for name in names)
