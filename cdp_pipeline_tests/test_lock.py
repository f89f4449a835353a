"""The lock file pins what pyproject.toml names, to the same versions, and names no machine or registry."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
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


def test_it_is_free_of_addresses() -> None:
    assert not re.search(r"https?://|file:|--(index|find|extra)", LOCK)
