"""cdp_pipeline: raw files of fifteen entities become one trustworthy profile per person.

Data flows one way; each package is one step:

    ingest -> validation -> staging -> current -> identity -> profiles -> serving

`entities/` declares the data and `values/` normalises single cells; every package may import these two and, of earlier
steps, only the declared tables. `deliveries/` and `pipeline/` compose the steps over the lake (`store/`): the first up
to staged rows, the second after them. `backend/` runs SQL over files. `defs/` wires all of it into Dagster and is, with
`definitions.py` and `cli.py`, the only place that imports it. `quality/` evaluates the counts of a run and makes the
page, `privacy/` carries out requests of people, `commands/` prints, `generator/` makes synthetic deliveries. Only
`defs/`, `cli.py` and `api.py` read the environment, through `settings.py`; no other module imports `defs/`.

The `__init__.pyi` of a package lists what other packages may import from it; deeper imports are refused, except
from `entities/` and `values/`. `pipeline.py` in a package reads as the list of its steps.

For programs: `from cdp_pipeline import run, read_profiles, Settings`. Each is imported at its first use, so that
importing the package costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
