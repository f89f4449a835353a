"""`cdp generate`: writes a synthetic drop and says what is in it."""

from pathlib import Path

from rich.console import Console

from cdp_pipeline.generator.generate import generate


def write_drop(directory: Path, people: int, days: int, seed: int, out: Console) -> int:
    """Write the drop; returns the exit status."""
    with out.status(f"Writing {people:,} people over {days} days") as status:
        drop = generate(directory, people, days, seed, progress=lambda done: status.update(f"{done:,} people written"))
    out.print(
        f"{drop.rows:,} entries of {len(drop.entities)} entities in {drop.files:,} files below {directory}; "
        f"the truth is in {directory / 'truth.parquet'}."
    )
    out.print(f"Next: CDP_RAW_DIR={directory} cdp run", soft_wrap=True)
    return 0
