"""The files for a server say the same as the ones for a checkout, and as each other."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._daemon.cli import run_command
from dagster_webserver.cli import dagster_webserver

from cdp_pipeline.definitions import defs
from cdp_pipeline.settings import EXECUTORS_ELSEWHERE, Settings
from cdp_pipeline_tests.documents import ALL

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / ".deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMMANDS = {"dagster-daemon": run_command, "dagster-webserver": dagster_webserver}
EXECUTORS = {name: DEPLOY / f"{name}.yaml" for name in EXECUTORS_ELSEWHERE}


def configured(executor: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(EXECUTORS[executor].read_text(encoding="utf-8"))["execution"]["config"]
    return config


def starts(unit: Path) -> list[str]:
    return re.findall(r"^ExecStart=(.+)$", unit.read_text(encoding="utf-8"), re.M)[0].split()


def test_only_the_storage_differs_from_an_instance_in_the_checkout() -> None:
    checkout, server = (yaml.safe_load((at / "dagster.yaml").read_text(encoding="utf-8")) for at in (ROOT, DEPLOY))
    assert {name for name in {*checkout, *server} if checkout.get(name) != server.get(name)} == {"storage"}
    assert server["storage"] == {"postgres": {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}}}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_a_command_with_options_that_it_has(unit: Path) -> None:
    program, *words = starts(unit)
    known = {option for parameter in COMMANDS[Path(program).name].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known
    assert "workspace.yaml" in words


def test_the_proxy_passes_operators_and_viewers_to_the_ports_of_the_units() -> None:
    proxy = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    passed = dict(re.findall(r"location (\S+) \{.*?proxy_pass http://127\.0\.0\.1:(\d+);", proxy, re.S))
    operators, viewers = starts(DEPLOY / "cdp-webserver.service"), starts(DEPLOY / "cdp-webserver-read-only.service")
    assert passed == {"/": operators[operators.index("--port") + 1], "/view": viewers[viewers.index("--port") + 1]}
    assert viewers[viewers.index("--path-prefix") + 1] == "/view"
    assert "--read-only" in viewers
    assert "--read-only" not in operators


def test_nobody_reaches_the_ui_without_a_password() -> None:
    proxy = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    places = re.findall(r"location \S+ \{(.*?)\}", proxy, re.S)
    assert all("auth_basic_user_file" in place for place in places)
    assert all("127.0.0.1" in starts(unit) for unit in UNITS if "webserver" in unit.stem)


def test_the_driver_of_the_storage_is_named_wherever_its_address_is() -> None:
    texts = [ALL, (DEPLOY / "dagster.yaml").read_text(encoding="utf-8")]
    addresses = [address for text in texts for address in re.findall(r"DAGSTER_POSTGRES_URL=(\S+)", text)]
    assert len(addresses) == 2
    assert all(address.startswith("postgresql+psycopg2://") for address in addresses)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_file_for_workers_names_settings_that_there_are(executor: str) -> None:
    named = set(re.findall(r"\bCDP_([A-Z_]+)", EXECUTORS[executor].read_text(encoding="utf-8")))
    assert "EXECUTOR_CONFIG" in named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_the_broker_and_its_password_stand_in_the_environment() -> None:
    config = configured("celery")
    assert {name: set(value) for name, value in config.items()} == {"broker": {"env"}, "backend": {"env"}}


def test_a_pod_finds_the_checkout_of_the_image_and_the_data_and_reads_the_same_files() -> None:
    text = (DEPLOY / "k8s-run-launcher.yaml").read_text(encoding="utf-8")
    config, image = yaml.safe_load(text)["run_launcher"]["config"], (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    (folder,) = re.findall(r"^WORKDIR (\S+)$", image, re.M)
    variables = dict(variable.split("=", 1) for variable in config["env_vars"])
    assert config["dagster_home"] == f"{folder}/.deploy"
    assert ROOT / variables["CDP_EXECUTOR_CONFIG"] == EXECUTORS[variables["CDP_EXECUTOR"]]
    mounted = {mount["mountPath"]: mount.get("subPath") for mount in config["volume_mounts"]}
    assert mounted == {f"{folder}/data": None, f"{config['dagster_home']}/dagster.yaml": "dagster.yaml"}
    assert {mount["name"] for mount in config["volume_mounts"]} == {volume["name"] for volume in config["volumes"]}
    assert f"-t {config['job_image']} " in image
    assert f"configmap {config['instance_config_map']} " in text
    assert all((ROOT / lock).exists() for lock in re.findall(r"-r (\S+)", image))
    assert "run_launcher" not in yaml.safe_load((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))


def test_a_step_with_memory_of_its_own_is_a_step_of_the_job() -> None:
    steps = {node.name for node in defs.resolve_job_def("daily_profiles").nodes}
    assert set(configured("k8s")["per_step_k8s_config"]) <= steps
    assert 1 < configured("k8s")["max_concurrent"] <= len([name for name in steps if name.startswith("read_")])
