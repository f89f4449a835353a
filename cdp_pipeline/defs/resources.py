"""What assets are handed: the settings in force and the lake."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Self

import dagster as dg

from cdp_pipeline.backend import Backend, BackendError, backend_of
from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.deliveries import FileChangedError
from cdp_pipeline.ingest import ReaderCrashedError
from cdp_pipeline.pipeline import LostIdsError, UnfinishedError, chosen_of, mend, read_choices
from cdp_pipeline.privacy import PrivacyError, read_retention
from cdp_pipeline.serving import ServingError
from cdp_pipeline.settings import Settings, read_settings
from cdp_pipeline.store import Lake, LakeError, held

USER_ERRORS = (
    BackendError,
    ConfigurationError,
    FileChangedError,
    LakeError,
    LostIdsError,
    PrivacyError,
    ReaderCrashedError,
    ServingError,
    UnfinishedError,
)
"""Errors whose one sentence names the fault and the remedy."""


@contextmanager
def reasons_first() -> Iterator[None]:
    """Fail a step by the sentence of one of `USER_ERRORS`, so that the run shows it before any stack."""
    try:
        yield
    except USER_ERRORS as error:
        raise dg.Failure(str(error), allow_retries=False) from error


class Workplace(dg.ConfigurableResource):
    """The settings, read when a run asks for them, and the lake they name; nothing of it is typed into run config."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Self]:
        """Hold the lake for the run, whatever it was launched for; sensors have no run and only read.

        The user's files are read first, and a cluster is asked, so that what is wrong there stops the run with nothing
        processed.
        """
        settings = self.settings
        read_choices(settings)
        chosen_of(settings)
        read_retention(settings.retention)
        if context.run is None:
            yield self
            return
        assert context.log is not None
        self.backend.check(settings.lake_dir)
        run, warn = context.run.run_id, context.log.warning
        with held(self.lake, run, log=warn, begin=lambda: mend(self.lake, settings, run, warn)):
            yield self

    @cached_property
    def settings(self) -> Settings:
        """The settings in force when the step began."""
        return read_settings()

    @property
    def backend(self) -> Backend:
        """The backend of CDP_BACKEND, for steps that need all records."""
        return backend_of(self.settings.backend)

    @property
    def lake(self) -> Lake:
        """The lake below CDP_LAKE_DIR."""
        return Lake(self.settings.lake_dir)


WORKPLACE = Workplace()
