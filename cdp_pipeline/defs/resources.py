"""What assets are handed: the settings in force and the lake."""

import dagster as dg

from cdp_pipeline.lake import Lake
from cdp_pipeline.settings import Settings, read_settings
from cdp_pipeline.steps.persons import read_choices
from cdp_pipeline.steps.tables import read_attributes


class Workplace(dg.ConfigurableResource):
    """The settings, read when a run asks for them, and the lake they name; nothing of it is typed into run config."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Read the user's files before the first step, so that a wrong line stops the run with nothing processed."""
        settings = self.settings
        read_choices(settings)
        read_attributes(settings)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return read_settings()

    @property
    def lake(self) -> Lake:
        """The lake below CDP_LAKE_DIR."""
        return Lake(self.settings.lake_dir)


WORKPLACE = Workplace()
