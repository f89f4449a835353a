"""steps: the rooms composed over the lake, one module per layer, without Dagster.

    days: raw files -> staging, rejected and a report per day    state: staging -> current
    persons: current -> identity    tables: identity and current -> profiles    database: profiles -> serving

Only here do rooms meet; only `defs/` and `cli.py` call it.
"""
