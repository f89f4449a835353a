"""The main job: everything from the raw files of the chosen days to the published database."""

import dagster as dg

from cdp_pipeline.backend import backend_of
from cdp_pipeline.defs.profiles import ProfilesConfig
from cdp_pipeline.defs.staging import ReadConfig
from cdp_pipeline.settings import read_settings
from cdp_pipeline.store import DAILY_LAYERS

JOB_NAME = "daily_profiles"

_AFTER_FILES = dg.AssetSelection.groups("current", "identity", "profiles", "serving", "privacy")


def _options() -> str:
    """What may be typed into the launchpad, as a table."""
    configs: dict[str, type[dg.Config]] = {"read_*": ReadConfig, "build_profiles": ProfilesConfig}
    rows = (
        f"| `{step}` | `{name}` | {field.description} |"
        for step, config in configs.items()
        for name, field in config.to_fields_dict().items()
    )
    return "\n".join(["| step | option | what it does |", "| --- | --- | --- |", *rows])


_OPTIONS = _options()

daily_profiles = dg.define_asset_job(
    name=JOB_NAME,
    selection=dg.AssetSelection.groups(*DAILY_LAYERS) | _AFTER_FILES,
    # By which runs are found in the UI.
    tags={"backend": backend_of(read_settings().backend).name},
    description=f"""
Turns the files of one or more drop dates into merged profiles.

1. **staging, rejected**: reads the files of the chosen dates that are new or changed; every row is accepted, rejected
   with its reasons, a counted duplicate, or suppressed as that of an erased person. A date may be run again at any time
   and gives the same result.
   **privacy/retention** then removes what is older than its period in CDP_RETENTION, counted in `retention_ledger`.
2. **current**: folds all days into the latest version of each record.
3. **identity**: links records that are one person and keeps person ids.
4. **profiles**: one golden record per person with contacts, addresses, leads, memberships, activities, consents.
5. **serving**: publishes all tables in one transaction; readers see the old state or the new one.
6. **privacy**: counts the requests of people about their data, and checks that none is overdue.

Choose one date, or a range as a single run (backfill: one run for the whole range).

**What the launchpad takes**, each under `ops`, the step's name, `config`:

{_OPTIONS}

For example, to use the held delivery of one entity as it is:

```yaml
ops:
  read_customer_identity:
    config:
      accept_rejected: true
```

**When a delivery is held**, as none or only the smaller part of its rows was accepted, all else is published, and the
check `rejected_share_is_bearable` of its entity is red on every run until its rows are repaired, its file is delivered
again or removed, or the delivery is accepted as it is.

**When a check stops the run**, nothing is published, and the check explains what to do. Tables of people that shrank by
more than a fifth are published once with `accept_fewer_people`.
""".strip(),
)

retention_job = dg.define_asset_job(
    name="retention",
    selection=_AFTER_FILES,
    tags={"backend": backend_of(read_settings().backend).name},
    description="""
Removes what is older than its period in CDP_RETENTION and publishes without it; no file is read. `daily_profiles` does
the same in every run, so that this needs no schedule: launch it after a change of periods. `cdp retention` previews.
""".strip(),
)
