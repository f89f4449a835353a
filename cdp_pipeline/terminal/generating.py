"""`cdp generate`: writes a synthetic drop and says what is in it."""

from pathlib import Path
from shlex import quote

from rich.console import Console

from cdp_pipeline.generator.drop import generate
from cdp_pipeline.settings import PREFIX
from cdp_pipeline.terminal.printing import print_text, program


def write_drop(directory: Path, people: int, days: int, seed: int, out: Console, err: Console) -> int:
    """Write the drop; returns the exit status, 2 when it cannot be written as asked."""
    try:
        with out.status(f"Writing {people:,} people over {days} days") as status:

            def tell(done: int, of: int) -> None:
                status.update(f"{done:,} of {of:,} people written")

            drop = generate(directory, people, days, seed, progress=tell)
    except (ValueError, FileExistsError) as error:
        print_text(err, str(error))
        return 2
    print_text(
        out,
        f"{drop.rows:,} entries of {drop.people:,} people in {drop.households:,} households, in {len(drop.files):,} "
        f"files below {directory}; the truth is in {drop.truth}.",
    )
    print_text(
        out, "Next, in a lake and database of their own, as these people must not come among real ones; in one piece:"
    )
    for line in command_for(directory.absolute()):
        print_text(out, f"  {line}")
    print_text(out, "With the same variables in front, `cdp show` and the other commands look into it.")
    return 0


def command_for(directory: Path) -> list[str]:
    """The lines of one command that reads the drop and keeps what it makes of it apart; nothing stays in the shell."""
    apart = directory.with_name(f"{directory.name}-made")
    of_its_own = {"RAW_DIR": directory, "LAKE_DIR": apart / "lake", "DATABASE_URL": f"sqlite:///{apart / 'cdp.db'}"}
    return [*(f"{PREFIX}{name}={quote(str(value))} \\" for name, value in of_its_own.items()), f"{program()} run"]
