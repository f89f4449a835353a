"""The tables of the database, derived from the layers and from what other packages make for it."""

from cdp_pipeline.entities.table import Table
from cdp_pipeline.pipeline.layers import LAYERS
from cdp_pipeline.profiles.tables import BUILT_FROM_REPORTS, IDENTITY_PUBLISHED

PROFILE_TABLES: tuple[Table, ...] = tuple(
    # Parents first: every key leads to a table without one.
    sorted((layer.table for layer in LAYERS if layer.is_published), key=lambda table: bool(table.foreign_keys))
)
"""The published tables of people, those that others refer to first."""

PUBLISHED_TABLES: tuple[Table, ...] = (*PROFILE_TABLES, *IDENTITY_PUBLISHED, *BUILT_FROM_REPORTS)
"""Every table of the database."""
