"""The import rules of the package, read from the source text; the docstring of the package states them."""

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
TESTS = Path(__file__).parent
STEPS = ("ingest", "validation", "staging", "current", "identity", "profiles", "serving")
FOUNDATIONS = ("entities", "values", "configuration", "backend")
# Vocabularies, one module per entity or kind of value, and the wiring, which only the outermost modules import.
OPEN = ("entities", "values", "defs")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def exported(package: str) -> dict[str, str]:
    """What a package exports: each name, and the module that defines it."""
    stub = PACKAGE.parent.joinpath(*package.split("."), "__init__.pyi")
    nodes = ast.parse(stub.read_text(encoding="utf-8")).body if stub.exists() else []
    lines = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return {alias.name: f"{package}.{line.module}" for line in lines for alias in line.names}


@cache
def imports(path: Path) -> frozenset[str]:
    """The modules and names that a file imports, also inside functions, each from the module that defines it."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the package"
            for alias in node.names:
                module = exported(str(node.module)).get(alias.name, str(node.module))
                found |= {f"{module}.{alias.name}", module}
    return frozenset(found)


def package_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE).parts
    return inside[0] if len(inside) > 1 else path.stem


def own_imports(path: Path) -> set[tuple[str, str]]:
    """(package, module) of each import from our own packages."""
    found = set()
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "cdp_pipeline" and len(parts) > 1:
            found.add((parts[1], parts[2] if len(parts) > 2 else ""))
    return found


def named(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_dagster_is_imported_only_by_defs_and_the_two_modules_beside_it() -> None:
    inside = [path for path in MODULES if package_of(path) not in ("defs", "definitions", "cli")]
    assert [named(p) for p in inside if any(name.split(".")[0].startswith("dagster") for name in imports(p))] == []


def test_one_module_imports_what_dagster_does_not_publish() -> None:
    private = [named(p) for p in MODULES if any(name.startswith("dagster._") for name in imports(p))]
    assert private == ["defs/run_history.py"]


def test_no_module_imports_pandas_or_numpy() -> None:
    others = {"pandas", "numpy", "scipy"}
    assert [named(path) for path in MODULES if {name.split(".")[0] for name in imports(path)} & others] == []


def test_a_step_imports_only_foundations_and_the_tables_of_earlier_steps() -> None:
    allowed = {"entities": {"entities"}, "values": set(FOUNDATIONS), "generator": {*FOUNDATIONS, "generator"}}
    offenders = []
    for path in MODULES:
        package = package_of(path)
        if package not in (*STEPS, *FOUNDATIONS, "generator"):
            continue
        earlier = STEPS[: STEPS.index(package)] if package in STEPS else ()
        for other, module in own_imports(path):
            is_inside = other in allowed.get(package, {*FOUNDATIONS, package})
            if not is_inside and not (other in earlier and module in ("tables", "batch", "")):
                offenders.append(f"{named(path)} imports {other}.{module}")
    assert sorted(offenders) == []


def test_other_packages_are_imported_by_their_entrances_only() -> None:
    offenders = []
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            parts = str(node.module).split(".") if isinstance(node, ast.ImportFrom) else []
            is_other = parts[:1] == ["cdp_pipeline"] and len(parts) > 2 and parts[1] not in (package_of(path), *OPEN)
            if is_other and not PACKAGE.parent.joinpath(*parts).is_dir():
                offenders.append(f"{named(path)} imports {'.'.join(parts)}")
    assert sorted(offenders) == [], "export the name in the __init__.pyi of its package"


def test_every_entrance_is_used_outside_its_package() -> None:
    users = {path: package_of(path) for path in MODULES}
    users |= {path: path.relative_to(TESTS).parts[0] for path in TESTS.rglob("*.py")}
    users |= dict.fromkeys((PACKAGE.parent / "benchmarks").glob("*.py"), "benchmarks")
    used = {(name, user) for path, user in users.items() for name in imports(path)}
    idle = []
    for stub in set(PACKAGE.rglob("__init__.pyi")) - {PACKAGE / "__init__.pyi"}:
        package = ".".join(stub.parent.relative_to(PACKAGE.parent).parts)
        for name, module in exported(package).items():
            if not {user for used_name, user in used if used_name == f"{module}.{name}"} - {package.split(".")[1]}:
                idle.append(f"{package}: {name}")
    assert sorted(idle) == []


def test_only_the_outermost_modules_read_settings() -> None:
    offenders = []
    for path in MODULES:
        source = path.read_text(encoding="utf-8")
        is_outermost = package_of(path) in ("defs", "cli", "api", "settings")
        if not is_outermost and ("read_settings" in source or "os.environ" in source):
            offenders.append(named(path))
        if package_of(path) in (*STEPS, *FOUNDATIONS, "generator", "store"):
            offenders += [named(path) for package, _ in own_imports(path) if package == "settings"]
    assert offenders == []


def test_only_the_outermost_modules_import_defs() -> None:
    inside = [path for path in MODULES if package_of(path) not in ("defs", "definitions", "cli", "api")]
    assert [named(p) for p in inside if {package for package, _ in own_imports(p)} & {"defs", "definitions"}] == []


def test_every_module_says_what_belongs_in_it_and_an_init_file_exports_and_does_nothing_else() -> None:
    assert [named(path) for path in MODULES if not ast.get_docstring(tree_of(path))] == []
    entrances = "__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)"
    offenders = []
    for path in MODULES:
        _, *statements = [ast.unparse(node) for node in tree_of(path).body]
        exports = ["import lazy_loader", entrances] if path.with_suffix(".pyi").exists() else []
        if path.name == "__init__.py" and statements != exports:
            offenders.append(named(path))
    assert offenders == []


def test_only_declarations_and_the_generator_name_object_types_in_quotes() -> None:
    names = {*BY_OBJECT_TYPE, *BY_NAME}
    offenders = {
        named(path)
        for path in set(MODULES) - set(WRITTEN)
        if package_of(path) not in ("entities", "generator")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and node.value in names
    }
    assert offenders == set(), "ask a flag of the entity, or import the entity whose own table it is"


NAMELESS = {
    "ingest": "its frames have the columns of an entity as text, which no model names",
    "identity": "its frames between steps are files that SQL reads; its tables are models",
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


def test_every_frame_that_crosses_a_package_names_its_model() -> None:
    users: dict[str, set[str]] = {}
    for path in MODULES:
        for name in imports(path):
            users.setdefault(name, set()).add(package_of(path))
    offenders = []
    for path in MODULES:
        if package_of(path) not in {*STEPS, "deliveries"} - set(NAMELESS):
            continue
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for name, annotations in crossings(path).items():
            if users.get(f"{module}.{name}", set()) - {package_of(path)} and any(map(names_no_model, annotations)):
                offenders.append(f"{named(path)}: {name}")
    assert sorted(offenders) == [], "write LazyFrame[Model] or DataFrame[Model]; see entities/table.py"


def models(base: type[TableModel] = TableModel) -> set[type[TableModel]]:
    return {base}.union(*(models(model) for model in base.__subclasses__()))


def test_pandera_reads_in_every_model_the_types_of_its_table() -> None:
    assert {layer.name for layer in LAYERS} <= {table_of(model).name for model in models()}
    for model in models():
        read = {name: declared.dtype.type for name, declared in model.to_schema().columns.items()}
        assert read == {declared.name: declared.dtype for declared in columns_of(model)}, model


def test_the_folders_of_tests_mirror_those_of_the_package() -> None:
    packages = {path.parent.relative_to(PACKAGE).as_posix() for path in MODULES if path.name != "__init__.py"}
    folders = {path.parent.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    assert folders - {"browser"} == packages - {"serving/migrations", "serving/migrations/versions"}
