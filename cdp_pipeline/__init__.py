"""cdp_pipeline: raw files of fifteen entities become one trustworthy profile per person.

Data flows one way; each package is one step:

    ingest -> validation -> staging -> current -> identity -> profiles -> serving

`entities/` declares the data and `values/` normalises single cells; every package may import these two and, of earlier
steps, only the declared tables. `deliveries/` and `pipeline/` compose the steps over `lake.py`: the first up to staged
rows, the second after them. `defs/` wires them into Dagster and is, with `definitions.py` and `cli.py`, the only place
that imports it. `quality/` evaluates the counts of a run, `reporting/` shows them, `terminal/` prints, `generator/`
makes synthetic deliveries. Only `defs/`, `cli.py` and `api.py` read the environment, through `settings.py`; no other
module imports `defs/`.

For programs: `from cdp_pipeline import run, read_profiles, Settings`. Each is imported at its first use, so that
importing the package costs nothing.
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
