"""docs/licences.md lists what is installed to run the pipeline, as `make docs` writes it."""

import importlib.util
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
PARTS = DOCUMENT.split("## All others")
FIRST, OTHERS = (re.findall(r"^\| (\S+) \| (\d\S*) \| (.+) \|$", part, re.M) for part in PARTS)


def test_every_package_that_runs_is_listed_at_its_locked_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {re.sub(r"\[\w+\]", "", text) for text in project["dependencies"]}
    listed = {f"{name.lower().replace('_', '-')}=={version}" for name, version, _ in (*FIRST, *OTHERS)}
    locked = set(re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M))
    assert named <= listed <= locked


def test_lgpl_and_mpl_come_first() -> None:
    assert {"psycopg", "certifi", "pycountry"} <= {name for name, _, _ in FIRST}
    assert all(re.search("LGPL|MPL", licence) for _, _, licence in FIRST)
    assert not [name for name, _, licence in OTHERS if "GPL" in licence or "MPL" in licence]


def test_it_says_what_the_installed_packages_say() -> None:
    spec = importlib.util.spec_from_file_location("licences", ROOT / ".ci" / "licences.py")
    assert spec is not None
    assert spec.loader is not None
    licences = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(licences)
    written = set(DOCUMENT.splitlines())
    # Another version of Python needs a package more or less.
    assert len(set(licences.document().splitlines()) - written) <= 3
