"""The files for a server say the same as the ones for a checkout, and as each other."""

import re
from pathlib import Path

import pytest
import yaml
from dagster._daemon.cli import run_command
from dagster_webserver.cli import dagster_webserver

from cdp_pipeline_tests.documents import ALL

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / ".deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMMANDS = {"dagster-daemon": run_command, "dagster-webserver": dagster_webserver}


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
