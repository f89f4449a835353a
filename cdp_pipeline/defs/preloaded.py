"""What the fork server of CDP_EXECUTOR=multiprocess imports once, so that the process of a step begins with it.

Nothing is computed and nothing opened here: a thread pool of Polars, a connection of DuckDB or a file of SQLite would
not outlive the fork.
"""

# Where Dagster keeps its runs. It is named in dagster.yaml only, so that each step would import it, and with it the
# larger part of what Dagster loads late.
import cdp_pipeline.defs.run_history  # noqa: F401
from cdp_pipeline.definitions import defs
from cdp_pipeline.defs.jobs import JOB_NAME

defs.resolve_job_def(JOB_NAME)
