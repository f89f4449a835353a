"""How the steps of a run are executed, as CDP_EXECUTOR says."""

import dagster as dg

from cdp_pipeline.settings import Settings, read_settings

PRELOADED = "cdp_pipeline.definitions"
"""What the fork server imports once, so that a step's process starts with it: half the cost of a spawned one."""


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """`in_process` runs all steps in the run's own process; `multiprocess` gives each step one, several at a time.

    In one process the whole run of a small drop takes seconds; a process per step costs about two seconds of CPU each.
    It pays where entities are large and cores are many, and a step that runs out of memory takes no other one with it.
    """
    if settings.executor == "in_process":
        return dg.in_process_executor
    return dg.multiprocess_executor.configured(
        {
            "max_concurrent": settings.executor_processes,
            # Polars warns of plain forks: its threads do not survive them.
            "start_method": {"forkserver": {"preload_modules": [PRELOADED]}},
        }
    )


EXECUTOR = executor_of(read_settings())
