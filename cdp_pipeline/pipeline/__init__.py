"""What the pipeline makes, each table declared once, and how a run brings them up to date.

Here belong the registry of layers (`layers.py`), what builders read (`inputs.py`) and the driver that decides what to
build anew (`refresh.py`). What a table says stands in the package that builds it; Dagster is wired in `defs/`.
"""
