"""`.ci/environment.py`: whose environment it changes, and where uv is sent to look for packages."""

import importlib.util
import os
import subprocess
import time
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "environment.py"


@pytest.fixture
def environment() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_environment_that_the_user_made_is_left_as_it_is_and_the_message_says_what_to_do(environment, tmp_path):
    mine = tmp_path / ".venv"
    (mine / "bin").mkdir(parents=True)
    with pytest.raises(environment.SetupError, match="was not made by make and is left as it is") as refused:
        environment.prepare(mine, "run")
    assert f"make VENV={mine}-own" in str(refused.value)
    assert [path.name for path in mine.iterdir()] == ["bin"]


def test_a_link_to_an_environment_elsewhere_is_left_as_it_is(environment, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".venv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(environment.SetupError, match="is a link to an environment elsewhere"):
        environment.prepare(tmp_path / ".venv", "run")


@pytest.mark.parametrize("mark", [".made-by-make", ".ready"])
def test_an_environment_that_make_made_is_brought_up_to_date_also_one_of_an_earlier_version(
    environment, tmp_path, mark
):
    (tmp_path / mark).touch()
    environment.refuse_foreign(tmp_path)


def test_no_environment_is_none_of_somebody_elses(environment, tmp_path):
    environment.refuse_foreign(tmp_path / ".venv")


def test_spark_and_its_client_alone_are_kept_apart_as_they_install_the_same_files(environment, tmp_path):
    for name in (".made-by-make", ".ready-cluster"):
        (tmp_path / name).touch()
    with pytest.raises(environment.SetupError, match="cannot hold requirements-cluster.lock and requirements-spark"):
        environment.prepare(tmp_path, "spark")
    assert {path.name for path in tmp_path.iterdir()} == {".made-by-make", ".ready-cluster"}


@pytest.mark.parametrize(("version", "reason"), [(None, "there is no "), ("1.8", "is version 1.8")])
def test_without_a_java_that_spark_runs_on_one_line_says_what_to_install(tmp_path, version, reason):
    if version:
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text(f"#!/bin/sh\necho '    java.specification.version = {version}' >&2\n")
        java.chmod(0o755)
    told = subprocess.run(
        [SCRIPT.parent / "java"], env={**os.environ, "JAVA_HOME": str(tmp_path)}, capture_output=True, text=True
    )
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (3, "", 1)
    assert reason in told.stderr
    assert "apt-get install openjdk-17-jre-headless" in told.stderr


def test_uv_looks_where_pip_is_configured_to_look(environment):
    listed = (
        "global.cert='/etc/ssl/own.crt'\n"
        "global.index-url='https://pypi.example.com/simple'\n"
        "global.extra-index-url='https://a.example.com/simple https://b.example.com/simple'\n"
        "global.find-links='/opt/wheels /mnt/wheels'\n"
        "global.timeout='60'\n"
    )
    assert environment.settings_for_uv(listed, {}) == {
        "SSL_CERT_FILE": "/etc/ssl/own.crt",
        "UV_DEFAULT_INDEX": "https://pypi.example.com/simple",
        "UV_INDEX": "https://a.example.com/simple https://b.example.com/simple",
        "UV_FIND_LINKS": "/opt/wheels,/mnt/wheels",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_a_variable_of_pip_goes_before_its_files_and_what_is_set_for_uv_before_both(environment):
    listed = ":env:.index-url='https://of-env/simple'\nglobal.index-url='https://of-file/simple'\n"
    assert environment.settings_for_uv(listed, {})["UV_DEFAULT_INDEX"] == "https://of-env/simple"
    assert "UV_DEFAULT_INDEX" not in environment.settings_for_uv(listed, {"UV_DEFAULT_INDEX": "https://mine/simple"})


def test_a_step_that_says_nothing_for_long_is_given_a_sign_of_life(environment, capsys):
    with environment.signs_of_life(silence=0.05):
        time.sleep(0.4)
    assert "  ... 0 s\n" in capsys.readouterr().out


@pytest.mark.parametrize("status", [0, 1])
def test_what_uv_warns_of_is_said_only_where_it_fails(environment, tmp_path, capsys, status):
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    said = "Resolved 3 packages\nwarning: Failed to hardlink files\n         If so, set the link mode\n + six==1.17.0"
    uv.write_text(f"#!/bin/sh\nprintf '%s\\n' '{said}' >&2\nexit {status}\n")
    uv.chmod(0o755)
    environment._pip_configuration = lambda _: ""
    if status:
        with pytest.raises(subprocess.CalledProcessError):
            environment.run_uv(tmp_path, "pip", "sync")
    else:
        environment.run_uv(tmp_path, "pip", "sync")
    warned = ["  warning: Failed to hardlink files", "           If so, set the link mode"]
    assert capsys.readouterr().out.splitlines() == ["  Resolved 3 packages", *(warned if status else [])]
