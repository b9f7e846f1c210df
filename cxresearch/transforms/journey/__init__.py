"""What do customers really do, step by step? The lived paths of any event log.

Unit of observation: an event of (customer, instant, touchpoint). `prepare_log` makes a log of any
table of events (the `interactions` of a study are one); every other function takes such a log, in
memory or scanned from Parquet, and gives a small table. Each is written as a count of one part of
whole customers and a sum over parts, so `n_parts` never changes a figure, only the memory needed.

It cannot see what left no event, and says what follows what, never what causes what.
"""

from cxresearch.transforms.journey.drop_off import measure_drop_off
from cxresearch.transforms.journey.funnel import count_funnel
from cxresearch.transforms.journey.log import describe_log, number_customers, prepare_log
from cxresearch.transforms.journey.steps import count_steps
from cxresearch.transforms.journey.touchpoints import count_touchpoints, names_of_hidden
from cxresearch.transforms.journey.transitions import count_transitions
from cxresearch.transforms.journey.variants import count_variants
from cxresearch.transforms.journey.walk import GAP_DAYS, split_journeys

__all__ = [
    "GAP_DAYS",
    "count_funnel",
    "count_steps",
    "count_touchpoints",
    "count_transitions",
    "count_variants",
    "describe_log",
    "measure_drop_off",
    "names_of_hidden",
    "number_customers",
    "prepare_log",
    "split_journeys",
]
