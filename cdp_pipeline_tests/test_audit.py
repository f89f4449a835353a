"""`make audit` beside a service of our own that speaks as OSV does."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

AUDIT = Path(__file__).parents[1] / ".ci" / "audit.py"


@pytest.fixture
def service() -> Iterator[Callable[[dict[str, list[str]]], str]]:
    """Starts a service that knows these advisories by package and answers 500 where there is nothing it knows."""
    servers: list[HTTPServer] = []

    def start(known: dict[str, list[str]]) -> str:
        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
                found = [known.get(f"{one['package']['name']} {one['version']}") for one in asked]
                self.send_response(200 if known else 500)
                self.end_headers()
                results = [{"vulns": [{"id": name} for name in ids]} if ids else {} for ids in found]
                self.wfile.write(json.dumps({"results": results}).encode())

            def log_message(self, *_: object) -> None:
                """Tell nobody."""

        servers.append(HTTPServer(("127.0.0.1", 0), Answers))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def audit(tmp_path: Path) -> Callable[[str], tuple[int, str]]:
    lock = tmp_path / "requirements.lock"
    hashed = "\\\n    --hash=sha256:00\n"
    lock.write_text(f"six==1.0 {hashed}tzdata==2026.6 ; sys_platform == 'win32' {hashed}")

    def run(service: str) -> tuple[int, str]:
        command = [sys.executable, str(AUDIT), "--service", service, str(lock)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


def test_packages_without_advisories_pass(service, audit) -> None:
    assert audit(service({"six 0.9": ["PYSEC-1"]})) == (0, "None of the 2 locked packages has a known vulnerability.\n")


def test_a_package_with_advisories_fails_and_is_named(service, audit) -> None:
    status, told = audit(service({"tzdata 2026.6": ["PYSEC-1", "GHSA-2"]}))
    assert status == 1
    assert "tzdata 2026.6: https://osv.dev/PYSEC-1, https://osv.dev/GHSA-2" in told
    assert "1 of 2 locked packages" in told


@pytest.mark.parametrize("is_there", [True, False])
def test_a_service_that_does_not_answer_passes_nothing(service, audit, is_there: bool) -> None:
    status, told = audit(service({}) if is_there else "http://127.0.0.1:9")
    assert status == 2
    assert told.startswith("NOT AUDITED: ")
