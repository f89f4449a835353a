"""The only module that reads the environment: every CDP_ variable, validated once, as a frozen value.

A variable may also stand in a `.env` file in the working directory; the environment goes first. Only `defs/` and
`cli.py` import this; all other code is given the values it needs.
"""

import io
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import phonenumbers
import pytz
import sqlalchemy
from dotenv.parser import parse_stream
from pydantic import (
    BeforeValidator,
    DirectoryPath,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from cdp_pipeline.configuration import ConfigurationError, allowed_by
from cdp_pipeline.ingest import MAX_FILES, USUAL
from cdp_pipeline.values.nearest_name import nearest_names

PREFIX = "CDP_"

ENV_FILE = ".env"

_ADDRESS = re.compile("[a-zA-Z][a-zA-Z0-9+.-]+://")
EXECUTORS_ELSEWHERE = {"celery": "dagster_celery:celery_executor", "k8s": "dagster_k8s:k8s_job_executor"}
"""The executors on other machines: package and name."""

_NO_ADDRESS = "a path on this machine, no address of a store elsewhere"
_NO_FILE = ("path_not_file", "path_not_directory")
"""Pydantic's errors of a setting that has to be an existing file or folder."""

_CLUSTER = re.compile(r"sc://[^/:;@\s]+(:\d{1,5})?(/(;[^\s]*)?)?")
_POSTGRES = re.compile("postgres(ql)?://")
_DRIVER = "postgresql+psycopg://"
"""How the driver that is installed is named."""


def _company_aliases(text: object) -> object:
    """`cop123=ORG1,cop456=ORG1` as a mapping."""
    if not isinstance(text, str):
        return text
    aliases = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        company, sign, alias = (part.strip() for part in pair.partition("="))
        if not (company and sign and alias):
            raise ValueError(f"pairs of the form company=alias, not {pair!r}")
        aliases[company] = alias
    return aliases


def _folders(text: object) -> object:
    """Paths separated by commas, or as the system separates them in PATH."""
    if not isinstance(text, str):
        return text
    if _ADDRESS.search(text):
        raise ValueError(_NO_ADDRESS)
    return tuple(Path(part.strip()) for part in re.split(f"[,{re.escape(os.pathsep)}]", text) if part.strip())


_SECRET = {"database_url", "alert_webhook"}
"""Settings that may hold a password."""


class Settings(BaseSettings):
    """Where the pipeline reads and writes, and how it reads what senders leave open.

    A value that is not given comes from the environment, `.env`, or the default. A wrong value or an unknown name is a
    `ConfigurationError` of one line.

    >>> from cdp_pipeline import Settings
    >>> Settings(raw_dir="landing", database_url="postgresql://cdp@db/cdp").database_url
    'postgresql+psycopg://cdp@db/cdp'
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", frozen=True)

    raw_dir: Path = Field(Path("data/raw"), description="the landing folders; runs only read them")
    raw_link_roots: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_folders)] = Field(
        (), description="folders beside the raw folder to which links in it may lead: /mnt/crm,/mnt/shop"
    )
    max_files: int = Field(MAX_FILES, ge=1, description="files in a drop date's folder; more are one rejected row")
    max_expanded_mb: int = Field(
        USUAL.max_expanded_mb, ge=1, description="megabytes that may come out of a compressed file"
    )
    max_expansion_ratio: int = Field(
        USUAL.max_expansion_ratio, ge=1, description="times its size that a compressed file may expand"
    )
    max_workbook_mb: int = Field(USUAL.max_workbook_mb, ge=1, description="megabytes of XML in an Excel workbook")
    max_sheet_cells: int = Field(
        USUAL.max_sheet_cells, ge=1, description="cells of an Excel sheet, empty ones included"
    )
    max_columns: int = Field(USUAL.max_columns, ge=1, description="columns of a table, and keys of a JSON entry")
    max_entry_mb: int = Field(USUAL.max_entry_mb, ge=1, le=256, description="megabytes of a line or entry")
    max_cell_characters: int = Field(USUAL.max_cell_characters, ge=1, description="characters of a cell")
    lake_dir: Path = Field(Path("data/lake"), description="the pipeline's own Parquet files")
    database_url: str = Field(
        "sqlite:///data/serving/cdp.db", description="the published database: sqlite:/// or postgresql://"
    )
    publish_rejected: Literal["masked", "raw"] = Field(
        "masked",
        description="rejected rows in the database: masked, their form alone; raw, as sent, for those who may see them",
    )
    parquet_dir: Path | None = Field(
        None, description="the Parquet copies of the tables; without it, beside the SQLite file or in data/serving"
    )
    default_region: str = Field("VN", description="region of phone numbers without a country code (ISO 3166 alpha-2)")
    default_timezone_gmt: int = Field(
        7, ge=-12, le=14, description="whole hours from GMT of senders that give no timezoneGmt"
    )
    identity_scope: Literal["company", "organisation"] = Field(
        "company", description="company: people of two internal companies are never merged; organisation: they may be"
    )
    company_aliases: Annotated[dict[str, str], NoDecode, BeforeValidator(_company_aliases)] = Field(
        default_factory=dict, description="company ids that mean another company: cop123=ORG1,cop456=ORG1"
    )
    mappings: DirectoryPath | None = Field(
        None, description="folder of TOML files that define what the headers of your sources' tables mean"
    )
    identity_rules: FilePath | None = Field(
        None, description="TOML file with limits, blocked values and traits of your own, beside the packaged ones"
    )
    identity_overrides: FilePath | None = Field(
        None, description="CSV file with pairs of records that a person calls same or different"
    )
    survivorship: FilePath | None = Field(
        None, description="TOML file that defines, by attribute, which value of a person survives"
    )
    merge_probability: float = Field(
        0.8,
        gt=0,
        le=1,
        description="from which probability on records that are alike are one person",
    )
    suggest_probability: float = Field(
        0.5,
        gt=0,
        le=1,
        description="from which probability on they are suggested in table links, for a person to decide",
    )
    backend: str = Field(
        "duckdb",
        description="where steps that need all records run: duckdb, on this machine; sc://host:port, a Spark cluster",
    )
    first_drop_date: date = Field(date(2020, 1, 1), description="drop folders of days before are not read")
    executor: Literal["in_process", "multiprocess", "celery", "k8s"] = Field(
        "in_process",
        description="in_process: all steps of a run in one process; multiprocess: one process per step; celery or k8s: "
        "steps on other machines",
    )
    executor_config: FilePath | None = Field(
        None,
        validate_default=True,
        description="YAML file with the configuration of the celery or k8s executor, as in .deploy/",
    )
    executor_processes: int = Field(
        0, ge=0, description="how many steps run at once with the multiprocess executor; 0: as many as there are cores"
    )
    alert_webhook: SecretStr | None = Field(None, description="http(s) address that receives failed runs, as JSON")
    privacy_dir: Path = Field(
        Path("data/privacy"), description="requests of people and what is suppressed; outside the lake, kept for good"
    )
    privacy_key_file: Path = Field(
        Path("data/privacy.key"), description="the key of suppressed values and proofs; made when it is missing"
    )
    privacy_policy: FilePath | None = Field(
        None, description="TOML file with periods and holidays of your own for requests of people"
    )
    retention: FilePath | None = Field(
        None, description="TOML file that defines how long what is kept of people stays; without it, for good"
    )
    currency: str = Field("VND", description="currency of prices, which no source states")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigurationError("\n".join(_explain(problem, values) for problem in error.errors())) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in Python, then the environment, then `.env`; what is given and no setting is refused."""
        assert isinstance(init_settings, InitSettingsSource)
        for name in init_settings.init_kwargs:
            if name not in cls.model_fields:
                raise ConfigurationError(f"{name} is not a setting{_meant(name, list(cls.model_fields))}")
        return init_settings, env_settings, dotenv_settings

    @field_validator("raw_dir", "lake_dir", "parquet_dir", "privacy_dir", "privacy_key_file")
    @classmethod
    def _is_a_path(cls, value: Path | None) -> Path | None:
        if value and _is_address(value):
            raise ValueError(_NO_ADDRESS)
        return value

    @field_validator("privacy_dir", "privacy_key_file")
    @classmethod
    def _is_outside_the_lake(cls, value: Path, info: ValidationInfo) -> Path:
        lake = info.data.get("lake_dir")
        if lake and value.resolve().is_relative_to(lake.resolve()):
            raise ValueError(f"a path outside CDP_LAKE_DIR ({lake}), as a restored copy of the lake would undo it")
        return value

    @field_validator("mappings")
    @classmethod
    def _can_be_mapped_by(cls, value: Path | None) -> Path | None:
        if value:
            # Whoever sets no mappings need not wait for the modules that read them.
            from cdp_pipeline.ingest import read_mappings

            read_mappings(value)
        return value

    @field_validator("backend")
    @classmethod
    def _is_a_backend(cls, value: str) -> str:
        if value != "duckdb" and not _CLUSTER.fullmatch(value):
            raise ValueError("duckdb, or the address of a cluster such as sc://spark.example.com:15002")
        return value

    @field_validator("executor")
    @classmethod
    def _is_installed(cls, value: str) -> str:
        package = EXECUTORS_ELSEWHERE.get(value, "").partition(":")[0]
        if package and find_spec(package) is None:
            raise ValueError(f"in_process or multiprocess, as the package {package} is not installed")
        return value

    @field_validator("executor_config")
    @classmethod
    def _configures_an_executor(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if info.data.get("executor") not in EXECUTORS_ELSEWHERE:
            return value
        if value is None or read_executor_config(value) is None:
            raise ValueError("a YAML file with the keys execution and config, such as .deploy/celery.yaml")
        return value

    @field_validator("alert_webhook")
    @classmethod
    def _is_a_web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("an address that begins with https:// or http://")
        return value

    @field_validator("currency")
    @classmethod
    def _is_a_currency(cls, value: str) -> str:
        if not re.fullmatch("[A-Z]{3}", value):
            raise ValueError("three capital letters, such as VND")
        return value

    @field_validator("default_region")
    @classmethod
    def _is_a_region(cls, value: str) -> str:
        if value not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("a two-letter region such as VN, SG or US")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_a_database_url(cls, value: str) -> str:
        allowed = "sqlite:///path/to/file.db or postgresql://user:password@host/name"
        value = _POSTGRES.sub(_DRIVER, value, count=1) if _POSTGRES.match(value) else value
        try:
            url = sqlalchemy.make_url(value)
        except sqlalchemy.exc.ArgumentError:
            raise ValueError(allowed) from None
        if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg") or not url.database:
            raise ValueError(allowed)
        return value

    @property
    def quality_page(self) -> Path:
        """The data-quality page: beside the database where that is a file, else in `data/serving`."""
        return self._beside_database / "data_quality.html"

    @property
    def without_secrets(self) -> dict[str, object]:
        """The settings by name, but for those that may hold a password."""
        return self.model_dump(exclude=_SECRET)

    @property
    def copies_dir(self) -> Path:
        """Where the Parquet copies are: as set, else `parquet` beside the SQLite file, else `data/serving/parquet`."""
        return self.parquet_dir or self._beside_database / "parquet"

    @property
    def _beside_database(self) -> Path:
        url = sqlalchemy.make_url(self.database_url)
        return Path(str(url.database)).parent if url.get_backend_name() == "sqlite" else Path("data/serving")

    @property
    def today(self) -> date:
        """The day it is now in the default timezone; a sender east of us may already be in tomorrow."""
        return self.day_of(datetime.now(UTC))

    def day_of(self, timestamp: datetime) -> date:
        """The day of a timestamp in the default timezone."""
        return (timestamp.astimezone(UTC) + timedelta(hours=self.default_timezone_gmt)).date()

    @property
    def partition_timezone(self) -> str:
        """The default timezone as an IANA name: of the default region, where a zone of it has these hours all year.

        All year: on the first and the fifteenth of every month of this one.

        Otherwise one of IANA's fixed zones, which count westwards.
        """
        hours, year = timedelta(hours=self.default_timezone_gmt), self.today.year
        for name in pytz.country_timezones.get(self.default_region, ()):
            days = (datetime(year, month, day, tzinfo=ZoneInfo(name)) for month in range(1, 13) for day in (1, 15))
            if {day.utcoffset() for day in days} == {hours}:
                return str(name)
        return f"Etc/GMT{-self.default_timezone_gmt:+d}" if self.default_timezone_gmt else "UTC"


_in_force: ContextVar["Settings | None"] = ContextVar("_in_force", default=None)


@contextmanager
def in_force(settings: Settings) -> Iterator[None]:
    """Let `read_settings` return these instead of the environment, for runs from Python.

    Other threads keep their own.
    """
    before = _in_force.set(settings)
    try:
        yield
    finally:
        _in_force.reset(before)


def read_settings() -> Settings:
    """The settings in force.

    Raises:
        ConfigurationError: A line per variable that names it, the value found and what is allowed, or a variable that
            is none of the settings with the one that it resembles, or a line of `.env` that sets none.
    """
    if (given := _in_force.get()) is not None:
        return given
    _refuse_unknown(os.environ, "the environment")
    _refuse_unknown(_variables_of(Path(ENV_FILE)), ENV_FILE)
    return Settings()


def _variables_of(file: Path) -> Collection[str]:
    """The variables that a `.env` file sets; one that it names without a value, or a line that is none, is refused."""
    if not file.is_file():
        return ()
    try:
        lines = list(parse_stream(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is not UTF-8; save it as UTF-8, which editors offer as encoding.") from None
    for line in lines:
        if line.error or (line.key and line.key.upper().startswith(PREFIX) and line.value is None):
            # The line itself may hold a password.
            raise ConfigurationError(
                f"{file}, line {line.original.line}, sets nothing; write NAME=value, or # before it."
            )
    return [line.key for line in lines if line.key]


def read_executor_config(path: Path) -> dict[str, Any] | None:
    """The configuration of an executor in a YAML file, below `execution` and `config`; None if the file has none."""
    # Imported only where it is needed.
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    match content:
        case {"execution": {"config": dict(config)}}:
            return config
        case _:
            return None


def _refuse_unknown(variables: Iterable[str], place: str) -> None:
    """Refuse variables that resemble settings and are none, as the intended setting would have no effect."""
    known = sorted(name.upper() for name in Settings.model_fields)
    for name in sorted(variables):
        asked = name.upper().removeprefix(PREFIX)
        if name.upper().startswith(PREFIX) and asked not in known:
            raise ConfigurationError(f"{name} in {place} is not a setting{_meant(asked, known, PREFIX)}")


def _meant(asked: str, known: Sequence[str], prefix: str = "") -> str:
    near = nearest_names(asked, known)
    return f"; did you mean {prefix}{near[0]}?" if near else "; README.md lists the settings."


def _is_address(value: object) -> bool:
    """Whether it is the address of a store elsewhere; a path has lost one of the two slashes."""
    return isinstance(value, str | Path) and bool(_ADDRESS.match(re.sub(":/+", "://", str(value), count=1)))


def _explain(problem: ErrorDetails, given: Mapping[str, object]) -> str:
    """What is wrong with a setting, under the name by which it was set: in Python, or as a variable."""
    name = str(problem["loc"][0])
    if isinstance(error := problem.get("ctx", {}).get("error"), ConfigurationError):
        return str(error)
    found = "another URL (not shown)" if name in _SECRET else repr(problem["input"])
    if name == "backend":
        # A token may follow.
        found = repr(str(problem["input"]).partition("/;")[0])
    described = Settings.model_fields[name].description
    allowed = _NO_ADDRESS if problem["type"] in _NO_FILE and _is_address(problem["input"]) else allowed_by(problem)
    if Settings.model_fields[name].annotation is float:
        allowed = f"a number from 0 to 1, such as {Settings.model_fields[name].default}"
    return f"{name if name in given else PREFIX + name.upper()} is {found}; allowed: {allowed} ({described})."
