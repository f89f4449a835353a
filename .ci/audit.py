"""Asks OSV (osv.dev) which locked packages have known vulnerabilities: `make audit`.

Needs nothing but Python, so that what audits adds nothing to be audited. Ends with 0 when the service knows of none,
1 when it knows of some, and 2 when it could not be asked about all of them.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

SERVICE = "https://api.osv.dev/v1/querybatch"
TIMEOUT_SECONDS = 60
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.M)


def locked(paths: list[Path]) -> list[tuple[str, str]]:
    """Name and version of every package in these lock files, each once, in the order of names."""
    return sorted({pin for path in paths for pin in _PINNED.findall(path.read_text(encoding="utf-8"))})


def known_vulnerabilities(packages: list[tuple[str, str]], service: str) -> dict[tuple[str, str], list[str]]:
    """The advisories of each package that has some.

    Raises:
        OSError: The service cannot be reached.
        ValueError: Its answer is none to what was asked.
    """
    asked = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in packages]
    body = json.dumps({"queries": asked}).encode()
    request = Request(service, body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=TIMEOUT_SECONDS) as response:
        answer: dict[str, Any] = json.load(response)
    results = answer.get("results")
    if not isinstance(results, list) or len(results) != len(packages):
        raise ValueError("the answer does not hold one result per package")
    found = zip(packages, results, strict=True)
    return {package: [v["id"] for v in result["vulns"]] for package, result in found if result.get("vulns")}


def main(arguments: list[str]) -> int:
    """Audit the named lock files; `--service URL` asks another one that speaks as OSV does."""
    service = SERVICE
    if arguments[:1] == ["--service"]:
        service, arguments = arguments[1], arguments[2:]
    packages = locked([Path(name) for name in arguments])
    try:
        found = known_vulnerabilities(packages, service)
    except (URLError, OSError, ValueError) as error:
        sys.stderr.write(
            f"NOT AUDITED: {service} could not be asked ({error}). Nothing is known of the {len(packages)} locked "
            "packages; run this again where that address is reachable.\n"
        )
        return 2
    for (name, version), advisories in found.items():
        sys.stdout.write(f"{name} {version}: {', '.join(f'https://osv.dev/{one}' for one in advisories)}\n")
    if found:
        sys.stdout.write(f"{len(found)} of {len(packages)} locked packages have known vulnerabilities.\n")
        return 1
    sys.stdout.write(f"None of the {len(packages)} locked packages has a known vulnerability.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
