"""`cdp generate`: writes synthetic deliveries and prints what they hold."""

from pathlib import Path
from shlex import quote

from rich.console import Console

from cdp_pipeline.commands.printing import print_text, print_verbatim, program
from cdp_pipeline.generator import generate
from cdp_pipeline.settings import PREFIX


def write_deliveries(directory: Path, people: int, days: int, seed: int, out: Console, err: Console) -> int:
    """Write the deliveries; returns the exit status, 2 if they cannot be written as requested."""
    try:
        with out.status(f"Writing {people:,} people over {days} days") as status:

            def show_progress(done: int, of: int) -> None:
                status.update(f"{done:,} of {of:,} people written")

            deliveries = generate(directory, people, days, seed, progress=show_progress)
    except (ValueError, FileExistsError) as error:
        print_text(err, str(error))
        return 2
    print_text(
        out,
        f"{deliveries.rows:,} entries of {deliveries.people:,} people in {deliveries.households:,} households, in "
        f"{len(deliveries.files):,} files below {directory}; the truth is in {deliveries.truth}.",
    )
    print_text(
        out, "Next, in a lake and database of their own, as these people must not come among real ones; in one piece:"
    )
    print_verbatim(out, (f"  {line}" for line in command_for(directory.absolute())))
    print_text(out, "With the same variables in front, `cdp show` and the other commands use it.")
    return 0


def command_for(directory: Path) -> list[str]:
    """The lines of one command that reads the deliveries into a lake and database of their own, without shell state."""
    apart = directory.with_name(f"{directory.name}-made")
    of_its_own = {"RAW_DIR": directory, "LAKE_DIR": apart / "lake", "DATABASE_URL": f"sqlite:///{apart / 'cdp.db'}"}
    return [*(f"{PREFIX}{name}={quote(str(value))} \\" for name, value in of_its_own.items()), f"{program()} run"]
