"""What is said of drivers in words: the answer with its figures, and what to doubt.

The unit is one page on drivers. The answer comes from findings, its figures from the joint worth;
notes say which outcome could not be looked at, how strong the unseen would have to be, and where
ratings stand in for what happened. Nothing is computed here.
"""

from collections.abc import Callable, Collection, Sequence

import polars as pl

from cxresearch.actions.driver_sentences import (
    OUTCOMES,
    UNDRAWN,
    describe_source,
    name_role,
    warn_of_mood,
    warn_of_unseen,
)
from cxresearch.actions.what_if_sentences import JOINT, NAMES, list_measures, round_to_interval
from cxresearch.charts.answer import Answer, KeyFigure, Note, show_answer, show_note
from cxresearch.charts.headline import KEY_FIGURES, answer_from
from cxresearch.charts.marks import Labels
from cxresearch.charts.table import Column, Table, show_table
from cxresearch.language import LANGUAGES, Message, format_value, mark, message

ANSWERS = mark("answers")
_COUNTED = dict.fromkeys(("leavers", "value"), mark("customer-months"))
_SPECS = {"count": "count", "money": "money", "points": "signed1", "share": "signed1"}


def answer_drivers(
    question: Message,
    findings: pl.DataFrame,
    gains: pl.DataFrame,
    *,
    otherwise: Message,
    language: str = "en",
) -> Answer:
    """The headline findings, with what all touchpoints together are linked to as figures.

    Parameters
    ----------
    findings
        `contract.Findings` of the page.
    gains
        As `list_measures` takes them. A gain that may be none is no figure here.
    otherwise
        What is said where there is no headline.
    """
    told = answer_from(question, findings, otherwise=otherwise, language=language)
    joint = list_measures(gains).filter(pl.col("touchpoint") == JOINT, pl.col("ci_low") > 0)
    figures = []
    for row in joint.head(KEY_FIGURES).rows(named=True):
        ends = round_to_interval(row["estimate"], row["ci_low"], row["ci_high"])
        is_money = row["unit"] == "money"
        value, low, high = ((end, row["currency"]) if is_money else end for end in ends)
        name = Message(NAMES[row["measure"]])
        label = message("{measure}, all touchpoints together", measure=name)
        if row["is_extrapolated"]:
            label = message("{measure}, all touchpoints together, extrapolated", measure=name)
        counted = Message(_COUNTED.get(row["measure"], ANSWERS))
        figures.append(
            KeyFigure(label, value, _SPECS[row["unit"]], low, high, row["n"], counted=counted)
        )
    return show_answer(question, *told.sentences, figures=figures, language=language)


def note_of_outcomes(outcomes: pl.DataFrame, *, language: str = "en") -> Note | None:
    """Which outcomes could not be looked at, and why; nothing where all could.

    Parameters
    ----------
    outcomes
        outcome, reason (empty where it was looked at).
    """
    missing = outcomes.filter(pl.col("reason") != "").rows(named=True)
    if not missing:
        return None
    parts = [
        message("{outcome} ({why})", outcome=Message(OUTCOMES[row["outcome"]]),
                why=Message(row["reason"]))
        for row in missing
    ]  # fmt: skip
    return show_note(
        message("Not looked at: {parts:list}.", parts=parts), tone="missing", language=language
    )


def note_of_unseen(effects: pl.DataFrame, *, labels: Labels, language: str = "en") -> Note | None:
    """How strong an unseen factor would have to be, for the strongest of the clear effects.

    Parameters
    ----------
    effects
        outcome, driver, role, estimate, is_clear, tier, e_value, e_value_low.
    labels
        Names of drivers by language.
    """
    clear = _clear(effects).drop_nulls(["e_value", "e_value_low"])
    if clear.is_empty():
        return None
    row = clear.row(0, named=True)
    text = warn_of_unseen(row, driver=labels.get(row["driver"], row["driver"]))
    return show_note(text, tone="doubt", language=language)


def note_of_mood(effects: pl.DataFrame, *, labels: Labels, language: str = "en") -> Note | None:
    """How much a mood would have to be worth, for the strongest clear effect known from grades.

    Parameters
    ----------
    effects
        outcome, driver, role, source, unit, estimate, is_clear, tier, halo_needed.
    labels
        Names of drivers by language.
    """
    rated = _clear(effects).filter(
        pl.col("source") == "answers", pl.col("halo_needed").is_not_null()
    )
    if rated.is_empty():
        return None
    row = rated.row(0, named=True)
    text = warn_of_mood(row, driver=labels.get(row["driver"], row["driver"]))
    return show_note(text, tone="doubt", language=language)


def note_of_nothing(effects: pl.DataFrame, *, language: str = "en") -> Note | None:
    """That no outcome could be judged; nothing where one was."""
    if effects["estimate"].is_not_null().any():
        return None
    text = message("Too little is known to judge any touchpoint here.")
    return show_note(text, tone="missing", language=language)


def note_of_unworked(
    effects: pl.DataFrame, gains: pl.DataFrame, *, labels: Labels, language: str = "en"
) -> Note | None:
    """What is linked to an outcome beyond chance and has no gain; nothing where all have one.

    Parameters
    ----------
    effects
        outcome, driver, role, estimate, is_clear, tier.
    gains
        touchpoint.
    labels
        Names of drivers by language.
    """
    known = gains["touchpoint"].drop_nulls().implode()
    clear = _clear(effects).filter(~pl.col("driver").is_in(known))
    names = [labels.get(name, name) for name in clear["driver"].unique(maintain_order=True)]
    if not names:
        return None
    text = message(
        "Not to choose here, although linked to an outcome beyond chance: {names:list}. Too few "
        "customers had it go badly to say what mending it would bring.",
        names=names,
    )
    return show_note(text, tone="missing", language=language)


def note_of_overrides(
    overrides: Sequence[str], *, labels: Labels, language: str = "en"
) -> Note | None:
    """Which columns were used on request although they may stand for something protected."""
    if not overrides:
        return None
    text = message(
        "Used on request, although it may stand for a protected characteristic: {names:list}.",
        names=[labels.get(name, name) for name in overrides],
    )
    return show_note(text, tone="doubt", language=language)


def _clear(effects: pl.DataFrame) -> pl.DataFrame:
    """What is ours to change and beyond chance, the strongest of the first outcome first."""
    order = {name: number for number, name in enumerate(OUTCOMES)}
    return effects.filter(
        pl.col("role") == "actionable", pl.col("is_clear").fill_null(value=False)
    ).sort(
        pl.col("outcome").replace_strict(order, return_dtype=pl.Int64),
        "tier",
        -pl.col("estimate").abs(),
        maintain_order=True,
    )


def note_of_ratings(drivers: pl.DataFrame, *, language: str = "en") -> Note | None:
    """That ratings stand in for what happened; nothing where operations tell of all.

    Parameters
    ----------
    drivers
        outcome, driver, source.
    """
    places = drivers.filter(pl.col("source") != "attribute").unique("driver")
    rated = places.filter(pl.col("source") == "answers")
    if rated.is_empty():
        return None
    if rated.height == places.height:
        text = message(
            "Every touchpoint is known from the customers' own answers only. Driver and score come "
            "out of the same mouth, and a mood colours both: take these links for a first "
            "suspicion, and add what happened (waits, solved cases) to know more."
        )
    else:
        text = message(
            "{n:count} of {all:count} touchpoints are known from the customers' own answers; a "
            "mood that colours all answers can make their links look stronger than they are.",
            n=rated.height,
            all=places.height,
        )
    return show_note(text, tone="doubt", language=language)


def table_of_drivers(
    drivers: pl.DataFrame,
    dropped: pl.DataFrame,
    *,
    labels: Labels,
    undrawn: Collection[str] = (),
    language: str = "en",
) -> Table | Note:
    """What every driver is taken for, what it comes from, and what was left out and why.

    Parameters
    ----------
    drivers
        outcome, driver, role, source, downstream_of, n_people.
    dropped
        outcome, driver, reason.
    labels
        Names of drivers by language.
    undrawn
        Drivers that no map shows: nobody said whose they are to change.
    """
    used = drivers.unique("driver", keep="first", maintain_order=True).select(
        "driver", "role", "source", "downstream_of", "n_people", pl.lit("").alias("reason")
    )
    left_out = dropped.join(used, on="driver", how="anti").unique(
        "driver", keep="first", maintain_order=True
    )
    table = pl.concat([used, left_out.select("driver", "reason")], how="diagonal").with_columns(
        comes_from="driver",
        why="driver",
        role=pl.when(pl.col("driver").is_in(list(undrawn)) & pl.col("role").is_not_null())
        .then(pl.lit(UNDRAWN))
        .otherwise("role"),
    )
    if table.is_empty():
        text = message("Nothing that customers met could be looked at here.")
        return show_note(text, tone="missing", language=language)
    rows = table.rows(named=True)
    causes = {row["driver"]: _name_all(row["downstream_of"], labels) for row in rows}
    reasons = {row["driver"]: _in_all(Message(row["reason"] or "")) for row in rows}
    return show_table(
        table,
        Column("driver", message("Driver"), labels=labels),
        Column("role", message("Role"), labels=_texts(table["role"], name_role)),
        Column("source", message("Known from"), labels=_texts(table["source"], describe_source)),
        Column("comes_from", message("Comes from"), labels=causes, raw=("driver",)),
        Column("n_people", message("Customers"), "count"),
        *([Column("why", message("Left out because"), labels=reasons, raw=("reason",))]
          if left_out.height else []),
        name="drivers",
        title=message("What each driver is taken for"),
        subtitle=message("As experience.yml and study.yml say it; nothing protected is a driver"),
        language=language,
    )  # fmt: skip


def _texts(ids: pl.Series, name: Callable[[str], Message]) -> dict[str, dict[str, str]]:
    return {id_: _in_all(name(id_)) for id_ in ids.drop_nulls().unique()}


def _name_all(ids: list[str] | None, labels: Labels) -> dict[str, str]:
    if not ids:
        return {language: format_value(None, "", language) for language in LANGUAGES}
    return _in_all(message("{names:list}", names=[labels.get(id_, id_) for id_ in ids]))


def _in_all(text: Message) -> dict[str, str]:
    return {language: text.in_language(language) for language in LANGUAGES}
