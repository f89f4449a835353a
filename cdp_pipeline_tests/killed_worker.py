"""Resolves a bucket on a worker of a cluster, and has the worker killed in the middle of it where a file asks for that.

In a module of its own, which a worker imports by its name.
"""

import os
import signal

from cdp_pipeline.backend import Workspace
from cdp_pipeline.identity.changes import Changes
from cdp_pipeline.identity.graph import Place
from cdp_pipeline.identity.persons import BucketRules
from cdp_pipeline.identity.resolve import _resolve_bucket

ORDER = "kill-a-worker"
"""The file, in the lake."""


def resolve_or_die(work: Workspace, rules: BucketRules, place: Place) -> Changes:
    changes = _resolve_bucket(work, rules, place)
    if place.number == 1 and (work.root.parent / ORDER).exists():
        # Its rows are written, and nobody hears of it.
        os.kill(os.getpid(), signal.SIGKILL)
    return changes
