"""quality: can today's data be trusted? Counts of a run and declared thresholds -> a verdict per check.

    checks: the table of all checks, with limits and sentences    verdict: what a check and its verdict are
    measures: staged, rejections (on `days`, by what is `usual`), state (current), people (identity), published

Pure functions of numbers: `pipeline/verdicts.py` gathers the counts, `defs/checks.py` shows the verdicts in Dagster.
Each verdict states what was found, what was expected and what to do. The thresholds of an entity are its
`Thresholds`; those of all entities stand with the check.
"""
