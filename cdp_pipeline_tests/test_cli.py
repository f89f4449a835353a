"""The command line as a user meets it: what it says and with which status it ends."""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from cdp_pipeline.cli import main
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.serving.database import reading

TELLING_IMPORTS = """
import atexit, sys
from cdp_pipeline.cli import main
heavy = {"pandas", "numpy", "scipy", "dagster", "pandera", "polars", "sqlalchemy", "pydantic"}
atexit.register(lambda: print(*sorted(heavy & set(sys.modules)), file=sys.stderr))
main()
"""


@pytest.fixture
def settings(tmp_path: Path):
    """Those of an empty folder with a raw folder."""
    (tmp_path / "raw").mkdir()
    return {
        "CDP_RAW_DIR": str(tmp_path / "raw"),
        "CDP_LAKE_DIR": str(tmp_path / "lake"),
        "CDP_DATABASE_URL": f"sqlite:///{tmp_path}/serving/cdp.db",
        "COLUMNS": "200",
    }


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def cdp(tmp_path: Path, settings, monkeypatch, capsys):
    """Runs `cdp` in this process, as starting one takes seconds."""
    for name in [name for name in os.environ if name.startswith("CDP_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **others: str) -> Done:
        for name, value in (settings | others).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["cdp", *arguments])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return run


@pytest.fixture
def cdp_process(tmp_path: Path, settings):
    """Runs `cdp` in a process of its own, which ends by naming the heavy libraries it has imported."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**{k: v for k, v in os.environ.items() if not k.startswith("CDP_")}, **settings}
        command = [sys.executable, "-c", TELLING_IMPORTS, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--date", "yesterday"], "'yesterday' is not a drop date; expected YYYY-MM-DD, such as 2026-11-16."),
        (["run", "--date", "2026-11-16", "--all"], "Choose one of --date, --from/--to and --all."),
        (["run", "--to", "2026-11-16"], "--to needs --from."),
        (["run", "--from", "2026-11-17", "--to", "2026-11-16"], "--to lies before --from."),
        (["walk"], "No such command 'walk'"),
        (["rejected", "--entity", "customer_identity"], "is not an object type; did you mean customer-identity?"),
        (["rejected", "--entity", "zebra"], "'zebra' is not an object type; there are customer-identity, "),
        (["generate", "drop", "--people", "0"], "'0' is not a whole number of at least 1, such as 1000."),
    ],
)
def test_wrong_usage_is_told_in_words_and_ends_with_2(cdp, arguments, told):
    done = cdp(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(r"^`cdp .*--help` shows how it is called[.]$", done.stderr, re.M)


def test_without_a_command_it_says_what_there_is(cdp):
    done = cdp()
    assert done.returncode == 2
    assert "Usage: cdp [OPTIONS] COMMAND" in done.stderr


def test_it_says_which_release_it_is(cdp):
    assert re.fullmatch(r"cdp_pipeline \d+\.\d+\.\d+\n", cdp("--version").stdout)


def test_a_misspelt_setting_is_an_error_that_names_the_nearest(cdp):
    done = cdp("show", "C1", CDP_LAKEDIR="x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "CDP_LAKEDIR in the environment is not a setting; did you mean CDP_LAKE_DIR?\n"


def test_a_date_of_which_nothing_came_is_wrong_usage(cdp, drop):
    drop("customer-identity", DAY, customer(1, "Nguyễn Thị An"))
    done = cdp("run", "--date", "2026-10-16")
    assert done.returncode == 2
    assert f"There is no file for 2026-10-16; did you mean {DAY}?" in done.stderr


def test_a_wrong_setting_is_one_clear_line(cdp):
    done = cdp("run", CDP_DEFAULT_REGION="Vietnam")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "CDP_DEFAULT_REGION is 'Vietnam'; allowed: a two-letter region such as VN, SG or US (region of phone numbers "
        "without a country code (ISO 3166 alpha-2))."
    ]


def test_a_strategy_that_does_not_exist_stops_the_run_before_it_begins(cdp, tmp_path):
    (tmp_path / "survivorship.toml").write_text('[gender]\nstrategy = "newest"\n')
    done = cdp("run", CDP_SURVIVORSHIP="survivorship.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "survivorship.toml: gender.strategy is 'newest'; allowed: most_recent, source_priority, most_frequent, "
        "most_complete, oldest."
    ]
    assert not (tmp_path / "lake").exists()


def test_an_unwritable_lake_stops_the_run_with_one_clear_line(cdp, tmp_path):
    (tmp_path / "lake").write_text("a file where the folder should be")
    done = cdp("run")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "CDP_LAKE_DIR" in done.stderr


def test_a_file_that_cannot_be_written_is_told_in_words(cdp, drop, tmp_path):
    drop("customer-identity", DAY, "not json")
    cdp("run")
    done = cdp("rejected", "--csv", str(tmp_path / "nowhere" / "repair.csv"))
    assert done.returncode == 1
    assert done.stderr == (
        f"{tmp_path}/nowhere/repair.csv cannot be used: no such file or directory. Name a place that is there and may "
        "be written.\n"
    )


def test_a_missing_raw_folder_is_named(cdp, tmp_path):
    done = cdp("run", CDP_RAW_DIR=str(tmp_path / "nowhere"))
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "CDP_RAW_DIR" in done.stderr


def test_a_database_that_cannot_be_used_is_told_before_any_work_without_its_password(cdp, drop, tmp_path):
    drop("customer-identity", DAY, customer(1, "Nguyễn Thị An"))
    done = cdp("run", CDP_DATABASE_URL="postgresql://me:s3cret@127.0.0.1:1/cdp")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert done.stderr.startswith(
        "CDP_DATABASE_URL names a database that cannot be used. Cannot reach "
        "postgresql+psycopg://me:***@127.0.0.1:1/cdp: connection failed: "
    )
    assert done.stderr.endswith("Nothing was read or published; correct the database or the setting and run again.\n")
    assert "s3cret" not in done.stderr
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("place", ["/proc/x/cdp.db", "/dev/null/cdp.db"])
def test_a_database_that_cannot_be_written_is_told_once_before_any_work(cdp, drop, tmp_path, place):
    drop("customer-identity", DAY, customer(1, "Nguyễn Thị An"))
    cdp("run")
    done = cdp("run", CDP_DATABASE_URL=f"sqlite:///{place}")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert done.stderr.startswith(
        f"CDP_DATABASE_URL names a database that cannot be used. Cannot publish to sqlite:///{place}"
    )


def test_an_interruption_before_the_work_says_that_nothing_was_changed(cdp, monkeypatch):
    monkeypatch.setattr("cdp_pipeline.commands.run.check_usable", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    done = cdp("run")
    assert (done.returncode, done.stderr.strip()) == (130, "Interrupted; nothing was changed.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "x", "--people", "ten"], "'ten' is not a whole number of at least 1, such as 1000."),
        (["rejected", "--limit", "0"], "'0' is not a whole number of at least 1, such as 20."),
        (["rejected", "--csv", "s3://bucket/x.csv"], "'s3://bucket/x.csv' is the address of a store elsewhere"),
    ],
)
def test_a_wrong_argument_is_told_with_what_is_expected(cdp, arguments, message):
    done = cdp(*arguments)
    assert (done.returncode, message in done.stderr) == (2, True)


def test_a_date_without_a_file_is_told_without_waiting_for_dagster(cdp_process, drop):
    drop("customer-identity", DAY, customer(1, "Nguyễn Thị An"))
    done = cdp_process("run", "--date", "2026-01-02")
    message, imported = done.stderr.splitlines()
    assert (done.returncode, f"did you mean {DAY}?" in message) == (2, True)
    assert "dagster" not in imported.split()


def test_the_list_of_commands_is_cut_nowhere_on_80_columns(cdp):
    lines = cdp("--help", COLUMNS="80").stdout.partition("Commands:")[2].splitlines()
    assert [line for line in lines if "..." in line or len(line) > 80] == []


def test_a_run_without_its_database_is_told_on_the_page_that_stood_there(cdp, drop, tmp_path):
    drop("customer-identity", DAY, customer(1, "Nguyễn Thị An"))
    assert cdp("run").returncode == 0
    page = tmp_path / "serving" / "data_quality.html"
    assert "Yes" in page.read_text()
    (tmp_path / "serving" / "cdp.db").write_text("no database")
    done = cdp("run")
    assert (done.returncode, "file is not a database" in done.stderr) == (1, True)
    assert "stopped at the database, which could not be used" in page.read_text()


@pytest.mark.parametrize("command", [["show", "C1"], ["show", "minh", "anh"], ["rejected"]])
def test_before_the_first_run_there_is_no_database_and_it_says_so(cdp, command):
    done = cdp(*command)
    assert done.returncode == 1
    assert "run the pipeline first" in done.stderr


def test_generate_writes_a_drop_that_run_takes_importing_neither_pandas_nor_numpy_and_refuses_a_full_folder(
    cdp, cdp_process, tmp_path
):
    made = cdp("generate", "raw", "--people", "10", "--days", "1", "--seed", "3")
    assert made.returncode == 0
    assert (tmp_path / "raw" / "truth.parquet").exists()
    assert f"  CDP_RAW_DIR={tmp_path}/raw" in made.stdout
    assert f"  CDP_LAKE_DIR={tmp_path}/raw-made/lake" in made.stdout
    assert f"  CDP_DATABASE_URL=sqlite:///{tmp_path}/raw-made/cdp.db" in made.stdout
    again = cdp("generate", "raw", "--people", "10")
    assert again.returncode == 2
    done = cdp_process("run", "--from", "2026-09-01", "--to", "2026-09-01")
    assert done.returncode == 0, done.stderr
    assert "people from" in done.stdout
    assert done.stderr.splitlines()[-1] == "dagster pandera polars pydantic sqlalchemy"


def test_help_comes_without_a_heavy_import(cdp_process):
    done = cdp_process("show", "--help")
    assert "--unmask" in done.stdout
    assert done.stderr == "\n"


def test_an_unknown_folder_and_a_date_to_come_are_named_in_warnings(cdp, tmp_path):
    (tmp_path / "raw" / "customers").mkdir()
    (tmp_path / "raw" / "0912345678").mkdir()
    path = tmp_path / "raw" / "customer-identity" / "2999-01-01"
    path.mkdir(parents=True)
    (path / "a.ndjson").write_text('{"customerId": "C1"}\n')
    done = cdp("run")
    assert done.returncode == 0
    assert "customers/ in the raw folder is not an object type" in done.stderr
    assert "***678/ in the raw folder" in done.stderr
    assert "drop date 2999-01-01 lies outside" in done.stderr


DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


@pytest.fixture
def drop(tmp_path: Path):
    """Writes a file of entries, or of lines as they are; returns where it lies."""

    def write(kind: str, day: str, *entries: dict[str, str] | str) -> Path:
        path = tmp_path / "raw" / kind / day / "part.ndjson"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join((e if isinstance(e, str) else json.dumps(e)) + "\n" for e in entries))
        return path

    return write


@pytest.fixture
def published(settings):
    """Who is published: the names of all people."""

    def read() -> list[str]:
        with reading(settings["CDP_DATABASE_URL"]) as connection:
            return sorted(connection.execute(sa.text("SELECT display_name FROM profiles")).scalars())

    return read


def customer(number: int, name: str) -> dict[str, str]:
    return {"customerId": f"C{number}", "systemName": "CRM", "fullName": name, "phone": f"09123450{number:02}"}


def test_a_broken_delivery_is_held_while_all_else_is_published_until_it_is_repaired_accepted_or_removed(
    cdp, drop, published, tmp_path
):
    def held(*arguments: str, begin: str = "Published, 1 delivery") -> Done:
        done = cdp("run", *arguments)
        assert done.returncode == 3, done.stderr
        assert f"{begin} held: customer-identity {NEXT_DAY}." in done.stdout
        assert f"Held: rejected/customer_identity, rejected_share_is_bearable: {NEXT_DAY}: 30 of " in done.stderr
        assert f"`cdp run --date {NEXT_DAY} --accept-rejected`" in done.stderr
        page = (tmp_path / "serving" / "data_quality.html").read_text()
        assert f"1 delivery is held and not used: customer-identity {NEXT_DAY}." in page
        return done

    bad = ["not json"] * 30
    lead = {"leadId": "L1", "systemName": "CRM", "fullName": "Lê Văn Bình", "phone": "0987654321"}
    drop("customer-identity", DAY, customer(1, "Nguyễn Thị An"))
    drop("lead-information", NEXT_DAY, lead)
    path = drop("customer-identity", NEXT_DAY, customer(2, "Trần Thị Hoa"), *bad)
    done = held()
    assert "Not used, of held deliveries: 1 of the accepted." in done.stdout
    assert published() == ["Lê Văn Bình", "Nguyễn Thị An"]
    assert "Nothing new in the raw folder" in held(begin="1 delivery still").stdout, (
        "every run tells of it, also one that reads nothing"
    )
    assert "unreadable" in cdp("rejected", "--date", NEXT_DAY).stdout

    drop("customer-identity", NEXT_DAY, customer(2, "Trần Thị Hoa"))
    assert cdp("run").returncode == 0
    assert published() == ["Lê Văn Bình", "Nguyễn Thị An", "Trần Thị Hoa"]

    drop("customer-identity", NEXT_DAY, customer(3, "Phạm Văn Cường"), *bad)
    held()
    assert published() == ["Lê Văn Bình", "Nguyễn Thị An", "Trần Thị Hoa"], "the rows of before stay in use"
    assert cdp("run", "--date", NEXT_DAY, "--accept-rejected").returncode == 0
    assert published() == ["Lê Văn Bình", "Nguyễn Thị An", "Phạm Văn Cường"]

    drop("customer-identity", NEXT_DAY, customer(4, "Đỗ Thị Dung"), *bad)
    held("--all")
    assert published() == ["Lê Văn Bình", "Nguyễn Thị An"], "from nothing there are no rows of before"
    path.unlink()
    assert cdp("run").returncode == 0
    assert published() == ["Lê Văn Bình", "Nguyễn Thị An"]
    assert "No rejected rows" in cdp("rejected", "--date", NEXT_DAY).stdout


def test_entities_without_a_file_on_a_day_are_one_line(cdp, drop):
    email = {"customerId": "C1", "systemName": "CRM", "email": "an@example.com"}
    lead = {"leadId": "L1", "systemName": "CRM", "fullName": "Lê Văn Bình", "phone": "0987654321"}
    drop("customer-identity", DAY, customer(1, "Nguyễn Thị An"))
    drop("customer-identity-email", DAY, email)
    drop("lead-information", DAY, lead)
    drop("lead-information", NEXT_DAY, lead)
    told = [line for line in cdp("run").stderr.splitlines() if "No file" in line]
    assert told == [
        f"Warning: No file on {NEXT_DAY} for 2 of {len(ENTITIES)} entities: customer-identity, "
        "customer-identity-email. Expected a file a day with about as many rows as usual; ask the sender whether the "
        "file is missing or cut off. A file delivered again to the same folder replaces what was read. "
        "(as_many_rows_as_usual)"
    ]


def test_requests_are_listed_without_dagster_pandera_and_tables(cdp_process):
    done = cdp_process("requests")
    assert done.stdout == "There are no requests.\n"
    assert set(done.stderr.split()) & {"dagster", "pandera", "polars"} == set()


def test_a_request_needs_no_dagster(cdp_process):
    done = cdp_process("request", "export", "--key", "C1")
    assert done.returncode == 1
    assert "run the pipeline first" in done.stderr
    assert "dagster" not in done.stderr.splitlines()[-1]


def test_an_option_without_its_argument_names_the_help_of_its_command(cdp):
    done = cdp("rejected", "--csv")
    assert done.returncode == 2
    assert done.stderr == "Option '--csv' requires an argument.\n`cdp rejected --help` shows how it is called.\n"


def test_a_file_in_a_landing_folder_needs_no_entity_and_another_one_is_told_all_there_are(cdp, drop, tmp_path):
    drop("customer-identity", DAY, customer(1, "Nguyễn Thị An"))
    (path,) = (tmp_path / "raw" / "customer-identity" / DAY).iterdir()
    done = cdp("check-file", str(path))
    assert (done.returncode, "as customer-identity: 1 row read, 1 would be accepted" in done.stdout) == (0, True)
    elsewhere = path.rename(tmp_path / path.name)
    done = cdp("check-file", str(elsewhere))
    assert done.returncode == 2
    assert done.stderr.startswith("Name whose rows the file holds: --entity with one of lead-information, lead-status-")


def test_a_misspelt_landing_folder_is_told_with_the_one_that_was_meant_and_open_on_the_page(cdp, drop, tmp_path):
    drop("customer-identity", DAY, customer(1, "Nguyễn Thị An"))
    for name in ("customer_idenity", "archive"):
        (tmp_path / "raw" / name).mkdir()
    done = cdp("run")
    assert done.returncode == 0
    told = "customer_idenity/ in the raw folder is not an object type and is not read; did you mean customer-identity/?"
    assert f"Warning: {told}" in done.stderr
    assert "Warning: archive/ in the raw folder is not an object type and is not read.\n" in done.stderr
    page = (tmp_path / "serving" / "data_quality.html").read_text(encoding="utf-8")
    assert told in page
    assert "archive/" not in page


@pytest.mark.parametrize(
    ("ended", "status", "printed"),
    [
        ("sys.exit(3)", 3, "printed\nat the end\n"),
        ("sys.exit()", 0, "printed\nat the end\n"),
        (
            "threading.Thread(target=lambda: (time.sleep(0.5), print('worked'))).start(); sys.exit(3)",
            3,
            "printed\nworked\n",
        ),
    ],
)
def test_the_program_ends_at_once_with_its_status_and_output_unless_a_thread_still_works(ended, status, printed):
    script = f"""
import atexit, sys, threading, time
from cdp_pipeline import cli
class Slow:
    def __del__(self):
        time.sleep(5)
def main():
    print("printed")
    {ended}
cli.main, cli.kept = main, Slow() if "Thread" not in {ended!r} else None
atexit.register(print, "at the end")
cli.console()
"""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (status, "")
    assert done.stdout.startswith(printed)
    assert "at the end" in done.stdout
    assert time.monotonic() - began < 5


def test_an_interruption_while_it_works_is_said(cdp, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cdp_pipeline.commands.run_job", interrupted)
    done = cdp("run")
    assert done.returncode == 130
    assert done.stderr.strip() == "Interrupted; what was published stays. Call it again to go on."
