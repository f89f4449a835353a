"""staged rows in the lake -> current records, persons, tables of people, database: each brought up to date in turn.

Here belong the registry of layers (`layers.py`), what their builders read (`inputs.py`), the driver that decides what
is built anew (`refresh.py`), and the steps over the lake before and after it; `run.py` lists them all in order. What a
row says stands in the package that builds it; Dagster is wired in `defs/`.
"""
