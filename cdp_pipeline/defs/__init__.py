"""defs: Dagster, and nothing else; the only folder beside `definitions.py` and `cli.py` that imports it.

One module per layer names its assets and calls one function of `deliveries/` or `pipeline/`; `metadata.py` turns
declared tables and counts into what the UI shows; jobs, schedules, sensors and resources have a module each.
"""
