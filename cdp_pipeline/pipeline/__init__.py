"""Staged rows in the lake -> current records, persons, tables of people, database: each refreshed in turn.

The registry of layers (`layers.py`), the inputs of their builders (`inputs.py`), the driver that decides which
people are rebuilt (`refresh.py`), and the steps before and after it; `run.py` lists all steps in order. The builders
of rows belong to the packages of their subject, the wiring of Dagster to `defs/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
