"""Which sentences do drivers deserve: what matters, and what mending it is linked to?

The unit is one touchpoint: its adjusted effect on an outcome, or its gain in a year. Only what is
beyond chance becomes a finding; ranks are given by tiers, so that a headline names all that cannot
be told apart. What moves together gets a chart and never a finding: it would be read as advice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.driver_sentences import (
    CLEAR_EFFECT,
    CLEAR_MORE,
    EFFECTS,
    GAIN,
    JOINT_EXTRAPOLATED,
    JOINT_GAIN,
    MOST,
    MOST_TIED,
    NO_EFFECT,
    OUTCOMES,
    TOGETHER,
)
from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.what_if_sentences import (
    JOINT,
    is_gain,
    join_gains,
    list_measures,
    write_gain,
)
from cxresearch.language import LANGUAGES, Message, message
from cxresearch.period import Period
from cxresearch.study import Study
from cxresearch.transforms.gaps import tiers_of

NOTEBOOK = "70_drivers"
TOPIC, GAIN_TOPIC = "drivers", "gains"

_RANK, _RANK_EFFECT, _RANK_GAIN = 100, 320, 340
_NAMED = 3  # at most so many names in a title
_MEASURES = 2  # of a gain are told in a sentence: more belong into the table
_UNITS = {"count": "count", "money": "count", "points": "points", "share": "points"}

Labels = Mapping[str, Mapping[str, str]]


def find_effects(
    effects: pl.DataFrame, *, labels: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding a driver that is ours to change and linked to an outcome beyond chance.

    Parameters
    ----------
    effects
        outcome, driver, touchpoint, role, estimate, ci_low, ci_high, n, n_people, unit, q_value,
        is_clear, horizon_months, as `driver_study.ask_drivers` gathers them.
    labels
        Names of drivers by language.
    """
    clear = _clear(effects)
    parts = [
        make_findings(
            clear[number].with_columns(segment=pl.lit(None, dtype=pl.String)),
            topic=TOPIC,
            notebook=NOTEBOOK,
            measure=f"matters_{row['outcome']}_{row['driver']}",
            kind="effect",
            unit=row["unit"],
            message=_say_effect(row, labels),
            polarity="bad" if _is_bad(row) else "neutral",
            evidence="adjusted",
            rank=_RANK_EFFECT + number,
            period=period,
            data_until=data_until,
        )
        for number, row in enumerate(clear.rows(named=True))
    ]
    return pl.concat(parts) if parts else no_findings()


def find_gains(
    gains: pl.DataFrame, *, labels: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """What mending is linked to: the most as a headline, all together, then each touchpoint.

    What leads is counted in the first measure with a gain beyond chance; without any there is no
    finding.

    Parameters
    ----------
    gains
        As `what_if_sentences.list_measures` takes them.
    labels
        Names of touchpoints by language.
    """
    measures = list_measures(gains)
    first = measures.filter(is_gain())["measure"].unique(maintain_order=True).to_list()
    if not first:
        return no_findings()
    measures = measures.sort(pl.col("measure") != first[0], maintain_order=True)
    leading = _tiered(measures, first[0])
    top = leading.filter(pl.col("tier") == 1)["touchpoint"].to_list()
    shared: dict[str, Any] = {"period": period, "data_until": data_until}
    parts = []
    for number, place in enumerate(leading["touchpoint"]):
        said = _say_gain(measures, place, labels) if number else _say_most(measures, top, labels)
        rank = _RANK_GAIN + number if number else _RANK
        parts.append(_find(measures, place, said, rank=rank, is_headline=not number, **shared))
    joint = measures.filter(pl.col("touchpoint") == JOINT)
    if joint.height:
        is_seen = not joint.head(_MEASURES)["is_extrapolated"].any()
        template = JOINT_GAIN if is_seen else JOINT_EXTRAPOLATED
        text = Message(template, {"gains": _gains_at(measures, JOINT)})
        parts.append(_find(measures, JOINT, text, rank=_RANK + 1, is_headline=True, **shared))
    return pl.concat(parts)


def title_of_together(together: pl.DataFrame) -> Message:
    """How much of each outcome goes with what happens at the touchpoints."""
    known = together.filter(pl.col("r2").is_not_null()).unique("outcome", maintain_order=True)
    parts = [Message(TOGETHER[row["outcome"]], {"r2": row["r2"]}) for row in known.rows(named=True)]
    if not parts:
        return message("Too little is known to see what moves together")
    return message("What happens at the touchpoints goes with {parts:list}", parts=parts)


def title_of_effects(effects: pl.DataFrame, *, outcome: str, labels: Labels) -> Message:
    """What matters for an outcome, or that nothing is shown to."""
    names = _clear(effects.filter(pl.col("outcome") == outcome))["driver"].to_list()
    if not names:
        return Message(NO_EFFECT[outcome])
    if len(names) > _NAMED:
        first = labels.get(names[0], names[0])
        return Message(CLEAR_MORE[outcome], {"first": first, "n": len(names) - 1})
    return Message(CLEAR_EFFECT[outcome], {"names": [labels.get(name, name) for name in names]})


def title_of_gains(gains: pl.DataFrame, *, measure: str, labels: Labels) -> Message:
    """Where most is to be gained, or that no gain is beyond chance."""
    measures = list_measures(gains)
    clear = measures.filter(is_gain(), pl.col("measure") == measure)
    if clear.is_empty():
        return message("No touchpoint is linked to a gain beyond chance")
    leading = _tiered(measures, measure)
    top = leading.filter(pl.col("tier") == 1)["touchpoint"].to_list()
    if len(top) > 1:
        names = [labels.get(name, name) for name in top[:_NAMED]]
        return message(
            "Most is to be gained at {names:list}: they cannot be told apart", names=names
        )
    figure = write_gain(leading.row(0, named=True))["figure"]
    values = {"place": labels.get(top[0], top[0]), "figure": figure}
    if measure == "leavers":
        return message("Where all goes well at {place}, {figure} fewer leave a year", **values)
    if measure == "value":
        return message("Most is to be gained at {place}: {figure} a year", **values)
    return message("Most is to be gained at {place}: {figure} points", **values)


def list_undrawn(drivers: pl.DataFrame, *, study: Study) -> list[str]:
    """Touchpoints among the drivers that customers meet and the map does not show, if one is drawn.

    Parameters
    ----------
    drivers
        driver, touchpoint.
    """
    drawn = [place.id for place in study.experience.touchpoints]
    place = pl.col("touchpoint")
    rows = drivers.filter(place.is_not_null(), ~place.is_in(drawn), pl.lit(bool(drawn)))
    return rows["driver"].unique(maintain_order=True).to_list()


def name_drivers(drivers: pl.DataFrame, *, study: Study) -> dict[str, dict[str, str]]:
    """Names of attributes, touchpoints and drivers; what no map shows says so.

    Parameters
    ----------
    drivers
        driver, touchpoint, label.
    """
    named = dict(drivers.select("driver", "label").iter_rows())
    for name in list_undrawn(drivers, study=study):
        text = message("{touchpoint} (on no map)", touchpoint=named[name])
        named[name] = {language: text.in_language(language) for language in LANGUAGES}
    return {**study.labels("attribute"), **study.labels("touchpoint"), **named}


def order_outcomes(table: pl.DataFrame) -> list[str]:
    """The outcomes of a table in the order of telling.

    Examples
    --------
    >>> order_outcomes(pl.DataFrame({"outcome": ["nps", "leaving", "nps"]}))
    ['leaving', 'nps']
    """
    present = set(table["outcome"].to_list())
    return [outcome for outcome in OUTCOMES if outcome in present]


def _clear(effects: pl.DataFrame) -> pl.DataFrame:
    """What is ours to change and beyond chance, by outcome, tier and size."""
    order = {name: number for number, name in enumerate(OUTCOMES)}
    return effects.filter(
        pl.col("role") == "actionable", pl.col("is_clear").fill_null(value=False)
    ).sort(
        pl.col("outcome").replace_strict(order, return_dtype=pl.Int64),
        "tier",
        -pl.col("estimate").abs(),
        "driver",
        maintain_order=True,
    )


def _is_bad(row: Mapping[str, Any]) -> bool:
    """Whether the effect is for the worse: more leave, or a lower score."""
    return bool((row["estimate"] > 0) == (row["outcome"] == "leaving"))


def _say_effect(row: Mapping[str, Any], labels: Labels) -> Message:
    times = 100 if row["unit"] == "share" else 1
    return Message(
        EFFECTS[row["outcome"], "bad" if _is_bad(row) else "better"],
        {
            "driver": labels.get(row["driver"], row["driver"]),
            "size": abs(row["estimate"]) * times,
            "low": row["ci_low"] * times,
            "high": row["ci_high"] * times,
            "n_people": row["n_people"],
        },
    )


def _tiered(measures: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Clear gains in one measure, the largest first, by tiers that cannot be told apart inside."""
    rows = measures.filter(is_gain(), pl.col("measure") == measure).sort(
        "estimate", "touchpoint", descending=[True, False]
    )
    tiers = tiers_of(rows["ci_low"].to_numpy(), rows["ci_high"].to_numpy())
    return rows.with_columns(pl.Series("tier", tiers, dtype=pl.Int64))


def _say_gain(measures: pl.DataFrame, place: str, labels: Labels) -> Message:
    values = {"place": labels.get(place, place), "gains": _gains_at(measures, place)}
    return Message(GAIN, values)


def _say_most(measures: pl.DataFrame, top: Sequence[str], labels: Labels) -> Message:
    places = [labels.get(place, place) for place in top]
    values = {"place": places[0], "gains": _gains_at(measures, top[0], n=1)}
    if len(top) == 1:
        return Message(MOST, values)
    others = message("{names:list}", names=places[1 : 1 + _NAMED])
    return Message(MOST_TIED, values | {"others": others})


def _gains_at(measures: pl.DataFrame, place: str, *, n: int = _MEASURES) -> Message:
    own = measures.filter(pl.col("touchpoint") == place)
    return join_gains(own.head(n).rows(named=True))


def _find(
    measures: pl.DataFrame,
    place: str,
    text: Message,
    *,
    rank: int,
    is_headline: bool,
    **shared: Any,
) -> pl.DataFrame:
    """The gain of one touchpoint, or of all, in the first measure that is known of it."""
    own = measures.filter(pl.col("touchpoint") == place)
    money = own.filter(pl.col("measure") == "value", pl.col("ci_low") > 0)
    counted = own.filter(pl.col("measure") != "value").head(1)
    value = (
        {"value": money["estimate"][0], "currency": money["currency"][0]} if money.height else {}
    )
    row = counted.with_columns(
        *(pl.lit(each).alias(name) for name, each in ({"currency": None} | value).items()),
        pl.lit(None if place == JOINT else place, dtype=pl.String).alias("touchpoint"),
    )
    return make_findings(
        row,
        topic=GAIN_TOPIC,
        notebook=NOTEBOOK,
        measure=JOINT if place == JOINT else "gain",
        kind="gain",
        unit=_UNITS[counted["unit"][0]],
        message=text,
        evidence="adjusted",
        is_headline=is_headline,
        rank=rank,
        **shared,
    )
