"""`cdp generate`: writes synthetic deliveries and prints what they hold."""

from pathlib import Path
from shlex import quote

from rich.console import Console

from cdp_pipeline.commands.printing import print_text, print_verbatim, program, progress
from cdp_pipeline.generator import generate
from cdp_pipeline.settings import PREFIX
from cdp_pipeline.values.display_text import count_of


def write_deliveries(directory: Path, people: int, days: int, seed: int, out: Console, err: Console) -> int:
    """Write the deliveries; returns the exit status, 2 if they cannot be written as requested."""
    try:
        with progress(out, f"Writing {_people(people)} over {count_of(days, 'day')}") as status:

            def show_progress(done: int, of: int) -> None:
                status.update(f"{done:,} of {_people(of)} written")

            deliveries = generate(directory, people, days, seed, progress=show_progress)
    except (ValueError, FileExistsError) as error:
        print_text(err, str(error))
        return 2
    print_text(
        out,
        f"{count_of(deliveries.rows, 'row')} about {_people(deliveries.people)} in "
        f"{count_of(deliveries.households, 'household')}, in {count_of(len(deliveries.files), 'file')} below "
        f"{directory}. Who is who is in {deliveries.truth}.",
    )
    print_text(
        out,
        "Next, read them into a lake and database of their own, so that they do not mix with real people. Paste these "
        "lines together:",
    )
    print_verbatim(out, (f"  {line}" for line in command_for(directory.absolute())))
    print_text(out, "With the same variables in front, `cdp show` and the other commands use it.")
    return 0


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def command_for(directory: Path) -> list[str]:
    """The lines of one command that reads the deliveries into a lake and database of their own, without shell state."""
    apart = directory.with_name(f"{directory.name}-made")
    of_its_own = {"RAW_DIR": directory, "LAKE_DIR": apart / "lake", "DATABASE_URL": f"sqlite:///{apart / 'cdp.db'}"}
    return [*(f"{PREFIX}{name}={quote(str(value))} \\" for name, value in of_its_own.items()), f"{program()} run"]
