"""quality: can today's data be trusted? Counts of a run and declared thresholds -> a verdict per check.

    verdict: what a check and its verdict are      checks: every check there is, and where it stands
    days: staging, rejected    state: current    people: identity, profiles    published: serving

Pure functions of numbers: `pipeline/verdicts.py` gathers the counts, `defs/checks.py` shows the verdicts in Dagster.
Each verdict says what was found, what was expected and what to do. Where the numbers are an entity's, its lines are
drawn by its `Thresholds`; the lines of everything else stand beside the function that judges by them.
"""
