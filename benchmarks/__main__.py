"""`make bench`: a generated drop through every step, beside its baselines, in one process.

python -m benchmarks [--people N] [--days D] [--drop DIR]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.accuracy import measure
from benchmarks.measure import Report, settings_of
from benchmarks.pipeline import run_baselines, run_pipeline
from cdp_pipeline.generator import generate
from cdp_pipeline.store import Lake


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--drop", type=Path, help="a drop made by cdp generate, instead of a new one")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cdp-bench-") as scratch:
        folder, report = Path(scratch), Report()
        drop = chosen.drop or folder / "raw"
        if not chosen.drop:
            with report.measuring("generate the drop") as line:
                line.rows = generate(drop, chosen.people, chosen.days, chosen.seed).rows
        settings = settings_of(drop, folder)
        run_pipeline(settings, report)
        run_baselines(settings, report)
        report.print()
        for title, roles in (("identities and leads", ("person",)), ("and contacts", ("person", "contact"))):
            a = measure(drop, Lake(settings.lake_dir), roles)
            sys.stdout.write(
                f"{title}: precision {a.precision:.5f}, recall {a.recall:.5f} over {a.records:,} records of "
                f"{a.people:,} people; persons mixing a household: {a.mixed_households}\n"
            )


if __name__ == "__main__":
    main()
