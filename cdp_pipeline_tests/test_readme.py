"""The README's commands, paths, settings and map are true."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdp_pipeline.cli import cdp
from cdp_pipeline.definitions import defs
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.thresholds import USUAL
from cdp_pipeline.profiles.golden import ATTRIBUTES, CHILD_ATTRIBUTES, EVIDENCE_SOURCES
from cdp_pipeline.profiles.records import MOST_RECORD_KEYS
from cdp_pipeline.profiles.survivorship import STRATEGIES, Attribute
from cdp_pipeline.profiles.survivorship_file import read_survivorship
from cdp_pipeline.quality.checks import CHECKS
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
    assets = {check.asset for check in CHECKS}
    missing = [
        p
        for p in paths
        if p not in assets
        and not p.startswith(written_by_runs)
        and not (ROOT / p).exists()
        and not (ROOT / "cdp_pipeline" / p).exists()
    ]
    assert len(paths) > 20
    assert missing == []


def test_every_file_for_servers_is_listed() -> None:
    assert {p.name for p in (ROOT / ".deploy").iterdir() if f"`.deploy/{p.name}`" not in README} == set()


def test_its_pictures_are_there_and_small() -> None:
    pictures = [ROOT / path for path in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)]
    assert pictures
    assert [p.name for p in pictures if not p.exists() or p.stat().st_size > 150_000] == []
    assert set(pictures) == set((ROOT / ".ci" / "screenshots").iterdir())


def test_schedule_and_sensors_it_names_are_there() -> None:
    named = set(re.findall(r"(?:schedule|sensor) start (\w+)", README)) | set(
        re.findall(r"^\| `(\w+_(?:schedule|sensor|alert))` \|", README, re.M)
    )
    declared = {thing.name for thing in (*(defs.schedules or ()), *(defs.sensors or ()))}
    assert named == declared


def test_every_folder_of_the_package_is_on_the_map() -> None:
    folders = {p.name for p in (ROOT / "cdp_pipeline").iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert {f for f in folders if f"`cdp_pipeline/{f}/`" not in README} == set()


def test_every_setting_is_listed_with_its_default() -> None:
    rows = dict(re.findall(rf"^\| `{PREFIX}(\w+)` \| (.*?) \|", README, re.M))
    assert {name.upper() for name in Settings.model_fields} == set(rows)
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = rows[name.upper()].split(",")[0].strip("` ")
        assert shown == (str(default) if default not in ({}, (), None) else "none")


def test_every_attribute_of_the_profile_is_listed_as_it_is_declared() -> None:
    chapter = README.split("## Which value survives")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (\w+) \| (.+?) \| (.+) \|$", chapter, re.M)
    assert rows == [
        (
            attribute.name,
            ", ".join(f"`{name}`" for name in attribute.column_names),
            attribute.strategy,
            ", then ".join(listed_tiers(attribute)) or "all",
            attribute.reason,
        )
        for attribute in (*ATTRIBUTES, *CHILD_ATTRIBUTES)
    ]
    assert str(MOST_RECORD_KEYS) in chapter
    assert {strategy for strategy in STRATEGIES if f"`{strategy}`" not in chapter} == set()


def listed_tiers(attribute: Attribute) -> list[str]:
    """The tiers of sources as the README lists them: the last of those that name every source is the others."""
    tiers = [", ".join(f"`{source}`" for source in tier) for tier in attribute.sources]
    names_all = {source for tier in attribute.sources for source in tier} == set(EVIDENCE_SOURCES)
    return [*tiers[:-1], "the others"] if names_all else tiers


def test_its_file_of_survivorship_can_be_used(tmp_path: Path) -> None:
    chapter = README.split("## Which value survives")[1].split("\n## ")[0]
    (file := tmp_path / "survivorship.toml").write_text(re.findall(r"```\n(.*?)```", chapter, re.S)[0])
    assert {a.name for a in read_survivorship(file) if a not in ATTRIBUTES} == {"gender", "language"}


def test_every_check_is_listed_as_it_is_declared() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([\w/<>]+)` \| (stops|holds|warns) \| (.+) \|$", README, re.M)
    assert rows == [(c.name, c.asset, c.effect, c.promise) for c in CHECKS]


def test_every_threshold_is_listed_with_the_entities_that_draw_it_elsewhere() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w.]+ \| .*)\|$", README, re.M))
    for field in fields(USUAL):
        usual = getattr(USUAL, field.name)
        drawn = {e.object_type: getattr(e.thresholds, field.name) for e in ENTITIES}
        others = ", ".join(f"`{kind}` {value}" for kind, value in drawn.items() if value != usual)
        assert rows[field.name].strip() == f"{usual} | {others}".strip()


def test_its_mapping_reads_its_export(tmp_path: Path) -> None:
    export, mapping = tmp_path / "pos.csv", tmp_path / "mine.toml"
    export.write_text(block("csv"), encoding="utf-8")
    mapping.write_text(block("toml", "[customer-identity]"), encoding="utf-8")
    arguments = ["check-file", str(export), "--entity", "customer-identity", "--mapping", str(mapping)]
    result = CliRunner().invoke(cdp, arguments)
    assert "by the mapping mine: 1 row read, 1 would be accepted, 0 rejected" in result.output
    assert result.exit_code == 0


def test_every_shipped_mapping_is_named() -> None:
    shipped = {path.stem for path in (ROOT / "cdp_pipeline" / "ingest" / "source_mappings").glob("*.toml")}
    chapter = README.partition("### Headers of your own: mappings")[2].partition("\n## ")[0]
    assert shipped == set(re.findall(r"^\| `(\w+)` \|", chapter, re.M))


def block(language: str, holds: str = "") -> str:
    """The code block of a language that holds a text."""
    return next(text for text in re.findall(rf"```{language}\n(.*?)```", README, re.S) if holds in text)
