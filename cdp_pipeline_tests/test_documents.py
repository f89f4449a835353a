"""The commands, paths, links, settings and lists of README.md and `docs/` are true."""

import importlib.util
import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cdp_pipeline.cli import cdp
from cdp_pipeline.definitions import defs
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.entity import USUAL
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.configuration.rules import read_rules
from cdp_pipeline.privacy import offered_kinds, read_policy
from cdp_pipeline.privacy.retention import Keeping, read_retention
from cdp_pipeline.profiles.golden.attributes import ATTRIBUTES, CHILD_ATTRIBUTES, EVIDENCE_SOURCES
from cdp_pipeline.profiles.golden.survivorship import STRATEGIES, Attribute
from cdp_pipeline.profiles.golden.survivorship_file import read_survivorship
from cdp_pipeline.profiles.records.records import MOST_RECORD_KEYS
from cdp_pipeline.quality.checks import CHECKS
from cdp_pipeline.settings import PREFIX, Settings
from cdp_pipeline_tests.documents import ALL, PATHS, ROOT, TEXTS, anchors, blocks, chapter, code, commands, links


def test_every_make_target_they_name_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target, *given in commands("make"):
        assert re.search(rf"^{target}:", makefile, re.M), target
        for variable in re.findall(r"(?:^| )(\w+)=", " ".join(given)):
            assert re.search(rf"\({variable}\)|^{variable} [?:]=", makefile, re.M), (target, variable)


def test_make_help_lists_every_target_and_the_documents_name_it() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    done = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    listed = re.findall(r"^make (\S+) +\S", done.stdout, re.M)
    assert listed == re.findall(r"^([\w-]+):.* ## ", makefile, re.M)
    assert {*listed} - {words[0] for words in commands("make")} == set()


@pytest.mark.parametrize("command", sorted({words[0] for words in commands("cdp") if words[0].isalpha()}))
def test_every_cdp_command_they_name_is_there_and_has_help(command: str) -> None:
    result = CliRunner().invoke(cdp, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_the_exit_statuses_of_every_command_are_those_of_its_help() -> None:
    rows = {
        name: [cell.strip() for cell in cells.split("|")]
        for name, cells in re.findall(r"^\| `cdp ([a-z-]+)` \|(.*)\|$", chapter("Exit statuses"), re.M)
    }
    assert set(rows) == set(cdp.commands)
    for name, command in cdp.commands.items():
        sentence = " ".join((command.help or "").partition("Exit status: ")[2].split()).rstrip(".")
        said = dict(re.findall(r"(\d) (?:when|for) (.*?)(?=; \d |$)", sentence))
        expected = [said.get(status, "").replace(", and for wrong usage", "; wrong usage") for status in "0123"]
        assert rows[name] == expected, name


def test_the_glossary_explains_the_words_that_a_newcomer_meets_first() -> None:
    words = {
        word.strip("` ") for row in re.findall(r"^\| (.+?) \|", chapter("Glossary"), re.M) for word in row.split(",")
    }
    met = {
        "PangoCDP",
        "MoeGo",
        "settled",
        "ledger",
        "held",
        "drop date",
        "mapping",
        "masked",
        "finding",
        "strong",
        "bit",
    }
    assert met - words == set()


def test_every_cdp_command_is_named() -> None:
    assert set(cdp.commands) == {words[0] for words in commands("cdp") if not words[0].startswith("-")}


def test_every_option_they_name_belongs_to_its_command() -> None:
    known = {name: {o for p in command.params for o in p.opts} for name, command in cdp.commands.items()}
    named = [(words[0], option) for words in commands("cdp") for option in words[1:] if option.startswith("--")]
    # In the table of commands the options of a row stand beside their command.
    for row in re.findall(r"^\| `cdp .+$", ALL, re.M):
        command = row.split("`")[1].split()[1]
        spans = [span for span in re.findall(r"`([^`]+)`", row) if span.startswith("--")]
        named += [(command, option) for span in spans for option in re.findall(r"--[a-z-]+", span)]
    assert len(named) > 20
    assert {(command, option) for command, option in named if option not in known[command]} == set()


def test_every_module_they_run_is_there_and_takes_the_options_they_name() -> None:
    named = [words for words in commands("python -m") if words[0] != "venv"]
    assert named
    for module, *options in named:
        spec = importlib.util.find_spec(module)
        assert spec is not None, module
        assert spec.origin is not None, module
        main = Path(spec.origin).with_name("__main__.py") if spec.submodule_search_locations else Path(spec.origin)
        source = main.read_text(encoding="utf-8")
        assert [o for o in options if o.startswith("--") and f'"{o}"' not in source] == [], module


@pytest.mark.parametrize("document", PATHS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for link in links(document):
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_path_they_name_is_there() -> None:
    paths = {c for c in code() if re.fullmatch(r"[\w./-]+", c) and "/" in c and not c.startswith((".venv", "--"))}
    assets = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
    of_runs = ("data/dagster", "data/lake", "data/privacy", "data/serving", "lake/", "parquet/", "DIR/")
    of_others = ("/runs", "/view", "sbin/start-connect-server.sh")
    places = (ROOT, ROOT / "cdp_pipeline")
    missing = {path for path in paths if not any((place / path.removeprefix("/")).exists() for place in places)}
    assert len(paths) > 20
    assert {path for path in missing - assets if not path.startswith((*of_runs, *of_others))} == set()


def test_every_file_for_servers_is_listed() -> None:
    assert {p.name for p in (ROOT / ".deploy").iterdir() if f"`.deploy/{p.name}`" not in ALL} == set()


def test_every_picture_is_shown_and_small() -> None:
    shown = {document.parent / link for document in PATHS for link in links(document) if link.endswith(".png")}
    assert {picture.name for picture in shown if picture.stat().st_size > 150_000} == set()
    assert shown == set((ROOT / "docs" / "pictures").iterdir())


def test_schedule_and_sensors_it_names_are_there() -> None:
    named = set(re.findall(r"(?:schedule|sensor) start (\w+)", ALL)) | set(
        re.findall(r"^\| `(\w+_(?:schedule|sensor|alert))` \|", ALL, re.M)
    )
    declared = {thing.name for thing in (*(defs.schedules or ()), *(defs.sensors or ()))}
    assert named == declared


def test_every_folder_and_module_at_the_top_of_the_package_is_on_the_map() -> None:
    at_the_top = [p for p in (ROOT / "cdp_pipeline").iterdir() if p.suffix in ("", ".py") and p.name[:2] != "__"]
    names = {f"cdp_pipeline/{p.name}/" if p.is_dir() else f"cdp_pipeline/{p.name}" for p in at_the_top}
    the_map = chapter("The map")
    assert {name for name in names if f"`{name}`" not in the_map} == {"cdp_pipeline/definitions.py"}


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    readme = ROOT / "README.md"
    assert len(TEXTS[readme].splitlines()) <= 200
    assert {(ROOT / link.partition("#")[0]).resolve() for link in links(readme)} >= {*PATHS} - {readme}


def test_the_site_has_every_document_in_its_navigation_once() -> None:
    site = yaml.safe_load((ROOT / ".ci" / "mkdocs.yml").read_text(encoding="utf-8"))
    start, *sections = site["nav"]
    listed = [*start.values(), *(name for section in sections for pages in section.values() for name in pages)]
    on_site = [path.relative_to(ROOT).as_posix().removeprefix("docs/") for path in PATHS]
    assert sorted(listed) == sorted(on_site)


def test_every_setting_is_listed_with_its_default() -> None:
    rows = dict(re.findall(rf"^\| `{PREFIX}(\w+)` \| (.*?) \|", chapter("Settings"), re.M))
    assert {name.upper() for name in Settings.model_fields} == set(rows)
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = rows[name.upper()].split(",")[0].strip("` ")
        assert shown == (str(default) if default not in ({}, (), None) else "none")


def test_every_attribute_of_the_profile_is_listed_as_it_is_declared() -> None:
    survivors = chapter("Which value survives")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (\w+) \| (.+?) \| (.+) \|$", survivors, re.M)
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
    assert str(MOST_RECORD_KEYS) in survivors
    assert {strategy for strategy in STRATEGIES if f"`{strategy}`" not in survivors} == set()


def listed_tiers(attribute: Attribute) -> list[str]:
    """The tiers of sources as the documents list them: the last of those that name every source is the others."""
    tiers = [", ".join(f"`{source}`" for source in tier) for tier in attribute.sources]
    names_all = {source for tier in attribute.sources for source in tier} == set(EVIDENCE_SOURCES)
    return [*tiers[:-1], "the others"] if names_all else tiers


def test_their_rules_of_identity_can_be_used(tmp_path: Path) -> None:
    for title in ("Placeholders and limits", "Traits from custom fields"):
        rules = tmp_path / "rules.toml"
        rules.write_text(blocks("toml", chapter(title))[0], encoding="utf-8")
        assert read_rules(rules) != read_rules(None)


def test_their_file_of_survivorship_can_be_used(tmp_path: Path) -> None:
    (file := tmp_path / "survivorship.toml").write_text(blocks("toml", chapter("Which value survives"))[0])
    changed = {a.name for a in read_survivorship(file) if a not in ATTRIBUTES}
    assert changed == set(tomllib.loads(file.read_text()))


def test_every_kind_of_request_that_can_be_made_is_listed_and_no_other() -> None:
    assert re.findall(r"^\| `(\w+)` \|", chapter("What can be asked for"), re.M) == list(offered_kinds())


def test_the_periods_of_both_profiles_are_listed(tmp_path: Path) -> None:
    (gdpr := tmp_path / "gdpr.toml").write_text('profile = "gdpr"')
    rows = {name: periods for name, *periods in re.findall(r"^\| `?([\w ]+?)`? \| (\d.*) \| (\d.*) \|$", ALL, re.M)}
    policies = (read_policy(None), read_policy(gdpr))
    expected = {"first answer": [policy.first_answer for policy in policies]}
    expected |= {kind: [policy.periods[kind] for policy in policies] for kind in policies[0].periods}
    written = {
        name: [f"{p.count} {p.unit.removesuffix('s') if p.count == 1 else p.unit}" for p in found]
        for name, found in expected.items()
    }
    assert {name: rows.get(name) for name in written} == written


def test_their_file_of_periods_can_be_used(tmp_path: Path) -> None:
    (file := tmp_path / "privacy.toml").write_text(blocks("toml", chapter("Deadlines"))[0])
    assert read_policy(file) != read_policy(None)


def test_their_file_of_retention_can_be_used(tmp_path: Path) -> None:
    (file := tmp_path / "retention.toml").write_text(blocks("toml", chapter("The file"))[0])
    periods = read_retention(file)
    assert periods.of("records", EMAIL_INTERACTION) == Keeping(2, "year")
    assert all((periods.exports, periods.rejected, periods.reports))


def test_every_check_is_listed_as_it_is_declared() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([\w/<>]+)` \| (stops|holds|warns) \| (.+) \|$", ALL, re.M)
    assert rows == [(c.name, c.asset, c.effect, c.promise) for c in CHECKS]


def test_every_threshold_is_listed_with_the_entities_that_draw_it_elsewhere() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w.]+ \| .*)\|$", chapter("Thresholds"), re.M))
    for field in fields(USUAL):
        usual = getattr(USUAL, field.name)
        drawn = {e.object_type: getattr(e.thresholds, field.name) for e in ENTITIES}
        others = ", ".join(f"`{kind}` {value}" for kind, value in drawn.items() if value != usual)
        assert rows[field.name].strip() == f"{usual} | {others}".strip()


def test_their_mapping_reads_its_export(tmp_path: Path) -> None:
    export, mapping = tmp_path / "pos.csv", tmp_path / "mine.toml"
    export.write_text(blocks("csv")[0], encoding="utf-8")
    mapping.write_text(next(b for b in blocks("toml") if "[customer-identity]" in b), encoding="utf-8")
    arguments = ["check-file", str(export), "--entity", "customer-identity", "--mapping", str(mapping)]
    result = CliRunner().invoke(cdp, arguments)
    assert "by the mapping mine: 1 row read, 1 would be accepted, 0 rejected" in result.output
    assert result.exit_code == 0


def test_every_shipped_mapping_is_named() -> None:
    shipped = {path.stem for path in (ROOT / "cdp_pipeline" / "ingest" / "source_mappings").glob("*.toml")}
    assert shipped == set(re.findall(r"^\| `(\w+)` \|", chapter("Headers of your own: mappings"), re.M))
