# What programs import from here; each is loaded at its first use.
from .api import RunResult as RunResult, read_profiles as read_profiles, run as run
from .configuration import ConfigurationError as ConfigurationError
from .settings import Settings as Settings
