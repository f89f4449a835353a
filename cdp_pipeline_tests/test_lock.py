"""The lock files pin what pyproject.toml names, by version and hash, and name no machine or registry."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKS = [ROOT / "requirements.lock", ROOT / ".deploy/requirements.lock", ROOT / "benchmarks/requirements.lock"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_dependency_is_locked_at_the_version_that_is_named() -> None:
    locked = set(re.findall(r"^([\w.-]+==[\w.]+)", LOCK, re.M))
    named = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    assert {re.sub(r"\[\w+\]", "", name) for name in named} <= locked


def test_every_dependency_says_why_it_is_there() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.match(r'\s+"[\w\[\]-]+==', line) and "  # " not in line] == []


def test_the_storage_for_servers_has_a_lock_of_its_own() -> None:
    lock = (ROOT / ".deploy" / "requirements.lock").read_text(encoding="utf-8").split()
    assert set(PROJECT["optional-dependencies"]["postgres-storage"]) <= set(lock)
    assert not {line.split("==")[0] for line in lock} & {line.split("==")[0] for line in LOCK.splitlines()}


def test_what_builds_the_package_is_locked_too() -> None:
    system = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    assert set(system["requires"]) <= set(re.findall(r"^([\w.-]+==[\w.]+)", LOCK, re.M))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.parent.name)
def test_every_locked_package_has_hashes(path: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", path.read_text(encoding="utf-8")))
    assert [entry.split()[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)] == []


def test_packages_are_installed_by_their_hashes_alone() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = re.findall(r"^\t@\$\(INSTALL\) (.+)$", makefile, re.M)
    assert len(installs) == 3
    assert all(re.match("--require-hashes -r |--no-build-isolation --editable [.]", what) for what in installs)
    assert makefile.count("pip install") == 1


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.parent.name)
def test_a_lock_is_free_of_addresses(path: Path) -> None:
    assert not re.search(r"https?://|file:|--(index|find|extra)", path.read_text(encoding="utf-8"))
