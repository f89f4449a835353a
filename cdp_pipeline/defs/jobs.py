"""The main job: everything from the raw files of the chosen days to the published database."""

import dagster as dg

from cdp_pipeline.backend import backend_of
from cdp_pipeline.settings import read_settings

JOB_NAME = "daily_profiles"

daily_profiles = dg.define_asset_job(
    name=JOB_NAME,
    selection=dg.AssetSelection.groups("staging", "rejected", "current", "identity", "profiles", "serving"),
    # By which runs are found in the UI.
    tags={"backend": backend_of(read_settings().backend).name},
    description="""
Turns the files of one or more drop dates into merged profiles.

1. **staging, rejected**: reads the files of the chosen dates that are new or changed; every row is accepted, rejected
   with its reasons, or a counted duplicate. A date may be run again at any time and gives the same result.
2. **current**: folds all days into the latest version of each record.
3. **identity**: links records that are one person and keeps person ids.
4. **profiles**: one golden record per person with contacts, addresses, leads, memberships, activities, consents.
5. **serving**: publishes all tables in one transaction; readers see the old state or the new one.

Choose one date, or a range as a single run (backfill: one run for the whole range). To read finished days again, set
`reprocess: true` on the `read_*` steps in the launchpad.

**When a delivery is held**, as no row or only the lesser part of it was accepted, everything else is published, and the
check `rejected_share_is_bearable` of its entity is red on every run until its file is dropped again or removed, or the
delivery is accepted as it is with `accept_rejected: true` on its `read_*` step.

**When a check stops the run**, nothing is published, and the check says what to do. Tables of people that shrank by
more than a fifth are published with `accept_fewer_people: true` on `build_profiles`.
""".strip(),
)
