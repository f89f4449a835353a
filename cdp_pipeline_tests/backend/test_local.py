"""Portable SQL: every text of a set-based step stays inside what other engines answer alike."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import sqlglot
from sqlglot import exp

import cdp_pipeline
from cdp_pipeline.backend.local import Query, Workspace
from cdp_pipeline.identity.clustering.graph import crowded_query, edges_query
from cdp_pipeline.identity.persons.evidence import skipped_query

LIMITS = {"phone": 8, "email": 6}
ALIKE_NAMED = {"hash", "xxhash64", "strip_accents", "nfc_normalize"}


def queries() -> Iterator[Query]:
    """Every query of the steps: the constants of their modules, and those that limits are written into."""
    yield from (crowded_query(LIMITS), edges_query(LIMITS), skipped_query(60))
    for module in pkgutil.walk_packages(cdp_pipeline.__path__, "cdp_pipeline."):
        if not module.name.startswith(("cdp_pipeline.identity", "cdp_pipeline.current", "cdp_pipeline.pipeline")):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            yield from (one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Query))


QUERIES = {(query.makes, query.sql): query for query in queries()}


def is_double(node: exp.Expression) -> bool:
    return isinstance(node, exp.Cast) and node.to.is_type(exp.DataType.Type.DOUBLE)


def refusals(sql: str) -> list[str]:
    """What in a text another engine answers otherwise; measured for Spark 4 and Sail."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    found = []
    for node in tree.walk():
        inside = node.args.get("this")
        if isinstance(node, exp.ArrayAgg | exp.First | exp.Last) and isinstance(inside, exp.Order):
            found.append("an ordered list loses its order: sort a list of structs")
        if isinstance(node, exp.Anonymous):
            found.append(f"{node.name} is not known everywhere")
        if isinstance(node, exp.Avg) or (isinstance(node, exp.Sum) and node.find(exp.Div)):
            found.append("sums of fractions differ in their last digits: sum whole numbers, divide at the end")
        if isinstance(node, exp.Div) and not all(is_double(end) for end in (node.this, node.expression)):
            found.append("a decimal divided is a decimal elsewhere: cast both ends to DOUBLE")
        if isinstance(node, exp.Filter) and isinstance(inside, exp.ArrayAgg) and not node.find_ancestor(exp.If):
            found.append("a list of nothing is NULL here and empty there: write CASE WHEN COUNT(..) > 0 THEN .. END")
        if isinstance(node, exp.Cast) and node.to.is_type(*exp.DataType.INTEGER_TYPES) and node.find(exp.Div):
            found.append("a cast to a whole number rounds here and cuts off there: round or floor")
        if isinstance(node, exp.Upper):
            found.append("UPPER differs for the sharp s: compare in lower case")
        if isinstance(node, exp.Join) and node.args.get("using"):
            found.append("columns of USING cannot be named by their table: write ON")
        if isinstance(node, exp.Window) and isinstance(node.this, exp.RowNumber) and not node.args.get("order"):
            found.append("ROW_NUMBER without an order is another one each time")
        if isinstance(node, exp.Func) and node.sql_name().lower() in ALIKE_NAMED:
            found.append("another algorithm elsewhere: MD5 or SHA256 of a text")
    return found


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.makes)
def test_every_text_is_portable_and_carried_to_spark(query: Query) -> None:
    assert refusals(query.sql) == []
    carried = sqlglot.transpile(query.sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert len(carried) == 1


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.makes)
def test_a_text_reads_exactly_the_tables_that_its_query_names(query: Query) -> None:
    tree = sqlglot.parse_one(query.sql, dialect="duckdb")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    assert {table.name for table in tree.find_all(exp.Table)} - own == set(query.reads)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT LIST(x ORDER BY y) FROM t",
        "SELECT FIRST(x ORDER BY y) FROM t",
        "SELECT hash(x) FROM t",
        "SELECT strip_accents(x) FROM t",
        "SELECT AVG(x) FROM t",
        "SELECT SUM(x / 3) FROM t",
        "SELECT (x - 1.0) / y FROM t",
        "SELECT LIST_SORT(LIST(x) FILTER (WHERE y = 1)) FROM t",
        "SELECT CAST(x / 2 AS INTEGER) FROM t",
        "SELECT UPPER(x) FROM t",
        "SELECT r.k FROM t JOIN r USING (k)",
        "SELECT ROW_NUMBER() OVER (PARTITION BY x) FROM t",
    ],
)
def test_what_other_engines_answer_otherwise_is_refused(sql: str) -> None:
    assert refusals(sql) != []


def test_a_query_makes_its_table_anew(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    work.write("orders", pl.DataFrame({"customer": ["An", "An", "Bình"], "amount": [1, 2, 5]}))
    spent = Query("spent", ("orders",), "SELECT customer, SUM(amount) AS amount FROM orders GROUP BY customer")
    work.run(spent)
    work.run(spent)
    assert dict(work.scan("spent").select("customer", pl.col("amount").cast(pl.Int64)).collect().iter_rows()) == {
        "An": 3,
        "Bình": 5,
    }


def test_a_query_may_read_another_table_under_the_name_in_its_text(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    work.write("orders of may", pl.DataFrame({"amount": [1, 2]}))
    work.run(Query("count", ("orders",), "SELECT COUNT(*) AS n FROM orders"), orders="orders of may")
    assert work.scalar("SELECT n FROM count", "count") == 2


def test_parts_are_one_table(tmp_path: Path) -> None:
    work, schema = Workspace(tmp_path), pl.Schema({"n": pl.Int64()})
    work.write_parts("numbers", schema, iter([pl.DataFrame({"n": [1]}), pl.DataFrame({"n": [2, 3]})]))
    assert sorted(work.scan("numbers").collect()["n"]) == [1, 2, 3]
    work.write_parts("numbers", schema, iter([]))
    assert work.scan("numbers").collect().schema == schema


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    work = Workspace(tmp_path / "lake [of] An's *?")
    work.write("numbers", pl.DataFrame({"n": [1, 2]}))
    work.run(Query("twice", ("numbers",), "SELECT 2 * n AS n FROM numbers"))
    assert sorted(work.scan("twice").collect()["n"]) == [2, 4]
