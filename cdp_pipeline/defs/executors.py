"""How the steps of a run are executed, as CDP_EXECUTOR says."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from cdp_pipeline.lake import Lake
from cdp_pipeline.lake_lock import held
from cdp_pipeline.pipeline.mending import mend
from cdp_pipeline.settings import Settings, read_settings

PRELOADED = "cdp_pipeline.defs.preloaded"
"""What the fork server imports once, so that a step's process starts with it."""


class HoldingExecutor(dg.Executor):
    """Another executor, with the lake held by the run's own process from before the first step to after the last.

    In one process the resource `workplace` does that. Steps with processes of their own come and go; between two of
    them another run could begin.
    """

    def __init__(self, inner: dg.Executor) -> None:
        self._inner = inner

    @property
    def retries(self) -> Any:
        """How the inner executor retries."""
        return self._inner.retries

    @property
    def step_dependency_config(self) -> Any:
        """What the inner executor demands of the steps before one."""
        return self._inner.step_dependency_config

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        """Execute the plan while the lake is held."""
        run, warn, settings = plan_context.dagster_run.run_id, plan_context.log.warning, read_settings()
        lake = Lake(settings.lake_dir)
        with held(lake, run, tell=warn, begin=lambda: mend(lake, settings, run, warn)):
            yield from self._inner.execute(plan_context, execution_plan)


@dg.executor(
    name="multiprocess",
    config_schema=dg.multiprocess_executor.config_schema.as_field(),
    requirements=dg.multiple_process_executor_requirements(),
)
def holding_multiprocess(init_context: dg.InitExecutorContext) -> dg.Executor:
    """Each step in a process of its own, the lake held by the process of the run."""
    create = dg.multiprocess_executor.executor_creation_fn
    assert create is not None
    return HoldingExecutor(create(init_context))


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """`in_process` runs all steps in the run's own process; `multiprocess` gives each step one, several at a time.

    In one process the whole run of a small drop takes seconds; a process per step costs about two seconds of CPU each.
    It pays where entities are large and cores are many, and a step that runs out of memory takes no other one with it.
    """
    if settings.executor == "in_process":
        return dg.in_process_executor
    return holding_multiprocess.configured(
        {
            "max_concurrent": settings.executor_processes,
            # Polars warns of plain forks: its threads do not survive them.
            "start_method": {"forkserver": {"preload_modules": [PRELOADED]}},
        }
    )


EXECUTOR = executor_of(read_settings())
