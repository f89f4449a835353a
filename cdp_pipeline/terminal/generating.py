"""`cdp generate`: writes a synthetic drop and says what is in it."""

from pathlib import Path

from rich.console import Console

from cdp_pipeline.generator.drop import generate
from cdp_pipeline.terminal.printing import print_text


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
    print_text(out, f"Next: CDP_RAW_DIR={directory} cdp run")
    return 0
