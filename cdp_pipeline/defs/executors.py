"""The executor of a run's steps, by CDP_EXECUTOR."""

from collections.abc import Iterator
from pkgutil import resolve_name
from typing import Any

import dagster as dg

from cdp_pipeline.pipeline import mend
from cdp_pipeline.settings import EXECUTORS_ELSEWHERE, Settings, read_executor_config, read_settings
from cdp_pipeline.store import Lake, held

PRELOADED = "cdp_pipeline.defs.preloaded"
"""What the fork server imports once, so that a step's process starts with it."""


class HoldingExecutor(dg.Executor):
    """Another executor, with the lake held by the run's own process from before the first step to after the last.

    In one process the resource `workplace` does that. Steps with processes of their own come and go; between two of
    them another run could begin.
    """

    def __init__(self, inner: dg.Executor) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        """What is the inner executor's own: Celery asks the executor of a run for the address of its broker."""
        return getattr(self._inner, name)

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
        with held(lake, run, log=warn, begin=lambda: mend(lake, settings, run, warn)):
            yield from self._inner.execute(plan_context, execution_plan)


def holding(inner: dg.ExecutorDefinition) -> dg.ExecutorDefinition:
    """An executor that runs steps in other processes, the lake held by the process of the run."""
    create = inner.executor_creation_fn
    assert create is not None

    @dg.executor(
        name=inner.name,
        config_schema=inner.config_schema.as_field(),
        requirements=dg.multiple_process_executor_requirements(),
    )
    def create_holding(init_context: dg.InitExecutorContext) -> dg.Executor:
        return HoldingExecutor(create(init_context))

    return create_holding


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """The executor that the settings name.

    `in_process` runs all steps in the run's own process; `multiprocess` gives each step a process, several at a time,
    which pays where entities are large and cores are many; `celery` and `k8s` hand steps to workers that share the
    lake's folder, configured by the YAML file CDP_EXECUTOR_CONFIG.
    """
    if settings.executor == "in_process":
        return dg.in_process_executor
    if settings.executor == "multiprocess":
        return holding(dg.multiprocess_executor).configured(
            {
                "max_concurrent": settings.executor_processes,
                # Polars warns of plain forks: its threads do not survive them.
                "start_method": {"forkserver": {"preload_modules": [PRELOADED]}},
            }
        )
    inner = resolve_name(EXECUTORS_ELSEWHERE[settings.executor])
    # The settings have checked the file, which Dagster's launchpad and the workers of Celery read too.
    assert settings.executor_config is not None
    config = read_executor_config(settings.executor_config)
    assert config is not None
    return holding(inner).configured(config)


EXECUTOR = executor_of(read_settings())
