"""The README's commands, paths, settings and map are true."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdp_pipeline.cli import cdp
from cdp_pipeline.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", README) + [
    line.split("#")[0].strip() for block in re.findall(r"```\n(.*?)```", README, re.S) for line in block.splitlines()
]


@pytest.mark.parametrize("command", sorted({c.split()[1] for c in CODE if c.startswith("make ")}))
def test_every_make_target_it_names_is_there(command: str) -> None:
    assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


COMMANDS = [re.sub(r"^\.venv/bin/", "", c) for c in CODE if re.match(r"(\.venv/bin/)?cdp ", c)]


@pytest.mark.parametrize("command", sorted({c.split()[1] for c in COMMANDS}))
def test_every_cdp_command_it_names_is_there_and_has_help(command: str) -> None:
    result = CliRunner().invoke(cdp, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_every_cdp_command_is_named() -> None:
    assert set(cdp.commands) <= {c.split()[1] for c in COMMANDS}


@pytest.mark.parametrize(
    "option", sorted({o for row in README.splitlines() if "`cdp " in row for o in re.findall(r"--[a-z-]+", row)})
)
def test_every_option_it_names_belongs_to_a_command(option: str) -> None:
    assert option in {o for command in cdp.commands.values() for p in command.params for o in p.opts}


def test_every_path_it_names_is_there() -> None:
    paths = [c for c in CODE if re.fullmatch(r"[\w./-]+", c) and "/" in c and not c.startswith((".venv", "http", "--"))]
    written_by_runs = ("data/dagster", "data/lake", "data/serving", "identity/person_ids", "DIR/")
    missing = [
        p
        for p in paths
        if not p.startswith(written_by_runs) and not (ROOT / p).exists() and not (ROOT / "cdp_pipeline" / p).exists()
    ]
    assert len(paths) > 20
    assert missing == []


def test_every_folder_of_the_package_is_on_the_map() -> None:
    folders = {p.name for p in (ROOT / "cdp_pipeline").iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert {f for f in folders if f"`cdp_pipeline/{f}/`" not in README} == set()


def test_every_setting_is_listed_with_its_default() -> None:
    rows = dict(re.findall(rf"^\| `{PREFIX}(\w+)` \| (.*?) \|", README, re.M))
    assert {name.upper() for name in Settings.model_fields} == set(rows)
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = rows[name.upper()].split(",")[0].strip("` ")
        assert shown == (str(default) if default not in ({}, None) else "none")
