"""What assets are handed: the settings in force and the lake."""

import dagster as dg

from cdp_pipeline.lake import Lake
from cdp_pipeline.settings import Settings, read_settings


class Workplace(dg.ConfigurableResource):
    """The settings, read when a run asks for them, and the lake they name; nothing of it is typed into run config."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return read_settings()

    @property
    def lake(self) -> Lake:
        """The lake below CDP_LAKE_DIR."""
        return Lake(self.settings.lake_dir)


WORKPLACE = Workplace()
