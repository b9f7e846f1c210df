"""What does a broken rule mean to the person who has to mend the data?

A sentence a rule, by its id; a rule that concerns several columns names the one to look at.
"""

import polars as pl

from cxresearch.contract.tables import CHOICES, SCHEMAS
from cxresearch.language import Message, mark

RULES: dict[str, str] = {
    "left_after_joined": mark("the customer left before joining"),
    "closed_after_start": mark("the contact was closed before it began"),
    "score_has_metric": mark("a score without a metric"),
    "metric_has_scale": mark("the scale of the question is not declared"),
    "score_on_scale": mark("the score lies outside the declared scale"),
    "nps_is_whole": mark("an NPS answer is a whole number"),
    "nps_scale_is_0_to_10": mark("NPS is asked from 0 to 10, never rescaled"),
    "primary_key": mark("the same id with different contents"),
    "exact_duplicate": mark("an exact copy of another row (the first is kept)"),
    "unknown_customer": mark("the customer is not in the customers table"),
    "unknown_interaction": mark("the interaction is not in the interactions table"),
    "unknown_response": mark("the answer is not in the responses table"),
    "more_cells_than_header": mark("the line has more cells than the header"),
    "not_json": mark("the line is not a JSON object"),
    "interval_holds_estimate": mark("the interval does not hold the estimate"),
}
"""What a broken rule means, by its id."""

COLUMN_RULES: dict[str, str] = {
    "nullability": mark("{column} is empty"),
    "dtype": mark("{column} cannot be read as {type}"),
    "min": mark("{column} is below the least value allowed"),
    "max": mark("{column} is above the greatest value allowed"),
    "min_length": mark("{column} is empty"),
    "known": mark("{column} is not one of: {values}"),
    "nan": mark("{column} is not a number"),
    "inf": mark("{column} is not a finite number"),
    "skipped_hour": mark("{column} lies in the hour that clocks skipped when they went forward"),
    "before_1990": mark("{column} lies before 1990: a default date, not a real one"),
    "after_2090": mark("{column} lies after 2090: a default date, not a real one"),
    "after_end_of_data": mark("{column} lies after the declared end of the data"),
}
"""What a broken rule of one column means, by the rule's kind."""

RULE_COLUMNS: dict[str, str] = {
    "left_after_joined": "left_at",
    "closed_after_start": "closed_at",
    "score_has_metric": "score",
    "metric_has_scale": "metric",
    "score_on_scale": "score",
    "nps_is_whole": "score",
    "nps_scale_is_0_to_10": "scale_max",
}
"""The column to look at where a rule concerns several."""

TYPE_NAMES: dict[type[pl.DataType] | None, str] = {
    pl.Float64: mark("a number"),
    pl.Int64: mark("a whole number"),
    pl.Boolean: mark("yes or no"),
    pl.Datetime: mark("a date"),
    pl.Date: mark("a date"),
    None: mark("what study.yml declares"),  # an attribute, whose type the contract does not know
}


def describe_rule(rule: str, *, table: str) -> Message:
    """The sentence of a rule id as dataframely or intake names it.

    Examples
    --------
    >>> describe_rule("score_on_scale", table="responses").in_language("en")
    'the score lies outside the declared scale'
    >>> describe_rule("at|nullability", table="responses").in_language("en")
    'at is empty'
    >>> describe_rule("label|check__known", table="labels").in_language("en")
    'label is not one of: positive, negative, neutral, mixed'
    """
    if rule in RULES:
        return Message(RULES[rule])
    column, _, kind = rule.partition("|")
    kind = kind.removeprefix("check__")
    known = SCHEMAS.get(table)
    declared = known.columns().get(column) if known else None
    name = TYPE_NAMES.get(declared.dtype.base_type() if declared else pl.String, TYPE_NAMES[None])
    values = {"column": column, "type": Message(name), "values": ", ".join(CHOICES.get(column, ()))}
    return Message(COLUMN_RULES.get(kind, rule), values)
