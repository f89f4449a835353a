"""The import rules of the house, read from the source text; the package docstring states them."""

import ast
from functools import cache
from pathlib import Path

from cdp_pipeline.entities.registry import BY_NAME, BY_OBJECT_TYPE
from cdp_pipeline.entities.table import TableModel, columns_of, table_of
from cdp_pipeline.pipeline.layers import LAYERS

PACKAGE = Path(__file__).parents[1] / "cdp_pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
# A revision of the database's schema is a record, written by a program and never edited.
WRITTEN = [path for path in MODULES if path.parent.name == "versions" and path.stem != "__init__"]
ROOMS = ("ingest", "validation", "staging", "current", "identity", "profiles", "serving")
FOUNDATIONS = ("entities", "values", "configuration", "backend", "spark_connect")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """The modules a file imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the room"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return frozenset(found)


def modules_of(path: Path) -> set[str]:
    """The modules from which a file imports names."""
    return {str(node.module) for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom)}


def room_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE).parts
    return inside[0] if len(inside) > 1 else path.stem


def house_imports(path: Path) -> set[tuple[str, str]]:
    """(room, module) of each import from the house."""
    found = set()
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "cdp_pipeline" and len(parts) > 1:
            found.add((parts[1], parts[2] if len(parts) > 2 else ""))
    return found


def named(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_dagster_is_imported_only_behind_the_door() -> None:
    inside = [path for path in MODULES if room_of(path) not in ("defs", "definitions", "cli")]
    assert [named(p) for p in inside if any(name.split(".")[0].startswith("dagster") for name in imports(p))] == []


def test_one_module_imports_what_dagster_does_not_publish() -> None:
    private = [named(p) for p in MODULES if any(name.startswith("dagster._") for name in imports(p))]
    assert private == ["defs/run_history.py"]


def test_no_module_imports_pandas_or_numpy() -> None:
    others = {"pandas", "numpy", "scipy"}
    assert [named(path) for path in MODULES if {name.split(".")[0] for name in imports(path)} & others] == []


def test_a_room_imports_only_foundations_and_the_tables_of_earlier_rooms() -> None:
    allowed_rooms = {"entities": {"entities"}, "values": set(FOUNDATIONS), "generator": {*FOUNDATIONS, "generator"}}
    offenders = []
    for path in MODULES:
        room = room_of(path)
        if room not in (*ROOMS, *FOUNDATIONS, "generator"):
            continue
        earlier = ROOMS[: ROOMS.index(room)] if room in ROOMS else ()
        for other, module in house_imports(path):
            is_inside = other in allowed_rooms.get(room, {*FOUNDATIONS, room})
            if not is_inside and not (other in earlier and module in ("tables", "batch", "")):
                offenders.append(f"{named(path)} imports {other}.{module}")
    assert sorted(offenders) == []


def test_only_the_outside_reads_settings() -> None:
    offenders = []
    for path in MODULES:
        source = path.read_text(encoding="utf-8")
        is_outside = room_of(path) in ("defs", "cli", "api", "settings")
        if not is_outside and ("read_settings" in source or "os.environ" in source):
            offenders.append(named(path))
        if room_of(path) in (*ROOMS, *FOUNDATIONS, "generator", "lake"):
            offenders += [named(path) for room, _ in house_imports(path) if room == "settings"]
    assert offenders == []


def test_nobody_imports_defs_but_the_door() -> None:
    inside = [path for path in MODULES if room_of(path) not in ("defs", "definitions", "cli", "api")]
    assert [named(p) for p in inside if {room for room, _ in house_imports(p)} & {"defs", "definitions"}] == []


def test_every_module_says_what_belongs_in_it() -> None:
    assert [named(path) for path in MODULES if not ast.get_docstring(tree_of(path))] == []


def test_an_init_file_holds_nothing_but_the_public_names_of_its_own_package() -> None:
    # That of the package gives programs the public names, each when it is asked for.
    for path in (path for path in MODULES if path.name == "__init__.py" and path.parent != PACKAGE):
        package = ".".join(path.parent.relative_to(PACKAGE.parent).parts)
        _, *statements = tree_of(path).body
        imported = [s for s in statements if isinstance(s, ast.ImportFrom) and str(s.module).startswith(f"{package}.")]
        names = [alias.name for statement in imported for alias in statement.names]
        public = [ast.literal_eval(s.value) for s in statements if ast.unparse(s).startswith("__all__ =")]
        assert len(statements) == len(imported) + len(public), named(path)
        assert sorted(names) == sorted(name for names in public for name in names), named(path)


def test_other_packages_import_the_generator_only_by_its_public_names() -> None:
    own_tests = Path(__file__).parent / "generator"
    outside = [path for path in MODULES if room_of(path) != "generator"]
    outside += [
        p for top in (TESTS, TESTS.parent / "benchmarks") for p in top.rglob("*.py") if own_tests not in p.parents
    ]
    assert [
        path.name for path in outside if any(n.startswith("cdp_pipeline.generator.") for n in modules_of(path))
    ] == []


def test_only_declarations_and_the_generator_name_object_types_in_quotes() -> None:
    names = {*BY_OBJECT_TYPE, *BY_NAME}
    offenders = {
        named(path)
        for path in set(MODULES) - set(WRITTEN)
        if room_of(path) not in ("entities", "generator")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and node.value in names
    }
    assert offenders == set(), "ask a flag of the entity, or import the entity whose own table it is"


NAMELESS = {
    "ingest": "its frames have the columns of an entity as text, which no model names",
    "identity": "its steps are being rewritten; their signatures follow, its tables are models already",
}


def crossings(path: Path) -> dict[str, list[ast.expr | None]]:
    """The annotations of what a module declares: of public functions, and of the fields of public classes."""
    found: dict[str, list[ast.expr | None]] = {}
    for node in tree_of(path).body:
        if isinstance(node, ast.FunctionDef):
            arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            found[node.name] = [node.returns, *(argument.annotation for argument in arguments)]
        elif isinstance(node, ast.ClassDef):
            found[node.name] = [field.annotation for field in node.body if isinstance(field, ast.AnnAssign)]
    return {name: annotations for name, annotations in found.items() if not name.startswith("_")}


def names_no_model(annotation: ast.expr | None) -> bool:
    parts = ast.walk(annotation) if annotation else ()
    return any(isinstance(part, ast.Attribute) and part.attr in ("LazyFrame", "DataFrame") for part in parts)


def test_every_frame_that_crosses_a_room_names_its_model() -> None:
    users: dict[str, set[str]] = {}
    for path in MODULES:
        for name in imports(path):
            users.setdefault(name, set()).add(room_of(path))
    offenders = []
    for path in MODULES:
        if room_of(path) not in {*ROOMS, "deliveries"} - set(NAMELESS):
            continue
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for name, annotations in crossings(path).items():
            if users.get(f"{module}.{name}", set()) - {room_of(path)} and any(map(names_no_model, annotations)):
                offenders.append(f"{named(path)}: {name}")
    assert sorted(offenders) == [], "write LazyFrame[Model] or DataFrame[Model]; see entities/table.py"


def models(base: type[TableModel] = TableModel) -> set[type[TableModel]]:
    return {base}.union(*(models(model) for model in base.__subclasses__()))


def test_pandera_reads_in_every_model_the_types_of_its_table() -> None:
    assert {layer.name for layer in LAYERS} <= {table_of(model).name for model in models()}
    for model in models():
        read = {name: declared.dtype.type for name, declared in model.to_schema().columns.items()}
        assert read == {declared.name: declared.dtype for declared in columns_of(model)}, model


TESTS = Path(__file__).parent
# Declarations without logic of their own, and modules whose only use is through the tested one beside them.
TESTED_ELSEWHERE = {
    "serving/tokens": "pipeline/test_snapshot",
    "pipeline/anomalies": "pipeline/test_every_record",
    "pipeline/migration": "serving/test_drafting",
    "pipeline/fingerprints": "pipeline/test_refresh, pipeline/test_outdated",
    "pipeline/inputs": "pipeline/test_layers",
    "pipeline/layer": "pipeline/test_layers",
    "pipeline/open_checks": "pipeline/test_quality_page",
    "pipeline/published": "profiles/test_tables, test_inventory",
    "pipeline/run": "pipeline/test_refresh",
    "pipeline/trends": "pipeline/test_quality_page",
    "pipeline/restored_ids": "pipeline/test_mending",
    "deliveries/open_rejections": "pipeline/test_quality_page",
    "deliveries/repair": "terminal/test_repairing",
    "deliveries/repaired_entries": "terminal/test_repairing",
    "deliveries/repair_names": "terminal/test_repairing",
    "deliveries/settled": "terminal/test_repairing",
    "definitions": "test_inventory",
    "defs/current": "test_inventory, test_end_to_end",
    "defs/jobs": "test_inventory, test_end_to_end",
    "defs/launch": "test_cli, test_end_to_end",
    "defs/loggers": "test_cli",
    "defs/preloaded": "defs/test_executors",
    "defs/profiles": "test_inventory, test_end_to_end",
    "defs/raw": "test_inventory",
    "defs/serving": "test_inventory, test_end_to_end",
    "defs/staging": "test_inventory, test_end_to_end",
    "entities/kinds": "entities/test_registry",
    "entities/message_event": "entities/test_registry",
    "entities/model": "entities/test_registry",
    "entities/prices": "entities/test_entity",
    "entities/product_opinion": "entities/test_registry",
    "entities/thresholds": "quality/test_days, quality/test_rejections",
    "generator/__main__": "generator/test_sample",
    "generator/customers": "generator/test_presence, generator/test_versions",
    "generator/sheet": "generator/test_dataset",
    "generator/words": "generator/test_dataset",
    "identity/attach": "identity/test_resolve",
    "identity/changes": "identity/test_scenarios, terminal/test_previewing",
    "identity/descriptions": "identity/test_scenarios",
    "identity/directory": "identity/test_resolve",
    "identity/evidence": "identity/test_scenarios",
    "identity/holders": "identity/test_links",
    "identity/identifiers": "identity/test_resolve, identity/test_scenarios",
    "identity/matching/candidates": "identity/matching/test_comparison",
    "identity/matching/records": "identity/matching/test_comparison",
    "identity/persons": "identity/test_resolve, identity/test_graph",
    "identity/references": "identity/test_resolve",
    "identity/tables": "identity/test_resolve",
    "ingest/cell_text": "ingest/test_parquet",
    "ingest/dense_sheet": "ingest/test_excel",
    "ingest/envelope_rules": "ingest/test_envelopes",
    "ingest/json_lines": "ingest/test_read",
    "ingest/keys": "ingest/test_entries",
    "ingest/tabular": "ingest/test_delimited",
    "ingest/workbook_xml": "ingest/test_excel",
    "reporting/rendering": "reporting/test_page, reporting/test_model_page",
    "quality/checks": "defs/test_checks, test_documents",
    "quality/days": "quality/test_staged, quality/test_rejections",
    "quality/verdict": "quality/test_staged",
    "serving/loading": "serving/test_publish",
    "serving/merge": "serving/test_publish",
    "serving/migrations/env": "serving/test_migrate",
    "deliveries/day": "deliveries/test_days, deliveries/test_bad_input",
    "deliveries/reports": "deliveries/test_days",
    "terminal/explaining_words": "terminal/test_explaining",
    "terminal/generating": "test_cli",
    "terminal/ledger": "test_end_to_end",
    "terminal/people": "terminal/test_finding, terminal/test_outcome",
    "terminal/cells": "terminal/test_portrait",
    "terminal/person": "test_end_to_end",
    "terminal/reaching": "test_cli",
    "values/phone_text": "values/test_phone",
    "values/vietnamese_phone": "values/test_phone",
}
ENTITY_MODULES = {f"entities/{path.parent.name.replace('-', '_')}" for path in (TESTS.parent / "data/raw").glob("*/*")}
OF_THE_WHOLE = {
    "architecture",
    "browser/daily_operation",
    "browser/hard_mornings",
    "cdnow",
    "deploy",
    "end_to_end",
    "febrl",
    "identity/any_buckets",
    "identity/any_order",
    "identity/cases",
    "identity/scenarios",
    "profiles/consent_cases",
    "pipeline/any_order",
    "pipeline/killed_runs",
    "deliveries/fuzzing",
    "deliveries/bad_input",
    "deliveries/hostile_files",
    "pipeline/deleted_people",
    "pipeline/every_record",
    "pipeline/steady_ids",
    "pipeline/traits",
    "pipeline/verdicts_on_people",
    "inventory",
    "documents",
    "sixteenth_entity",
    "audit",
    "environment",
    "licences",
    "lock",
    "permissions",
    "words",
    "ingest/conservation",
    "serving/kill",
    "pipeline/outdated",
    "pipeline/refresh_leads",
    "serving/lookups",
}


def test_every_module_has_a_test_of_its_name_or_says_where_it_is_tested() -> None:
    own = [path for path in MODULES if path.stem != "__init__" and path not in WRITTEN]
    modules = {path.relative_to(PACKAGE).with_suffix("").as_posix() for path in own}
    tests = {(p.parent.relative_to(TESTS) / p.stem.removeprefix("test_")).as_posix() for p in TESTS.rglob("test_*.py")}
    assert tests - OF_THE_WHOLE <= modules, "a test without a module of its name"
    assert modules - tests - ENTITY_MODULES == set(TESTED_ELSEWHERE), "a module without a test, or a test too many here"
    for where in TESTED_ELSEWHERE.values():
        for name in where.split(", "):
            assert (TESTS / f"{name}.py").exists(), name
