# What other packages import from here; each is loaded at its first use.
from .local import (
    LOCAL as LOCAL,
    ONE_MACHINE as ONE_MACHINE,
    Backend as Backend,
    BackendError as BackendError,
    Query as Query,
    Workspace as Workspace,
    backend_of as backend_of,
    pattern_of as pattern_of,
    write_whole as write_whole,
)
