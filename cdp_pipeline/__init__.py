"""cdp_pipeline: raw files of fifteen entities become one trustworthy profile per person.

A record enters at one end and leaves at the other; each folder is a room it passes once, and no room looks back:

    ingest -> validation -> staging -> current -> identity -> profiles -> serving

`entities/` declares what the data is and `values/` normalises single cells; every room may import these two and, of
the rooms before it, only the declared tables. `deliveries/` and `pipeline/` compose the rooms over `lake.py`, the one
up to staged rows, the other behind them; `defs/` hands their steps to Dagster and is, with `definitions.py` and
`cli.py`, the only place that imports it. `quality/` judges the counts of a run, `reporting/` shows them, `terminal/`
prints, `generator/` makes synthetic drops. Only `defs/`, `cli.py` and `api.py` read the environment, through
`settings.py`; nobody else imports `defs/`.

For programs: `from cdp_pipeline import run, read_profiles, Settings`. Each is imported when it is first asked for, so
that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdp_pipeline.api import RunResult, read_profiles, run
    from cdp_pipeline.configuration import ConfigurationError
    from cdp_pipeline.settings import Settings

__all__ = ["ConfigurationError", "RunResult", "Settings", "read_profiles", "run"]


def __getattr__(name: str) -> Any:
    """Import what is asked for from where it stands."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "settings" if name in ("ConfigurationError", "Settings") else "api"
    return getattr(import_module(f"cdp_pipeline.{module}"), name)
