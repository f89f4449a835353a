"""cdp_pipeline: raw files of fifteen entities become one trustworthy profile per person.

A record enters at one end and leaves at the other; each folder is a room it passes once, and no room looks back:

    ingest -> validation -> staging -> current -> identity -> profiles -> serving

`entities/` declares what the data is and `values/` normalises single cells; every room may import these two and, of
the rooms before it, only the declared tables. `deliveries/` and `pipeline/` compose the rooms over `lake.py`, the one
up to staged rows, the other behind them; `defs/` hands their steps to Dagster and is, with `definitions.py` and
`cli.py`, the only place that imports it. `quality/` judges the counts of a run, `reporting/` shows them, `terminal/`
prints, `generator/` makes synthetic drops. Only `defs/` and `cli.py` read the environment, through `settings.py`;
nobody else imports `defs/`.
"""
