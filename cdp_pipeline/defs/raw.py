"""The landing folders as external assets: files that others write and the pipeline only reads."""

import dagster as dg

from cdp_pipeline.defs.metadata import OWNERS, source_schema
from cdp_pipeline.entities.registry import ENTITIES

raw_assets = [
    dg.AssetSpec(
        key=["raw", entity.name],
        description=(
            f"Files delivered to `{entity.object_type}/<YYYY-MM-DD>/`: NDJSON, JSON, CSV, TSV, Parquet or Excel, text "
            f"also as gz or zst. {entity.description.splitlines()[0]}"
        ),
        group_name="raw",
        kinds={"file"},
        owners=OWNERS,
        metadata={"dagster/column_schema": source_schema(entity)},
    )
    for entity in ENTITIES
]
