"""Operators' decisions that two records are the same or different people -> the decisions in force.

`read_overrides` reads the file; `apply_overrides` resolves conflicts between its lines over the nodes of the identity
graph. Invalid lines are reported with their number and never stop a run. `persons/resolve.py` and `clustering/cuts.py`
apply the decisions to links and clusters.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from cdp_pipeline.identity.clustering.cuts import refused_joins

COLUMNS: Final = ("record_key_a", "record_key_b", "decision", "by", "why", "when")

DECISIONS: Final = pl.Schema(
    {
        "line": pl.Int64(),
        **dict.fromkeys(("record_key_a", "record_key_b", "decision", "by", "why"), pl.String()),
        "decided_at": pl.Datetime("ms", "UTC"),
    }
)
PROBLEMS: Final = pl.Schema({"line": pl.Int64(), "problem": pl.String(), "evidence": pl.String()})

# Messages show only texts in the form of a key: a cell in the wrong column may hold a name.
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*:[0-9A-Za-z]+")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_REPLACED: Final = "\ufffd"


@dataclass(frozen=True)
class Overrides:
    """The content of an overrides file.

    Attributes:
        decisions: One row per valid line: line, record_key_a < record_key_b, decision (same or different), by, why,
            decided_at.
        problems: One row per problem: line, problem, evidence.
    """

    decisions: pl.DataFrame
    problems: pl.DataFrame


@dataclass(frozen=True)
class AppliedOverrides:
    """The decisions in force.

    Attributes:
        same: One row per pair of nodes decided to be one person: node_a < node_b, line, and the line's record of each
            node as record_key_a and record_key_b.
        different: One row per pair of nodes decided to be two people, with the same columns.
        problems: One row per line that is not applied: line, problem, evidence.
    """

    same: pl.DataFrame
    different: pl.DataFrame
    problems: pl.DataFrame


class _WrongLineError(ValueError):
    """The problem of an invalid line."""


def read_overrides(path: Path) -> Overrides:
    """Read an overrides file: one row per valid line, and one problem per invalid one; its content raises no error.

    `line` is the line of the file on which a decision begins. A date without a time means midnight, a time without an
    offset means UTC, and a missing date is null. A line with letters that are not UTF-8 is valid and is reported.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        expected = "expected a CSV file; correct the setting or put the file there"
        return _only_problem(f"The overrides file cannot be read: {expected}.", f"{path}: {error.strerror}")
    if content.startswith(_UTF_16):
        return _only_problem("The file is UTF-16: expected UTF-8; save it as 'CSV UTF-8'.", str(path))
    text = content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = [f"{line}\n" for line in text.split("\n")]
    delimiter = ";" if next((line for line in lines if line.strip()), "").count(";") else ","
    decisions: list[tuple[object, ...]] = []
    problems: list[tuple[int, str, str]] = []
    positions: dict[str, int] | None = None
    # Python's csv module and a loop: the file is written by hand, so it is small, and each line needs its number and
    # its own error, which the readers of large files do not give.
    for line, cells in _records(lines, delimiter):
        if positions is None:
            names = [cell.strip().lower() for cell in cells or ()]
            if any(names.count(name) != 1 for name in COLUMNS):
                missing = ", ".join(name for name in COLUMNS if names.count(name) != 1)
                return _only_problem(
                    f"The header is wrong: expected the columns {', '.join(COLUMNS)}, each once; correct the header.",
                    f"{len(names)} columns; missing or repeated: {missing}",
                )
            positions, width = {name: names.index(name) for name in COLUMNS}, len(names)
            continue
        try:
            decisions.append(_decision(line, cells, positions, width))
        except _WrongLineError as error:
            problems.append((line, str(error), _evidence(cells, positions)))
        else:
            if any(_REPLACED in cell for cell in cells or ()):
                problem = "The line holds, but some of its letters are not UTF-8: save the file as 'CSV UTF-8'."
                problems.append((line, problem, _evidence(cells, positions)))
    if positions is None:
        expected = f"expected a header of {', '.join(COLUMNS)}; write one or remove the setting"
        return _only_problem(f"The overrides file is empty: {expected}.", str(path))
    return Overrides(pl.DataFrame(decisions, DECISIONS, orient="row"), pl.DataFrame(problems, PROBLEMS, orient="row"))


def no_overrides() -> Overrides:
    """Overrides without decisions and problems, for runs without an overrides file."""
    return Overrides(DECISIONS.to_frame(), PROBLEMS.to_frame())


def named_records(overrides: Overrides) -> pl.Series:
    """The record keys that the lines name, those that are not applied included; each once."""
    evidence = overrides.problems["evidence"].str.extract_all(_KEY.pattern).explode().drop_nulls()
    named = [overrides.decisions["record_key_a"], overrides.decisions["record_key_b"], evidence]
    return pl.concat([keys.rename("record_key") for keys in named]).unique().sort()


def without_records(overrides: Overrides, record_keys: pl.Series) -> Overrides:
    """The overrides without the lines that name one of the records; each is a problem that does not repeat the key."""
    erased = record_keys.to_list()
    is_erased = pl.col("record_key_a").is_in(erased) | pl.col("record_key_b").is_in(erased)
    problem = "The line names a record of a person who was erased on request: it is not applied; remove the line."
    lines = overrides.decisions.filter(is_erased)["line"].to_frame().with_columns(pl.lit(problem).alias("problem"))
    names_one = pl.col("evidence").str.extract_all(_KEY.pattern).list.eval(pl.element().is_in(erased)).list.any()
    named = overrides.problems.with_columns(evidence=pl.when(~names_one.fill_null(value=False)).then("evidence"))
    problems = pl.concat([named, lines.with_columns(evidence=pl.lit(None, pl.String))])
    return Overrides(overrides.decisions.filter(~is_erased), problems.sort("line", "problem"))


def _only_problem(problem: str, evidence: str) -> Overrides:
    return Overrides(DECISIONS.to_frame(), pl.DataFrame([(1, problem, evidence)], PROBLEMS, orient="row"))


def _records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """The first line's number and the cells of each record that is not blank; None for a record that cannot be read.

    An unclosed quote would include the lines below it, so reading resumes on the line after the damaged one.
    """
    position = 0

    def rest() -> Iterator[str]:
        nonlocal position
        while position < len(lines):
            position += 1
            yield lines[position - 1]

    reader = csv.reader(rest(), delimiter=delimiter, skipinitialspace=True, strict=True)
    while position < len(lines):
        first = position
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            position = first + 1
            reader = csv.reader(rest(), delimiter=delimiter, skipinitialspace=True, strict=True)
            yield first + 1, None
        else:
            if any(cell.strip() for cell in cells):
                yield first + 1, cells


def _decision(line: int, cells: list[str] | None, positions: dict[str, int], width: int) -> tuple[object, ...]:
    """Parse one line to a row of DECISIONS; raises _WrongLineError."""
    if cells is None:
        raise _WrongLineError("The line cannot be read: a quote is not closed, or a cell is far too long.")
    if len(cells) != width:
        raise _WrongLineError(f"{len(cells)} cells: expected {width}; quote a cell that holds the separator.")
    cell = {name: cells[position].strip() for name, position in positions.items()}
    for name in ("record_key_a", "record_key_b", "decision", "by", "why"):
        if not cell[name]:
            raise _WrongLineError(f"Nothing in {name}: expected a value; fill it in.")
    for name in ("record_key_a", "record_key_b"):
        if not _KEY.fullmatch(cell[name]):
            raise _WrongLineError(f"No record key in {name}: expected one such as customer-identity:3f2a; copy it.")
    if cell["record_key_a"] == cell["record_key_b"]:
        raise _WrongLineError("A record is paired with itself: expected two records; name the other one.")
    decision = cell["decision"].lower()
    if decision not in ("same", "different"):
        raise _WrongLineError("The decision is neither same nor different: write one of them.")
    low, high = sorted((cell["record_key_a"], cell["record_key_b"]))
    return line, low, high, decision, cell["by"], cell["why"], _timestamp(cell["when"])


def _timestamp(text: str) -> datetime | None:
    if not text:
        return None
    try:
        timestamp = datetime.fromisoformat(text)
        return timestamp.replace(tzinfo=UTC) if timestamp.tzinfo is None else timestamp.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _WrongLineError("No date in when: expected one such as 2026-11-16 or 2026-11-16T09:30+07:00.") from None


def _evidence(cells: list[str] | None, positions: dict[str, int]) -> str:
    """The record keys of a line, if present; other cells may hold personal data."""
    shown = []
    for name in ("record_key_a", "record_key_b"):
        found = cells[positions[name]].strip() if cells and positions[name] < len(cells) else ""
        shown.append(found if _KEY.fullmatch(found) else f"{len(found)} characters" if found else "nothing")
    return f"record_key_a: {shown[0]}; record_key_b: {shown[1]}"


def apply_overrides(decisions: pl.DataFrame, members: pl.DataFrame) -> AppliedOverrides:
    """Resolve the decisions to pairs of nodes; each decision that is not applied is reported with its line.

    1. Of several decisions on one pair of nodes the latest holds. A missing date is the oldest. At equal dates
       `different` holds, then the later line.
    2. Every `different` that holds is applied.
    3. A `same` is applied, the newest first, unless it would join two nodes that are decided to be different, directly
       or through `same` decisions applied before.

    The order of lines decides only ties.

    Args:
        decisions: `Overrides.decisions`.
        members: record_key, node (UInt32) of every record in the graph.
    """
    node = members.select("record_key", "node").unique("record_key", maintain_order=True)
    known = decisions.join(node, left_on="record_key_a", right_on="record_key", how="left").join(
        node, left_on="record_key_b", right_on="record_key", how="left", suffix="_b"
    )
    is_known = pl.col("node").is_not_null() & pl.col("node_b").is_not_null()
    ranked = _by_age(known.filter(is_known))
    holding = ranked.filter("holds")
    one_node = pl.col("node") == pl.col("node_b")
    different = holding.filter(~one_node, pl.col("decision") == "different")
    same = holding.filter(~one_node, pl.col("decision") == "same")
    refused = _refused(same, different)
    problems = [
        _missing(known.filter(~is_known)),
        _superseded(ranked.filter(~pl.col("holds"))),
        holding.filter(one_node, pl.col("decision") == "different").select(
            "line",
            pl.lit("The two records cannot be separated: they name one contact in the same words.").alias("problem"),
            _pair().alias("evidence"),
        ),
        refused,
    ]
    return AppliedOverrides(
        _pairs(same.join(refused, on="line", how="anti")),
        _pairs(different),
        pl.concat(problems).sort("line", "problem", "evidence"),
    )


def _by_age(known: pl.DataFrame) -> pl.DataFrame:
    """The decisions, oldest first, with `holds` for the one in force on its pair, and its line as `holding_line`."""
    # Within one node, each pair of records is a separate pair.
    inside = pl.when(pl.col("node") == pl.col("node_b")).then(_pair())
    low, high = pl.min_horizontal("node", "node_b"), pl.max_horizontal("node", "node_b")
    key = ["low", "high", "inside"]
    return (
        known.with_columns(low=low, high=high, inside=inside)
        .sort(pl.col("decided_at"), pl.col("decision") == "different", pl.col("line"), nulls_last=False)
        .with_columns(
            pl.col("line").last().over(key).alias("holding_line"),
            pl.col("decision").last().over(key).alias("holding_decision"),
            pl.col("decided_at").last().over(key).alias("holding_at"),
        )
        .with_columns(holds=pl.col("line") == pl.col("holding_line"))
    )


def _missing(unknown: pl.DataFrame) -> pl.DataFrame:
    absent = pl.concat_str(
        pl.when(pl.col("node").is_null()).then("record_key_a"),
        pl.when(pl.col("node_b").is_null()).then("record_key_b"),
        separator=", ",
        ignore_nulls=True,
    )
    problem = "A record key does not exist, or its record is deleted: the line waits for it; correct it if mistyped."
    return unknown.select("line", pl.lit(problem).alias("problem"), absent.alias("evidence"))


def _superseded(older: pl.DataFrame) -> pl.DataFrame:
    contrary = (pl.col("decision") != pl.col("holding_decision")) & pl.col("decided_at").eq_missing(
        pl.col("holding_at")
    )
    by_line = pl.format("line {}", "holding_line")
    problem = (
        pl.when(contrary)
        .then(pl.format("With the same date, {} decides different, which holds.", by_line))
        .otherwise(pl.format("Superseded by {}.", by_line))
    )
    return older.select("line", problem.alias("problem"), _pair().alias("evidence"))


def _pair() -> pl.Expr:
    return pl.concat_str("record_key_a", "record_key_b", separator=", ")


def _pairs(held: pl.DataFrame) -> pl.DataFrame:
    """The pairs with the lower node first, and each record in the order of its node."""
    turned = pl.col("node") > pl.col("node_b")
    first, second = pl.col("record_key_a"), pl.col("record_key_b")
    return held.select(
        pl.col("low").alias("node_a"),
        pl.col("high").alias("node_b"),
        "line",
        pl.when(turned).then(second).otherwise(first).alias("record_key_a"),
        pl.when(turned).then(first).otherwise(second).alias("record_key_b"),
    ).sort("node_a", "node_b")


def _refused(same: pl.DataFrame, different: pl.DataFrame) -> pl.DataFrame:
    """The `same` decisions, given oldest first, that contradict a `different` one: line, problem, evidence."""
    pairs = dict(same.select("line", _pair()).iter_rows())
    found = refused_joins(
        same.select("low", "high", "line").reverse().iter_rows(), different.select("low", "high", "line").iter_rows()
    )
    problem = (
        "Not applied: with newer lines it would join two people decided to be different; correct one of the lines."
    )
    rows = [(line, problem, f"{pairs[line]}; against lines {', '.join(map(str, lines))}") for line, lines in found]
    return pl.DataFrame(rows, PROBLEMS, orient="row")
