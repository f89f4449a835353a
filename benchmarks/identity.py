"""Identity at a million records, beside Splink and SciPy, in one process.

    python -m benchmarks.identity [--records N] [--seed S]

Customers of a few systems with the usual Vietnamese names, phones, e-mails, birth dates and addresses, a tenth of them
there twice. The pipeline's whole identity step is measured against Splink's own train, predict and cluster on the same
records, by a small recipe (block on phone, e-mail, and name with birth date), and against its predict and cluster on
the pairs that the pipeline compares. Connected components are measured against SciPy's and Splink's on the same links.
Each line runs in a process of its own, so that its peak memory is its own.
"""

import argparse
import logging
import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from splink import DuckDBAPI, Linker, SettingsCreator, block_on, comparison_library as cl
from splink.clustering import cluster_pairwise_predictions_at_threshold

from benchmarks.measure import Measured, Report
from cdp_pipeline.backend import Workspace
from cdp_pipeline.current import current_table, latest_versions
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity import Choices
from cdp_pipeline.identity.clustering import crowded_query, label_components
from cdp_pipeline.identity.configuration import no_overrides, read_rules
from cdp_pipeline.identity.matching import find_candidates, find_identifiers, find_nodes, find_records, find_references
from cdp_pipeline.pipeline import update_persons
from cdp_pipeline.staging import StagingContext, stage_rows
from cdp_pipeline.store import Lake
from cdp_pipeline.validation import accepted_table
from cdp_pipeline.values.components import find_components

FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
]
MIDDLE = [
    "Văn",
    "Thị",
    "Minh",
    "Thanh",
    "Ngọc",
    "Quốc",
    "Hữu",
    "Đức",
    "Kim",
    "Xuân",
    "Hồng",
    "Bảo",
    "Gia",
    "Anh",
    "Thu",
]
GIVEN = [
    begins + ends
    for begins in ("Ha", "Li", "Mi", "Tu", "Ph", "Ng", "Th", "Tr", "Kh", "Vi", "Qu", "Bi")
    for ends in ("nh", "ng", "a", "u", "i", "oa", "an", "em")
]
DAY = datetime(2026, 11, 16, tzinfo=UTC)
TWICE = 0.1


def write_lake(root: Path, records: int, seed: int) -> None:
    """Put the records into a lake as current customer identities."""
    dice = np.random.default_rng(seed)
    people = int(records / (1 + TWICE))
    who = np.concatenate([np.arange(people), dice.choice(people, records - people, replace=False)])
    drawn = pl.DataFrame(
        {
            "who": np.arange(people),
            "family": dice.choice(FAMILY, people),
            "middle": dice.choice(MIDDLE, people),
            "given": dice.choice(GIVEN, people),
            "phone": 912_000_000 + np.arange(people),
            "born": dice.integers(0, 22_000, people),
            "house": dice.integers(1, 400, people),
            "street": dice.integers(0, 5_000, people),
            "city": dice.integers(0, 63, people),
        }
    )
    second = np.arange(records) >= people
    rows = pl.DataFrame({"who": who, "second": second}).join(drawn, on="who", maintain_order="left")
    no_mail = dice.random(records) < 0.4
    accepted = rows.select(
        customer_id=pl.int_range(pl.len()).cast(pl.String),
        system_name=pl.when("second").then(pl.lit("POS")).otherwise(pl.lit("CRM")),
        full_name=pl.when("second")
        .then(pl.format("{} {}", "given", "family"))
        .otherwise(pl.format("{} {} {}", "family", "middle", "given")),
        phone=pl.format("0{}", "phone"),
        email=pl.when(~pl.Series(no_mail)).then(pl.format("p{}@example.com", "who")),
        dob_2=pl.date(1945, 1, 1) + pl.duration(days="born"),
        address=pl.format("{} Đường {}", "house", "street"),
        city=pl.format("Tỉnh {}", "city"),
        is_deleted=pl.lit(value=False),
        source_row=pl.int_range(1, pl.len() + 1),
        entry_number=pl.lit(1, pl.Int64),
    )
    schema = accepted_table(CUSTOMER_IDENTITY).schema
    whole = accepted.select(
        (pl.col(c) if c in accepted.columns else pl.lit(None)).cast(dtype).alias(c) for c, dtype in schema.items()
    )
    staged = stage_rows(whole, CUSTOMER_IDENTITY, StagingContext("VN", 7, {}, DAY.date())).rows
    lake = Lake(root)
    latest = current_table(CUSTOMER_IDENTITY).conform(latest_versions(staged.lazy(), CUSTOMER_IDENTITY))
    lake.write("current", CUSTOMER_IDENTITY.name, latest)


def our_identity(root: Path) -> int:
    """The pipeline's whole identity step: read, train, compare, cluster, keep ids, write."""
    choices = Choices("company", read_rules(None), no_overrides(), merge_probability=0.8, suggest_probability=0.5)
    return update_persons(Lake(root), ENTITIES, choices, DAY).people


def splink_identity(root: Path) -> int:
    """Splink's own train, predict and cluster on the same records."""
    api = DuckDBAPI()
    frame = api.register(_compared(root).to_arrow())
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_key",
        comparisons=[
            cl.JaroWinklerAtThresholds("name_match", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("phone_e164"),
            cl.ExactMatch("email_normalized"),
            cl.ExactMatch("birth_date"),
            cl.ExactMatch("city"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("phone_e164"),
            block_on("email_normalized"),
            block_on("name_match", "birth_date"),
        ],
    )
    linker = Linker(frame, settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match([block_on("phone_e164")], recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("phone_e164"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("name_match", "birth_date"))
    predicted = linker.inference.predict(threshold_match_probability=0.9)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, 0.9)
    return int(pl.from_arrow(clusters.as_pyarrow_table())["cluster_id"].n_unique())  # type: ignore[index]


def splink_on_our_candidates(root: Path) -> int:
    """Splink's predict and cluster on the pairs that the pipeline compares, with Splink's own comparisons."""
    lake = Lake(root)
    current = {e.name: pl.LazyFrame(schema=current_table(e).schema) for e in ENTITIES}
    current[CUSTOMER_IDENTITY.name] = lake.scan("current", CUSTOMER_IDENTITY.name)
    work, blocked = Workspace(root / "work"), read_rules(None).blocked
    find_nodes(work, current, ENTITIES, "company")
    find_references(work, blocked)
    find_identifiers(work, current, ENTITIES, blocked)
    work.run(crowded_query(read_rules(None).limits))
    find_candidates(work, int(find_records(work).sum()))
    ends = work.scan("candidates").with_row_index("key").unpivot(["node_a", "node_b"], index="key", value_name="node")
    keys = ends.group_by("node").agg(keys="key")
    columns = ["node", "name_match", "birth", "phone", "email", "address_match", "city_match"]
    records = work.scan("records").select(columns).join(keys, on="node", how="left").collect()
    frame = DuckDBAPI().register(records.to_arrow())
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="node",
        comparisons=[
            cl.JaroWinklerAtThresholds("name_match", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("birth", [1, 2]),
            cl.ExactMatch("phone"),
            cl.JaroWinklerAtThresholds("email", [0.92]),
            cl.JaroWinklerAtThresholds("address_match", [0.93]),
            cl.JaroWinklerAtThresholds("city_match", [0.93]),
        ],
        blocking_rules_to_generate_predictions=[block_on("keys", arrays_to_explode=["keys"])],
    )
    linker = Linker(frame, settings, log_level=logging.ERROR)
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, 0.9)
    return int(pl.from_arrow(clusters.as_pyarrow_table())["cluster_id"].n_unique())  # type: ignore[index]


def our_components(root: Path) -> int:
    """Our connected components, of a bucket."""
    edges, nodes = _edges(root)
    return find_components(edges, nodes).n_unique()


def our_portable_components(root: Path) -> int:
    """Our connected components of everybody, in SQL over files."""
    edges, nodes = _edges(root)
    work = Workspace(root / "components")
    work.write("edges", edges)
    label_components(work)
    return nodes - work.scalar("SELECT COUNT(*) FROM labels", "labels")


def scipy_components(root: Path) -> int:
    """SciPy's, with the same frame in and a frame out."""
    edges, nodes = _edges(root)
    a, b = edges["a"].to_numpy(), edges["b"].to_numpy()
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(nodes, nodes))
    found, label = connected_components(graph, directed=False)
    pl.Series("cluster", label)
    return int(found)


def splink_components(root: Path) -> int:
    """Splink's, on DuckDB."""
    return _splink_clusters(*_edges(root))


def _splink_clusters(edges: pl.DataFrame, nodes: int) -> int:
    found = cluster_pairwise_predictions_at_threshold(
        pl.DataFrame({"unique_id": pl.int_range(nodes, eager=True)}).to_arrow(),
        edges.select(unique_id_l="a", unique_id_r="b", match_probability=pl.lit(1.0)).to_arrow(),
        DuckDBAPI(),
        node_id_column_name="unique_id",
        edge_id_column_name_left="unique_id_l",
        edge_id_column_name_right="unique_id_r",
        threshold_match_probability=0.5,
    )
    return int(pl.from_arrow(found.as_pyarrow_table())["cluster_id"].n_unique())  # type: ignore[index]


def _compared(root: Path) -> pl.DataFrame:
    columns = ["record_key", "name_match", "phone_e164", "email_normalized", "birth_date", "city"]
    return Lake(root).scan("current", "customer_identity").select(columns).collect()


def _edges(root: Path) -> tuple[pl.DataFrame, int]:
    """Records linked by phone and by e-mail, as stars, and a chain through a hundredth of them."""
    frame = _compared(root).with_row_index("node")
    stars = [
        frame.filter(pl.col(column).is_not_null())
        .with_columns(a=pl.col("node").min().over(column))
        .filter(pl.col("a") != pl.col("node"))
        .select("a", b="node")
        for column in ("phone_e164", "email_normalized")
    ]
    chain = frame.head(frame.height // 100).select(a=pl.col("node").shift(1), b="node").drop_nulls()
    return pl.concat([*stars, chain]), frame.height


WORK: dict[str, Callable[[Path], int]] = {
    "the whole identity step": our_identity,
    "baseline: Splink trains, predicts, clusters": splink_identity,
    "baseline: Splink predicts, clusters our pairs": splink_on_our_candidates,
    "connected components of a bucket": our_components,
    "connected components of everybody": our_portable_components,
    "baseline: SciPy's connected components": scipy_components,
    "baseline: Splink's clustering": splink_components,
}


def _measured(what: str, root: Path, records: int) -> tuple[Measured, int]:
    report = Report()
    with report.measuring(what) as line:
        found = WORK[what](root)
        line.rows = records
    return report.lines[0], found


def main() -> None:
    """Print one line per piece of work."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cdp-bench-") as scratch:
        root = Path(scratch)
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(1, maxtasksperchild=1) as pool:
            pool.apply(write_lake, (root, chosen.records, chosen.seed))
        report, people = Report(), []
        for what in WORK:
            with spawn.Pool(1, maxtasksperchild=1) as pool:
                line, found = pool.apply(_measured, (what, root, chosen.records))
            report.lines.append(line)
            people.append(f"{what}: {found:,} clusters\n")
        report.print()
        sys.stdout.writelines(people)


if __name__ == "__main__":
    main()
