"""quality: can today's data be trusted? Counts of a run and declared thresholds -> a verdict per check, and the page.

    verdict: what a check and its verdict are      checks: every check there is, and where it stands
    days: staging, rejected    state: current    people: identity, profiles    published: serving

Pure functions of numbers: `pipeline/verdicts.py` gathers the counts, `defs/checks.py` shows the verdicts in Dagster,
`report/` makes the page. Each verdict states what was found, what was expected and what to do. The thresholds of an
entity are its `Thresholds`; all others stand beside the function that compares with them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
