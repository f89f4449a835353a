"""Writes docs/licences.md: under which licence each package comes that the pipeline needs to run. `make docs`.

Read from the metadata of the installed packages, from what pyproject.toml names down to what those need in turn.
"""

import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "licences.md"

_HEAD = """# Licences

What the pipeline needs to run, on Linux, by licence; written by `make docs` from the metadata of the locked packages.
The pipeline itself is under the Apache License 2.0. Packages are installed beside it and not changed.
"""

_FIRST = ("LGPL", "MPL")
"""Licences that ask something of who passes a changed copy on; they are named before all others."""

_NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""The names of licences in classifiers, as SPDX writes them."""


def needed() -> list[Distribution]:
    """Every package that running needs here, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(text) for text in project["dependencies"]]
    found: dict[str, Distribution] = {}
    asked: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) in asked:
                continue
            asked.add((name, extra))
            found[name] = distribution(name)
            below = [Requirement(text) for text in found[name].requires or ()]
            waiting += [one for one in below if not one.marker or one.marker.evaluate({"extra": extra})]
    return [found[name] for name in sorted(found)]


def licence(package: Distribution) -> str:
    """The licence of a package in the terms of SPDX: its expression, else its classifiers, else its own short word.

    Raises:
        LookupError: It names none.
    """
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [line.split(" :: ")[-1] for line in metadata.get_all("Classifier") or () if "License ::" in line]
    if named := sorted({_NAMES.get(name, name) for name in classifiers if name != "OSI Approved"}):
        return " AND ".join(named)
    lines = str(metadata.get("License") or "").strip().splitlines()
    if len(lines) != 1:
        raise LookupError(f"{package.name} names no licence in its metadata; read its files and add what they say.")
    return _NAMES.get(lines[0], lines[0])


def document() -> str:
    """The page: those that ask something first, then all others."""
    packages = [(package.name, package.version, licence(package)) for package in needed()]
    first = [line for line in packages if re.search("|".join(_FIRST), line[2])]
    parts = [
        _HEAD,
        "## LGPL and MPL\n",
        "These ask that whoever passes on a changed copy of the package passes on its source under the same licence.\n"
        "On a server `psycopg2-binary` of `.deploy/requirements.lock` joins them (LGPL with exceptions).\n",
        _table(first),
        "## All others\n",
        _table([line for line in packages if line not in first]),
    ]
    return "\n".join(parts)


def _table(lines: list[tuple[str, str, str]]) -> str:
    rows = [f"| {name} | {version} | {which} |" for name, version, which in lines]
    return "\n".join(["| package | version | licence |", "| --- | --- | --- |", *rows]) + "\n"


if __name__ == "__main__":
    try:
        DOCUMENT.write_text(document(), encoding="utf-8")
    except (LookupError, PackageNotFoundError) as error:
        sys.exit(str(error))
