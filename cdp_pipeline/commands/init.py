"""`cdp init`: writes the folder of a new project, and prints the next steps."""

import shlex
from importlib.resources import files
from pathlib import Path

from rich.console import Console

from cdp_pipeline.commands.printing import print_line, print_text, program
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import write_sample
from cdp_pipeline.settings import ENV_FILE, PREFIX, Settings

RAW = Path("data/raw")

_DAGSTER = ("workspace.yaml", "dagster.yaml")
"""What Dagster's programs read in the folder in which they are started."""

_IGNORED = f"{ENV_FILE}\ndata/\n"
"""Settings may hold passwords, and data is personal."""


def write_project(folder: Path, with_sample: bool, out: Console, err: Console) -> int:
    """Write settings, landing folders and what Dagster reads; returns the exit status, 2 if the folder is not empty.

    Args:
        folder: The project; made if missing.
        with_sample: Put the sample of three days into the landing folders.
        out: Where the written files are printed.
        err: Where errors are printed.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print_text(err, f"{folder} is not empty; name a new folder, so that nothing of yours is changed.", style="red")
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ENV_FILE).write_text(settings_file(), encoding="utf-8")
    (folder / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    for name in _DAGSTER:
        text = files("cdp_pipeline.commands").joinpath("project", name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    for entity in ENTITIES:
        (folder / RAW / entity.object_type).mkdir(parents=True)
    sample = write_sample(folder / RAW) if with_sample else ()
    print_text(
        out, f"{folder}: settings in {ENV_FILE}, {len(ENTITIES)} landing folders in {RAW}, {', '.join(_DAGSTER)}."
    )
    if sample:
        print_text(out, f"A sample of three days: {len(sample)} files of made-up people.")
    _print_next(folder, bool(sample), out)
    return 0


def settings_file() -> str:
    """Every setting with its default, as lines to uncomment."""
    lines = ["# Settings of cdp_pipeline. Uncomment what you change; variables of the environment have precedence.\n"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        value = "" if default in ({}, (), None) else default
        lines.append(f"# {field.description}\n# {PREFIX}{name.upper()}={value}\n")
    return "\n".join(lines)


def _print_next(folder: Path, has_sample: bool, out: Console) -> None:
    # By their whole path, as the first of these commands leaves the folder that a shorter one would begin in.
    called, dagster = program(from_anywhere=True), program("dagster", from_anywhere=True)
    print_text(out, "\nNext:")
    print_line(out, f"cd {shlex.quote(str(folder))}", "every command works in the project's folder")
    if not has_sample:
        place = RAW / ENTITIES[0].object_type / "YYYY-MM-DD"
        print_line(out, f"mkdir -p {place}", "for example; put a file of your own there, the date is its drop date")
    print_line(out, f"{called} run", "process what lies there")
    print_line(out, f"DAGSTER_HOME=$PWD {dagster} dev -w workspace.yaml", "Dagster on http://127.0.0.1:3000")
