import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdp_pipeline.defs import ui


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A folder of its own for each test, whose lock is given back after it."""
    monkeypatch.chdir(tmp_path)
    opened: list[int] = []
    open_file = os.open
    monkeypatch.setattr(ui.os, "open", lambda *call: opened.append(open_file(*call)) or opened[-1])
    yield
    for file in opened:
        with suppress(OSError):
            os.close(file)


def test_two_uis_of_one_folder_are_refused_on_whatever_port() -> None:
    assert ui.is_locked_by_us()
    said = CliRunner().invoke(ui.main, ["--port", "3999"])
    assert said.exit_code == 1
    assert "The UI of this folder is running or starting already." in said.output


def test_the_lock_outlives_the_start_of_dagster_and_ends_with_it() -> None:
    becomes = "import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'print(1, flush=True); input()'])"
    script = f"from cdp_pipeline.defs.ui import is_locked_by_us; assert is_locked_by_us(); {becomes}"
    other = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout
    assert other.stdout.readline() == b"1\n"
    assert not ui.is_locked_by_us()
    other.communicate(b"\n")
    assert ui.is_locked_by_us()


def test_a_port_in_use_is_an_error_that_names_another() -> None:
    with socket.socket() as other:
        other.bind((ui.HOST, 0))
        other.listen()
        said = CliRunner().invoke(ui.main, ["--port", str(other.getsockname()[1])])
    assert said.exit_code == 1
    assert "is in use, perhaps by another `make ui`" in said.output
    assert "make ui port=" in said.output


def test_the_first_line_says_what_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(ui.os, "execv", lambda _, words: started.append(words))
    with socket.socket() as free:
        free.bind((ui.HOST, 0))
        port = free.getsockname()[1]
    said = CliRunner().invoke(ui.main, ["--port", str(port)])
    assert f"Open http://127.0.0.1:{port}; Ctrl-C ends it." in said.output
    assert started[0][-4:] == ["--port", str(port), "--workspace", "workspace.yaml"]
