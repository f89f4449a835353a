"""The console script `cdp`: wiring only."""

import atexit
import gc
import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click
from rich.console import Console

from cdp_pipeline.commands import NAME, DropDate, LocalFile, ObjectType, WholeNumber, print_text, progress
from cdp_pipeline.privacy import KINDS, PURPOSES, offered_kinds

if TYPE_CHECKING:
    from cdp_pipeline.commands import Mode, Use
    from cdp_pipeline.defs.launch import RunOutcome
    from cdp_pipeline.privacy import Kind, Period
    from cdp_pipeline.settings import Settings

_OUT = Console(highlight=False, emoji=False)
_ERR = Console(stderr=True, highlight=False, emoji=False)
_DAY = DropDate()


def console() -> None:
    """Run the command line and end at once: freeing the memory of a run takes Python seconds, in vain.

    What registered to be called at the end is called, and what was printed is written. Where that fails, or a thread
    still works, the process ends in Python's own way.
    """
    # What a command imports stays until its end; to look for garbage in it as often as usual is a tenth of a short run.
    gc.set_threshold(10_000)
    try:
        main()
    except SystemExit as ended:
        status = ended.code or 0
        workers = [thread for thread in threading.enumerate() if not thread.daemon]
        if isinstance(status, int) and workers == [threading.main_thread()]:
            _end(status)
        raise


def _end(status: int) -> None:
    """End the process; returns where its output cannot be written, which Python reports when it ends itself."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return
    os._exit(status)


def main() -> NoReturn:
    """Run the command line; user errors end with one line and a status, never with a traceback."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    # Whatever a command writes holds personal data, and is its owner's alone.
    os.umask(0o077)
    try:
        cdp.main(prog_name=NAME, standalone_mode=False)
    except click.exceptions.Abort:
        print_text(_ERR, "Interrupted; what was published stays. Call it again to go on.")
        sys.exit(130)
    except click.ClickException as error:
        _show(error)
        sys.exit(error.exit_code)
    except OSError as error:
        print_text(_ERR, _in_words(error), style="red")
        sys.exit(1)
    except ValueError as error:
        # It imports Pydantic, which whoever asks for help need not wait for.
        from cdp_pipeline.configuration import ConfigurationError

        if not isinstance(error, ConfigurationError):
            raise
        print_text(_ERR, str(error), style="red")
        sys.exit(2)
    sys.exit(0)


def read_settings() -> "Settings":
    """The settings in force; only commands that need them pay for their validation."""
    with _starting():
        from cdp_pipeline import settings

        return settings.read_settings()


@contextmanager
def _starting() -> Iterator[None]:
    """A status line while modules are imported, which takes a second or more; nothing is changed meanwhile."""
    try:
        with progress(_OUT, "Starting"):
            yield
    except KeyboardInterrupt:
        print_text(_ERR, "Interrupted; nothing was changed.")
        sys.exit(130)


def _show(error: click.ClickException) -> None:
    """Print the fault of a call and where help is found; without a command print the help."""
    if not isinstance(error, click.UsageError) or isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    print_text(_ERR, error.format_message(), style="red")
    # An option without its argument has no context, though it belongs to a command.
    called = next((f"{NAME} {word}" for word in sys.argv[1:2] if word in cdp.commands), NAME)
    print_text(_ERR, f"`{error.ctx.command_path if error.ctx else called} --help` shows how it is called.")


def _in_words(error: OSError) -> str:
    """The message of the system about a file, without its number; an error of ours as it is."""
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.filename} cannot be used: {error.strerror.lower()}. Name a place that is there and may be written."


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cdp_pipeline", message="cdp_pipeline %(version)s")
def cdp() -> None:
    """Raw customer files in, one trustworthy profile per person out."""


@cdp.command(short_help="Read what is new, and publish one profile per person.")
@click.option("--date", "dates", type=_DAY, multiple=True, help="A drop date to (re)process; may be repeated.")
@click.option("--from", "first", type=_DAY, help="First drop date to (re)process.")
@click.option("--to", "last", type=_DAY, help="Last drop date to (re)process; today when left out.")
@click.option("--all", "everything", is_flag=True, help="Rebuild everything; person ids are kept.")
@click.option(
    "--accept-rejected",
    is_flag=True,
    help="Use held deliveries as they are, with all that is rejected: of the chosen dates, or all of them.",
)
@click.option("--accept-fewer-people", is_flag=True, help="Publish once although tables of people shrank a lot.")
@click.option("--restore-ids", is_flag=True, help="Take lost person ids from the published database, or a kept copy.")
@click.option(
    "--preview-identity",
    "preview",
    is_flag=True,
    help="Read new files and print the changes of persons; publish nothing.",
)
def run(
    dates: tuple[date, ...],
    first: date | None,
    last: date | None,
    everything: bool,
    accept_rejected: bool,
    accept_fewer_people: bool,
    restore_ids: bool,
    preview: bool,
) -> None:
    """Run the main job: without options, over whatever is new or changed in the raw folder.

    Exit status: 0 when everything is published; 1 when a step, or a check of the result as a whole, failed; 2 for wrong
    usage; 3 when it is published, but deliveries are held, as all or most of their rows are rejected.
    """
    settings = read_settings()
    if preview:
        if dates or first or last or everything or accept_rejected or accept_fewer_people or restore_ids:
            raise click.UsageError("--preview-identity previews what is new; it takes no other option.")
        with _starting():
            from cdp_pipeline.commands import preview_identity

        sys.exit(preview_identity(settings, _OUT, _ERR))
    if sum((bool(dates), bool(first or last), everything)) > 1:
        raise click.UsageError("Choose one of --date, --from/--to and --all.")
    if last and not first:
        raise click.UsageError("--to needs --from.")
    if first and last and last < first:
        raise click.UsageError("--to lies before --from.")
    asked = set(dates)
    if first:
        end = last or datetime.now(UTC).date()
        asked = {first + timedelta(days=n) for n in range((end - first).days + 1)}
    sys.exit(_run_daily(settings, asked, everything, accept_rejected, accept_fewer_people, restore_ids))


def _run_daily(settings: "Settings", days: Iterable[date] = (), everything: bool = False, *accepted: bool) -> int:
    """Run the main job, without more over what is new; returns the exit status."""
    with _starting():
        from cdp_pipeline.commands import Chosen, is_database_usable, run_job

        if not is_database_usable(settings, _ERR):
            return 1
    chosen = Chosen(frozenset(days), everything, *accepted)
    instance = Path(os.environ.get("DAGSTER_HOME") or Path.cwd())
    return run_job(settings, chosen, instance, _launch, _OUT, _ERR)


def _launch(days: Sequence[date], **options: Any) -> "RunOutcome":
    """Run the job; Dagster takes seconds to import, and is not needed to find that a date has no file."""
    from cdp_pipeline.defs.launch import run_daily_profiles

    return run_daily_profiles(days, **options)


@cdp.command(short_help="Show one person, by id, phone, e-mail or name.")
@click.argument("key", nargs=-1, required=True)
@click.option("--unmask", is_flag=True, help="Show personal data in full.")
def show(key: tuple[str, ...], unmask: bool) -> None:
    """Show one person: by person id, phone, e-mail, customer id, lead id, membership id or name.

    Names are compared without case and accents, their words in any order; if several people have one, they are
    listed.

    Exit status: 0 when the person, or several, are printed; 1 when the key fits no person, or nothing is published; 2
    for wrong usage.
    """
    with _starting():
        from cdp_pipeline.commands import show_person

    sys.exit(show_person(read_settings(), " ".join(key), unmask, _OUT, _ERR))


@cdp.command(short_help="Explain why records are one person, or two people not.")
@click.argument("key")
@click.argument("other", required=False)
@click.option("--unmask", is_flag=True, help="Show personal data in full.")
@click.option("--all", "every_line", is_flag=True, help="Print long lists in full.")
@click.option("--keys", "with_keys", is_flag=True, help="Print the records' keys, as the overrides file takes them.")
def explain(key: str, other: str | None, unmask: bool, every_line: bool, with_keys: bool) -> None:
    """Explain why the records of one person are one, or with OTHER, why two people are not.

    A KEY is a person id, a record key, or any key of `cdp show`. For one person, links that were refused are listed
    too; of two, the records that are most alike are compared attribute by attribute.

    Exit status: 0 when the person or the two are explained; 1 when a key fits no person or several, or the two have
    nothing to compare; 2 for wrong usage.
    """
    if other is None:
        with _starting():
            from cdp_pipeline.commands import explain_person

        sys.exit(explain_person(read_settings(), key, unmask, _OUT, _ERR, every_line=every_line, with_keys=with_keys))
    with _starting():
        from cdp_pipeline.commands import explain_pair

    sys.exit(
        explain_pair(read_settings(), (key, other), unmask, _OUT, _ERR, every_line=every_line, with_keys=with_keys)
    )


@cdp.command(short_help="Learn what agreement of two records is worth.")
def train() -> None:
    """Learn from all current records what agreement of two records is worth; keep, print and draw it.

    Runs use the kept model until it is trained again, or there are twice the records. Nothing is read from the raw
    folder, and nothing is published.

    Exit status: 0 when a model was trained; 1 when there is nothing to train on; 2 for wrong usage.
    """
    with _starting():
        from cdp_pipeline.commands import train_model

    sys.exit(train_model(read_settings(), _OUT, _ERR))


@cdp.command(short_help="List or export the rejected rows.")
@click.option("--entity", type=ObjectType(), help="Only this entity.")
@click.option("--rule", help="Only rows that broke this rule, such as required:customerId.")
@click.option("--date", "day", type=_DAY, help="Only this drop date.")
@click.option("--limit", type=WholeNumber(1, 20), default=20, show_default=True, help="How many to print.")
@click.option("--csv", "target", type=LocalFile(), help="Export all of them, unmasked.")
def rejected(entity: str | None, rule: str | None, day: date | None, limit: int, target: Path | None) -> None:
    """List rejected rows, newest first; --csv exports them as sent, for `cdp repair`.

    Exit status: 0 when the rows are listed or exported, also when there is none; 1 when nothing was read yet; 2 for
    wrong usage.
    """
    with _starting():
        from cdp_pipeline.commands import list_rejected

    sys.exit(list_rejected(read_settings(), entity, rule, day, limit, target, _OUT, _ERR))


@cdp.command(short_help="Put corrected rows of an export back.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", "is_written", is_flag=True, help="Write the delivery; without it, only print its content.")
def repair(file: Path, is_written: bool) -> None:
    """Put the corrected rows of FILE, an export of `cdp rejected --csv`, back as a delivery for the next run.

    Rows that are as they were exported are left out, and so is what only a spreadsheet has rewritten.

    Exit status: 0 when all corrected rows are put back, or would be; 1 when one of them is not, while the others are,
    or when none is corrected; 2 when FILE cannot be used, and for wrong usage.
    """
    with _starting():
        from cdp_pipeline.commands import repair_rows

    sys.exit(repair_rows(read_settings(), file, _OUT, _ERR, is_written=is_written))


def _takes(detail: str) -> bool:
    """Whether a request that can be made needs it."""
    return any(detail in kind.details for kind in KINDS.values())


@cdp.command(short_help="Preview or execute the request of a person.")
@click.argument("kind", type=click.Choice(offered_kinds()))
@click.option("--key", required=True, help="Whose request it is: a person id, phone, e-mail or id of a record.")
@click.option("--received", type=DropDate("date"), help="When it was received; today when left out.")
@click.option("--reason", help="Why; what is known of the person, dates, contacts and ids are masked.")
@click.option(
    "--purpose",
    "purposes",
    type=click.Choice(PURPOSES),
    multiple=True,
    hidden=not _takes("purposes"),
    help="What a restriction or objection is about; may be repeated.",
)
@click.option("--attribute", hidden=not _takes("attribute"), help="What a correction changes, such as birth_date.")
@click.option(
    "--value", hidden=not _takes("value"), help='The right value of a corrected attribute; "" if there is none.'
)
@click.option("--rewrite-raw", is_flag=True, help="Of an erasure: rewrite raw files without the person's rows.")
@click.option("--enter", is_flag=True, help="Enter the request, so that its dates are watched; execute nothing yet.")
@click.option("--yes", is_flag=True, help="Execute it; without --yes and --enter, only print what it concerns.")
def request(
    kind: "Kind",
    key: str,
    received: date | None,
    reason: str | None,
    purposes: tuple[str, ...],
    attribute: str | None,
    value: str | None,
    rewrite_raw: bool,
    enter: bool,
    yes: bool,
) -> None:
    """Preview or execute the request of a person about their data.

    A key that fits several people lists them and does nothing. A request that is entered or was interrupted goes on
    when it is made again.

    For an erasure that is done, `erase` with its id as key lists the raw files that hold rows of the person.

    Exit status: 0 when the request is previewed, entered or executed; 1 when the key fits no person or several, nothing
    is published, it could not be executed, or a raw file could not be rewritten; 2 for wrong usage.
    """
    given = {
        "purposes": bool(purposes),
        "attribute": attribute is not None,
        "value": value is not None,
        "reason": reason is not None,
    }
    needed = KINDS[kind].details if kind in KINDS else frozenset()
    for name, is_given in given.items():
        option = "--purpose" if name == "purposes" else f"--{name}"
        if is_given and name not in needed and name != "reason":
            raise click.UsageError(f"{option} means nothing to {kind}; leave it out.")
        if not is_given and name in needed:
            raise click.UsageError(f"{kind} needs {option}.")
    if rewrite_raw and kind != "erase":
        raise click.UsageError(f"--rewrite-raw means nothing to {kind}; leave it out.")
    if rewrite_raw and not yes:
        raise click.UsageError(
            "--rewrite-raw needs --yes; without both, the raw files with the person's rows are listed."
        )
    if enter and yes:
        raise click.UsageError("Choose one of --enter and --yes.")
    settings = read_settings()
    if received and received > settings.today:
        raise click.UsageError(f"--received lies ahead; today is {settings.today}.")
    with _starting():
        from cdp_pipeline.commands import Asked, make_request

    asked = Asked(kind, key, received, reason, tuple(dict.fromkeys(purposes)), attribute, value, rewrite_raw)
    mode: Mode = "execute" if yes else "enter" if enter else "preview"
    sys.exit(make_request(settings, asked, mode, lambda: _run_daily(settings), _OUT, _ERR))


@cdp.command(short_help="List the requests of people with their dates.")
@click.argument("action", required=False, type=click.Choice(["answer", "refuse", "verify"]))
@click.argument("request_id", required=False, metavar="[ID]")
@click.option("--reason", help="Why a request is refused.")
def requests(action: Literal["answer", "refuse", "verify"] | None, request_id: str | None, reason: str | None) -> None:
    """List the requests of people with their dates; or answer, refuse or verify the one of an ID.

    `answer` records that the first answer was given, `refuse` closes a request, `verify` checks the proof of one that
    is done.

    Exit status: 0 when the requests are listed, or the proof holds, or the answer or refusal is recorded; 1 when there
    is no such request or it is closed, or the proof does not hold; 2 for wrong usage.
    """
    if action and not request_id:
        raise click.UsageError(f"{action} needs the ID of a request; `cdp requests` lists them.")
    if (action == "refuse") != (reason is not None):
        raise click.UsageError("refuse needs --reason, and nothing else has one.")
    with _starting():
        from cdp_pipeline.commands import act_on_request, list_requests

    if action and request_id:
        sys.exit(act_on_request(read_settings(), action, request_id, reason, _OUT, _ERR))
    sys.exit(list_requests(read_settings(), _OUT, _ERR))


@cdp.command(short_help="Show what is older than its period.")
@click.option("--yes", is_flag=True, help="Remove it by a run; without --yes, only print what it is.")
def retention(yes: bool) -> None:
    """Show what is older than its period in the file of CDP_RETENTION, by layer and entity; every run removes it.

    Exit status: 0 when it is shown, also when there is none, or removed; 1 when it cannot be found, or the run failed;
    2 for wrong usage; 3 when it is removed, but deliveries are held.
    """
    settings = read_settings()
    with _starting():
        from cdp_pipeline.commands import preview_retention

    sys.exit(preview_retention(settings, _OUT, _ERR, (lambda: _run_daily(settings)) if yes else None))


@cdp.command(short_help="Write tables without names, for analysts or a partner.")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--purpose", required=True, help="Names the export; only exports of one purpose can be joined.")
@click.option(
    "--for",
    "use",
    type=click.Choice(PURPOSES),
    default="analytics",
    show_default=True,
    help="What they are used for; who forbids that is left out.",
)
@click.option("--table", "tables", multiple=True, help="A table to write; may be repeated. All without it.")
@click.option(
    "--times", type=click.Choice(["month", "day"]), default="month", show_default=True, help="How times are written."
)
@click.option("--k", "smallest_group", type=WholeNumber(2, 5), help="Empty what describes people in groups below it.")
def pseudonymise(
    directory: Path,
    purpose: str,
    use: "Use",
    tables: tuple[str, ...],
    times: "Period",
    smallest_group: int | None,
) -> None:
    """Write the published tables into DIRECTORY as Parquet: ids as pseudonyms, times and places coarse, no names.

    Left out are names, contacts, documents, texts that people wrote, coordinates and photos, and all rows of people
    who forbid the use. What is written is still personal data.

    Exit status: 0 when the tables are written; 1 when nothing is published, or the request of a person is being carried
    out; 2 when DIRECTORY is not empty, and for wrong usage.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", purpose):
        raise click.UsageError(
            f"'{purpose}' cannot name a purpose; expected up to 40 lower-case letters, digits and hyphens, such as "
            "churn-study."
        )
    with _starting():
        from cdp_pipeline.commands import Wanted, pseudonymise_tables

    wanted = Wanted(directory, purpose, use, tuple(dict.fromkeys(tables)), times, smallest_group)
    sys.exit(pseudonymise_tables(read_settings(), wanted, _OUT, _ERR))


@cdp.command("check-file", short_help="Show what a run would make of a file.")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--entity", type=ObjectType(), help="Whose rows the file holds; a file in a landing folder needs none.")
@click.option("--mapping", help="The one mapping to read it by: its name, or the path of its .toml file.")
def check(file: Path | None, entity: str | None, mapping: str | None) -> None:
    """Show what a run would make of FILE: which rows it would reject and why. Nothing is stored.

    Without FILE, the fields that a header of the entity can mean are listed.

    Exit status: 0 when all rows would be accepted; 1 when one would be rejected, or there is none; 2 for wrong usage.
    """
    with _starting():
        from cdp_pipeline.commands import check_file, list_fields
        from cdp_pipeline.entities.registry import BY_OBJECT_TYPE

    if entity is None:
        entity = next((name for name in file.absolute().parts if name in BY_OBJECT_TYPE), None) if file else None
    if entity is None:
        raise click.UsageError(f"Name whose rows the file holds: --entity with one of {', '.join(BY_OBJECT_TYPE)}.")
    if file is None:
        list_fields(BY_OBJECT_TYPE[entity], _OUT)
        return
    sys.exit(check_file(read_settings(), file, BY_OBJECT_TYPE[entity], mapping, _OUT))


@cdp.command(short_help="Write a new project, with or without a sample.")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--sample", is_flag=True, help="With a sample of three days: made-up people in every kind of file.")
def init(directory: Path, sample: bool) -> None:
    """Write a new project into DIRECTORY: settings, landing folders, and what Dagster reads; prints the next steps.

    Exit status: 0 when the project is written; 2 when DIRECTORY is not empty, and for wrong usage.
    """
    with _starting():
        from cdp_pipeline.commands import write_project

    sys.exit(write_project(directory, sample, _OUT, _ERR))


@cdp.command(short_help="Write synthetic deliveries of every entity.")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--people", type=WholeNumber(1, 1000), default=1000, show_default=True, help="How many people.")
@click.option("--days", type=WholeNumber(1, 3), default=3, show_default=True, help="Over how many drop dates.")
@click.option("--seed", type=WholeNumber(0, 1), default=1, show_default=True, help="Same seed, same files.")
def generate(directory: Path, people: int, days: int, seed: int) -> None:
    """Write synthetic deliveries of every entity into DIRECTORY, with the truth in truth.parquet.

    Exit status: 0 when the deliveries are written; 2 when they cannot be made or DIRECTORY holds some already, and for
    wrong usage.
    """
    with _starting():
        from cdp_pipeline.commands import write_deliveries

    sys.exit(write_deliveries(directory, people, days, seed, _OUT, _ERR))
