"""cdp_pipeline: raw files of fifteen entities become one trustworthy profile per person.

A record enters at one end and leaves at the other; each folder is a room it passes through once:

    ingest -> validation -> staging -> current -> identity -> profiles -> serving

`entities/` declares what the data is, `values/` normalises single cells, `generator/` makes synthetic drops.
A room imports `entities`, `values` and, of earlier rooms, only declared tables. Dagster appears in `defs/`,
`definitions.py` and `cli.py` alone; only `defs/` and `cli.py` read `settings.py`; nobody imports `defs/`.
"""
