# What other packages import from here; each is loaded at its first use.
from .arguments import (
    DropDate as DropDate,
    LocalFile as LocalFile,
    ObjectType as ObjectType,
    WholeNumber as WholeNumber,
)
from .checking import check_file as check_file, list_fields as list_fields
from .explain import explain_person as explain_person
from .explain_pairs import explain_pair as explain_pair
from .generate import write_deliveries as write_deliveries
from .init import write_project as write_project
from .preview import preview_identity as preview_identity
from .printing import NAME as NAME, print_text as print_text, progress as progress
from .pseudonymise import Use as Use, Wanted as Wanted, pseudonymise_tables as pseudonymise_tables
from .rejected import list_rejected as list_rejected
from .repair import repair_rows as repair_rows
from .request import Asked as Asked, Mode as Mode, make_request as make_request
from .requests import act_on_request as act_on_request, list_requests as list_requests
from .retention import preview_retention as preview_retention
from .run import HELD as HELD, Chosen as Chosen, is_database_usable as is_database_usable, run_job as run_job
from .show import show_person as show_person
from .train import train_model as train_model
