import socket

import pytest
from click.testing import CliRunner

from cdp_pipeline.defs import ui


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
