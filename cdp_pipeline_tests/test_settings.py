from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.settings import PREFIX, Settings, in_force, read_settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_fresh_checkout_needs_no_settings() -> None:
    settings = read_settings()
    assert settings.raw_dir == Path("data/raw")
    assert settings.database_url == "sqlite:///data/serving/cdp.db"
    assert settings.first_drop_date == date(2020, 1, 1)


def test_a_line_of_the_env_file_counts_and_the_environment_goes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CDP_DEFAULT_REGION=SG\nCDP_DEFAULT_TIMEZONE_GMT=8\n")
    monkeypatch.setenv("CDP_DEFAULT_TIMEZONE_GMT", "9")
    assert (read_settings().default_region, read_settings().default_timezone_gmt) == ("SG", 9)


def test_companies_can_have_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_COMPANY_ALIASES", "cop123=ORG1, cop456=ORG1")
    assert read_settings().company_aliases == {"cop123": "ORG1", "cop456": "ORG1"}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CDP_DEFAULT_REGION", "Vietnam", "CDP_DEFAULT_REGION is 'Vietnam'; allowed: a two-letter region"),
        (
            "CDP_DEFAULT_TIMEZONE_GMT",
            "15",
            "CDP_DEFAULT_TIMEZONE_GMT is '15'; allowed: a number of at most 14",
        ),
        (
            "CDP_MERGE_PROBABILITY",
            "high",
            "CDP_MERGE_PROBABILITY is 'high'; allowed: a number from 0 to 1, such as 0.8",
        ),
        ("CDP_MERGE_PROBABILITY", "1.5", "CDP_MERGE_PROBABILITY is '1.5'; allowed: a number from 0 to 1, such as 0.8"),
        ("CDP_IDENTITY_SCOPE", "all", "CDP_IDENTITY_SCOPE is 'all'; allowed: 'company' or 'organisation'"),
        ("CDP_COMPANY_ALIASES", "cop123", "CDP_COMPANY_ALIASES is 'cop123'; allowed: pairs of the form company=alias"),
        (
            "CDP_DATABASE_URL",
            "mysql://me:secret@db/cdp",
            "CDP_DATABASE_URL is another URL (not shown); allowed: sqlite:///",
        ),
        (
            "CDP_DATABASE_URL",
            "s3://bucket/cdp.db",
            "CDP_DATABASE_URL is another URL (not shown); allowed: sqlite:///path/to/file.db or postgresql://",
        ),
        ("CDP_LAKE_DIR", "s3://bucket/lake", "CDP_LAKE_DIR is 's3://bucket/lake'; allowed: a path on this machine"),
        (
            "CDP_PRIVACY_DIR",
            "data/lake/privacy",
            "CDP_PRIVACY_DIR is 'data/lake/privacy'; allowed: a path outside CDP_LAKE_DIR (data/lake)",
        ),
        ("CDP_PRIVACY_KEY_FILE", "s3://k", "CDP_PRIVACY_KEY_FILE is 's3://k'; allowed: a path on this machine"),
        ("CDP_RAW_DIR", "s3://bucket", "CDP_RAW_DIR is 's3://bucket'; allowed: a path on this machine"),
        ("CDP_RAW_LINK_ROOTS", "/mnt/crm,gs://b", "CDP_RAW_LINK_ROOTS is '/mnt/crm,gs://b'; allowed: a path on this"),
        ("CDP_BACKEND", "spark", "CDP_BACKEND is 'spark'; allowed: duckdb, or the address of a cluster such as sc://"),
        ("CDP_BACKEND", "sc://a b/;token=secret", "CDP_BACKEND is 'sc://a b'; allowed: duckdb, or the address of"),
        ("CDP_CURRENCY", "dong", "CDP_CURRENCY is 'dong'; allowed: three capital letters, such as VND (currency"),
        ("CDP_FIRST_DROP_DATE", "soon", "CDP_FIRST_DROP_DATE is 'soon'; allowed: a date, such as 20"),
    ],
)
def test_a_wrong_value_is_one_line_with_the_variable_the_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as error:
        read_settings()
    assert str(error.value).startswith(told)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_postgresql_address_is_read_by_the_driver_that_is_installed(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("CDP_DATABASE_URL", f"{scheme}://cdp:secret@db/cdp")
    assert read_settings().database_url == "postgresql+psycopg://cdp:secret@db/cdp"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("CDP_LAKE_DIRS", "CDP_LAKE_DIRS in the environment is not a setting; did you mean CDP_LAKE_DIR?"),
        ("cdp_databse_url", "cdp_databse_url in the environment is not a setting; did you mean CDP_DATABASE_URL?"),
        ("CDP_X", "CDP_X in the environment is not a setting; README.md lists the settings."),
    ],
)
def test_a_misspelt_variable_is_an_error_that_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(ConfigurationError) as error:
        read_settings()
    assert str(error.value) == told


def test_so_is_a_misspelt_line_of_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER=1\nCDP_DEFAULT_REGOIN=SG\n")
    with pytest.raises(
        ConfigurationError, match="CDP_DEFAULT_REGOIN in .env is not a setting; did you mean CDP_DEFAULT"
    ):
        read_settings()


@pytest.mark.parametrize("line", ["CDP_LAKE_DIR elsewhere", "CDP_LAKE_DIR", "CDP_LAKE_DIR='elsewhere"])
def test_a_line_of_the_env_file_that_sets_nothing_is_an_error_that_does_not_quote_it(
    tmp_path: Path, line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text(f"CDP_CURRENCY=USD\n{line}\n")
    with pytest.raises(ConfigurationError) as error:
        read_settings()
    assert str(error.value) == ".env, line 2, sets nothing; write NAME=value, or # before it."
    assert capfd.readouterr().err == ""


def test_an_env_file_as_some_editors_save_it_is_read_or_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CDP_CURRENCY=USD\n", encoding="utf-8-sig")
    assert read_settings().currency == "USD"
    (tmp_path / ".env").write_text("CDP_CURRENCY=USD\n", encoding="utf-16")
    with pytest.raises(ConfigurationError, match=r"^\.env is not UTF-8; save it as UTF-8"):
        read_settings()


def test_two_wrong_values_are_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_CURRENCY", "dong")
    monkeypatch.setenv("CDP_DEFAULT_REGION", "XX")
    with pytest.raises(ConfigurationError) as error:
        read_settings()
    assert [line.partition(" ")[0] for line in str(error.value).splitlines()] == ["CDP_DEFAULT_REGION", "CDP_CURRENCY"]


def test_a_misspelt_setting_from_python_is_an_error_that_names_the_nearest() -> None:
    misspelt: dict[str, Any] = {"raw_dirs": "landing"}
    with pytest.raises(ConfigurationError, match=r"^raw_dirs is not a setting; did you mean raw_dir\?$"):
        Settings(**misspelt)


@pytest.mark.parametrize("name", ["mappings", "survivorship", "identity_overrides", "executor_config", "raw_dir"])
def test_an_address_where_a_file_or_folder_belongs_is_refused_as_such(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name.upper()}", "s3://bucket/x")
    with pytest.raises(ConfigurationError, match="is 's3://bucket/x'; allowed: a path on this machine, no address of"):
        read_settings()


def test_a_wrong_value_from_python_is_one_line_that_names_it_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^default_region is 'Vietnam'; allowed: a two-letter region"
    ) as error:
        Settings(default_region="Vietnam")
    assert "\n" not in str(error.value)
    monkeypatch.setenv("CDP_MAX_FILES", "0")
    with pytest.raises(ConfigurationError, match=r"^CDP_MAX_FILES is '0'; allowed: a number of at least 1"):
        Settings(default_region="VN")


def test_settings_from_python_go_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_DEFAULT_REGION", "SG")
    with in_force(Settings(default_region="US")), ThreadPoolExecutor(1) as other_thread:
        assert read_settings().default_region == "US"
        assert other_thread.submit(read_settings).result().default_region == "SG"
    assert read_settings().default_region == "SG"


@pytest.mark.parametrize(
    ("region", "offset", "zone"),
    [
        ("VN", "7", "Asia/Ho_Chi_Minh"),
        ("SG", "8", "Asia/Singapore"),
        ("VN", "8", "Etc/GMT-8"),
        ("VN", "0", "UTC"),
        # Summer time would move the schedule by an hour, and so would Morocco's Ramadan.
        ("US", "-5", "Etc/GMT+5"),
        ("MA", "1", "Etc/GMT-1"),
    ],
)
def test_the_default_timezone_has_a_name_for_schedules(
    monkeypatch: pytest.MonkeyPatch, region: str, offset: str, zone: str
) -> None:
    monkeypatch.setenv("CDP_DEFAULT_REGION", region)
    monkeypatch.setenv("CDP_DEFAULT_TIMEZONE_GMT", offset)
    assert read_settings().partition_timezone == zone


def test_a_webhook_is_a_web_address_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_ALERT_WEBHOOK", "chat.example.org/secret-token")
    with pytest.raises(
        ConfigurationError,
        match=r"CDP_ALERT_WEBHOOK is another URL \(not shown\); allowed: an address that begins",
    ) as caught:
        read_settings()
    assert "secret-token" not in str(caught.value)
    monkeypatch.setenv("CDP_ALERT_WEBHOOK", "https://chat.example.org/secret-token")
    assert "secret-token" not in repr(read_settings())


@pytest.mark.parametrize(
    ("url", "folder", "copies"),
    [
        (None, None, "data/serving/parquet"),
        ("sqlite:////srv/cdp/people.db", None, "/srv/cdp/parquet"),
        ("postgresql+psycopg://cdp@db/cdp", None, "data/serving/parquet"),
        ("postgresql+psycopg://cdp@db/cdp", "/srv/analysts", "/srv/analysts"),
    ],
)
def test_the_parquet_copies_lie_beside_the_database_unless_set(
    monkeypatch: pytest.MonkeyPatch, url: str | None, folder: str | None, copies: str
) -> None:
    for name, value in (("CDP_DATABASE_URL", url), ("CDP_PARQUET_DIR", folder)):
        if value:
            monkeypatch.setenv(name, value)
    assert read_settings().copies_dir == Path(copies)


@pytest.mark.parametrize("text", ["", "execution: celery", "config: {}", "execution: ["])
def test_workers_elsewhere_need_a_file_that_configures_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr("cdp_pipeline.settings.EXECUTORS_ELSEWHERE", {"celery": "pytest:main"})
    monkeypatch.setenv("CDP_EXECUTOR", "celery")
    with pytest.raises(ConfigurationError, match="CDP_EXECUTOR_CONFIG is None; allowed: a YAML file with the keys"):
        read_settings()
    file = tmp_path / "celery.yaml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("CDP_EXECUTOR_CONFIG", str(file))
    with pytest.raises(ConfigurationError, match="allowed: a YAML file with the keys execution and config"):
        read_settings()
    file.write_text("execution: {config: {broker: redis://broker}}", encoding="utf-8")
    assert read_settings().executor_config == file
