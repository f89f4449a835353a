"""The lock files pin what pyproject.toml names, by version and hash, and name no machine or registry."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMES = ("", "-dev", "-cluster", "-spark", "-docs", "-uv")
ELSEWHERE = (".deploy/requirements.lock", ".deploy/workers.lock", "benchmarks/requirements.lock")
LOCKS = [*(ROOT / f"requirements{name}.lock" for name in NAMES), *(ROOT / name for name in ELSEWHERE)]
LOCK, DEV_LOCK, CLUSTER_LOCK, SPARK_LOCK, DOCS_LOCK = (path.read_text(encoding="utf-8") for path in LOCKS[:5])
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = DECLARED["project"]


def test_every_dependency_is_locked_at_the_version_that_is_named() -> None:
    extras = PROJECT["optional-dependencies"]
    named_in = (
        (LOCK, [*PROJECT["dependencies"], *extras["build"]]),
        (DEV_LOCK, extras["dev"]),
        (CLUSTER_LOCK, [*extras["spark"], *extras["sail"]]),
        (SPARK_LOCK, DECLARED["dependency-groups"]["spark"]),
        (DOCS_LOCK, DECLARED["dependency-groups"]["docs"]),
    )
    for lock, named in named_in:
        assert {re.sub(r"\[\w+\]", "", name) for name in named} <= pins(lock)


def test_what_only_the_tests_need_is_not_installed_to_run() -> None:
    assert not pins(LOCK) & {"pytest==9.2.0", *PROJECT["optional-dependencies"]["dev"]}
    # One that runs need elsewhere only, such as psutil on Windows, stands in both.
    assert heads(LOCK) & heads(DEV_LOCK) == set()


def test_what_only_a_cluster_needs_is_not_installed_to_run() -> None:
    assert heads(LOCK) & heads(CLUSTER_LOCK) == set()
    assert not {"pandas", "numpy", "pyspark-client", "sqlglot"} & {head.split("==")[0] for head in heads(LOCK)}


def test_spark_itself_is_locked_for_its_own_test_alone_and_beside_what_its_client_needs() -> None:
    assert not any("pyspark==" in path.read_text(encoding="utf-8") for path in LOCKS if "-spark" not in path.name)
    assert heads(LOCK) & heads(SPARK_LOCK) == set()
    # It carries the files of its client, of the same version; what both need is one version too.
    assert {pin.removeprefix("pyspark==") for pin in pins(SPARK_LOCK) if pin.startswith("pyspark==")} == {
        pin.removeprefix("pyspark-client==") for pin in pins(CLUSTER_LOCK) if pin.startswith("pyspark-client==")
    }
    assert heads(SPARK_LOCK) - heads(CLUSTER_LOCK) == {line for line in heads(SPARK_LOCK) if line.startswith("py")}


def test_what_only_the_site_needs_is_installed_neither_to_run_nor_to_test() -> None:
    assert not {"mkdocs", "markdown"} & {head.split("==")[0] for head in heads(LOCK) | heads(DEV_LOCK)}


def test_every_dependency_says_why_it_is_there() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.match(r'\s+"[\w\[\]-]+==', line) and "  # " not in line] == []


@pytest.mark.parametrize(("path", "extra"), [(ELSEWHERE[0], "postgres-storage"), (ELSEWHERE[1], "workers")])
def test_what_only_servers_need_has_a_lock_of_its_own(path: str, extra: str) -> None:
    lock = (ROOT / path).read_text(encoding="utf-8").split()
    assert set(PROJECT["optional-dependencies"][extra]) <= set(lock)
    others = (LOCK + DEV_LOCK).splitlines()
    assert not {line.split("==")[0] for line in lock} & {line.split("==")[0] for line in others}


def test_what_builds_the_package_is_locked_too() -> None:
    assert set(DECLARED["build-system"]["requires"]) <= pins(LOCK)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_locked_package_has_hashes(path: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", path.read_text(encoding="utf-8")))
    assert [entry.split()[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)] == []


def test_packages_are_installed_by_their_hashes_alone() -> None:
    script = (ROOT / ".ci" / "environment.py").read_text(encoding="utf-8")
    installs = re.findall(r'^.*"(?:install|sync)", "-.*$', script, re.M)
    assert len(installs) == 3
    assert all("--require-hashes" in one or '"--no-build-isolation", "--editable"' in one for one in installs)
    assert "install " not in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_audit_asks_about_every_lock() -> None:
    audited = re.findall(r"audit\.py (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)[0].split()
    assert {ROOT / name for name in audited} == set(LOCKS)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_lock_is_free_of_addresses(path: Path) -> None:
    assert not re.search(r"https?://|file:|--(index|find|extra)", path.read_text(encoding="utf-8"))


def heads(lock: str) -> set[str]:
    """The first line of each package, with the systems that it is for."""
    return set(re.findall(r"^[\w.-]+==.*$", lock, re.M))


def pins(lock: str) -> set[str]:
    """Every package that is locked, with its version."""
    return set(re.findall(r"^([\w.-]+==[\w.]+)", lock, re.M))
