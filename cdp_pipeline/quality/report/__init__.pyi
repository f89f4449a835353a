# What other packages import from here; each is loaded at its first use.
from .content import (
    EntityDay as EntityDay,
    Held as Held,
    OpenRows as OpenRows,
    QualityDay as QualityDay,
    Reason as Reason,
    Stopped as Stopped,
    TableChange as TableChange,
    Warned as Warned,
)
from .history import OpenState as OpenState, open_state as open_state
from .markdown import quality_parts as quality_parts, reasons_table as reasons_table
from .model_page import (
    LEVELS_HEAD as LEVELS_HEAD,
    THRESHOLDS_HEAD as THRESHOLDS_HEAD,
    LevelLine as LevelLine,
    ModelFacts as ModelFacts,
    ThresholdLine as ThresholdLine,
    model_page as model_page,
)
from .page import quality_page as quality_page
from .plots import Trend as Trend, TrendDay as TrendDay, draw as draw
from .rendering import markdown_code as markdown_code, markdown_text as markdown_text
