"""How is a plan shown? The actions as a table of who, what and how to check; their order as dots.

The unit is one action. The order is drawn with its uncertainty, so that nobody reads a rank where
intervals meet. Everything comes finished from `actions.plan`.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.agenda import EFFORTS, describe_action
from cxresearch.actions.basis import FIRST, describe_missing, describe_ranking, describe_scale
from cxresearch.actions.checks import CERTAINTIES, write_expected
from cxresearch.actions.tasks import message_from_json, name_measured
from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.table import Column, Table, show_table
from cxresearch.language import LANGUAGES, Message, format_value, in_every_language, message
from cxresearch.study import Study

Texts = Mapping[str, Mapping[str, str]]


def table_of_plan(plan: pl.DataFrame, *, study: Study, language: str = "en") -> Table | Note:
    """Every action: what, who, on what evidence, how sure, with how much work.

    Parameters
    ----------
    plan
        As `plan.make_plan` returns it.
    """
    if plan.is_empty():
        return nothing_to_do(language)
    words = {row["action_id"]: describe_action(row, study) for row in plan.rows(named=True)}
    named = plan.with_columns(
        pl.col("action_id").alias(name) for name in ("owned_by", "behind", "certain")
    )
    return show_table(
        named,
        Column("rank", message("Place"), "count"),
        Column("action_id", message("What"), labels=_texts(plan, "what")),
        Column("owned_by", message("Owner"), labels=_pick(words, "owner"), raw=("owner",)),
        Column(
            "behind",
            message("Evidence"),
            labels=_pick(words, "evidence_words"),
            raw=("measure", "statistic", "unit", "target", "estimate", "ci_low", "ci_high", "n"),
        ),
        Column("certain", message("How sure"), labels=_how_sure(words), raw=("certainty",)),
        Column("effort", message("Effort"), labels=in_every_language(EFFORTS)),
        name="plan",
        title=_title_of_owners(plan),
        subtitle=describe_ranking(plan),
        language=language,
    )


def table_of_checks(plan: pl.DataFrame, *, study: Study, language: str = "en") -> Table | Note:
    """What is under way, what shows a success, and what to expect where nothing is done.

    Parameters
    ----------
    plan
        As `plan.make_plan` returns it.
    """
    measured = plan.filter(pl.col("gap").is_not_null())
    if measured.is_empty():
        return show_note(message("There is nothing to check."), language=language)
    named = measured.with_columns(
        pl.col("action_id").alias(name) for name in ("figure", "soon", "unchanged")
    )
    return show_table(
        named,
        Column("action_id", message("What"), labels=_texts(measured, "what")),
        Column("programme", message("Already under way"), labels=study.labels("programme")),
        Column("figure", message("Check next period"), labels=_texts(measured, "check"),
               raw=("measure", "statistic", "unit", "target")),
        Column("soon", message("Seen"), labels=_texts(measured, "pace"), raw=("needed_n",)),
        Column("unchanged", message("Expected where nothing changes"), labels=_expected(measured),
               raw=("expected",)),
        name="checks",
        title=message("How it will be seen next period that it worked"),
        subtitle=message("Answers and contacts from after the change only"),
        language=language,
    )  # fmt: skip


def plot_priorities(
    plan: pl.DataFrame, *, study: Study, language: str = "en", is_headline: bool = False
) -> Figure | Note:
    """The broken promises in their order, each with the interval of its priority.

    Parameters
    ----------
    plan
        As `plan.make_plan` returns it; actions without priority are not drawn.

    Notes
    -----
    Priority is an index of the first, and its intervals are scaled alike: it orders what to mend
    and counts no customers (`transforms.gaps`).
    """
    ranked = plan.filter(pl.col("priority").is_not_null())
    if ranked.is_empty():
        return show_note(message("There is no order to draw."), language=language)
    unit = FIRST / (ranked["priority"][0] or 1.0)
    table = ranked.select(
        *("action_id", "tier", "certainty", "n"),
        (pl.col("priority") * unit).alias("estimate"),
        (pl.col("priority_low") * unit).alias("ci_low"),
        (pl.col("priority_high") * unit).alias("ci_high"),
    )
    whats, subjects = _texts(ranked, "what"), _subjects(ranked, study)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return draw_priorities(table, labels=subjects, language=language)

    return Figure(
        "priorities",
        title=title_of_plan(plan),
        subtitle=describe_scale(plan),
        alt=_alt_of(table, whats, title=title_of_plan(plan)),
        draw=draw,
        table=table,
        columns=(
            Column("action_id", message("What"), labels=whats),
            Column("estimate", message("Priority"), "count"),
            Column("ci_low", message("95% interval"), "count", upper="ci_high"),
            Column("certainty", message("How sure"), labels=in_every_language(CERTAINTIES)),
            Column("n", message("n"), "count"),
        ),
        language=language,
        is_headline=is_headline,
    )


def draw_priorities(table: pl.DataFrame, *, labels: Texts, language: str) -> alt.TopLevelMixin:
    """Bars from zero with their intervals; place and measure stand in words above each bar."""
    rows = table.with_columns(
        theme.named("action_id", labels, language).alias("label"),
        pl.Series("value", [format_value(v, "count", language) for v in table["estimate"]]),
        pl.when(pl.col("tier") == table["tier"][0])
        .then(pl.lit(theme.BAD))
        .otherwise(pl.lit(theme.GREY))
        .alias("colour"),
    )
    chart = theme.base(rows)
    y = alt.Y("label:N").sort(None).title(None).axis(None)
    x = alt.X("estimate:Q").title(None).axis(None).scale(zero=True, nice=False)
    colour = alt.Color("colour:N").scale(None)
    return alt.layer(
        chart.mark_bar(height=9, cornerRadiusEnd=2).encode(y=y, x=x, color=colour),
        chart.mark_rule(color=theme.INK, strokeWidth=1.5).encode(
            y=y, x=alt.X("ci_low:Q").title(None), x2="ci_high:Q"
        ),
        chart.mark_text(align="left", dy=-16, fontSize=13).encode(
            y=y, x=alt.value(0), text="label:N"
        ),
        chart.mark_text(align="left", dx=8, fontWeight=600).encode(
            y=y, x="ci_high:Q", text="value:N"
        ),
    ).properties(height=alt.Step(52))


def title_of_plan(plan: pl.DataFrame) -> Message:
    """Whether one action comes first, or several that cannot be told apart."""
    measured = plan.filter(pl.col("gap").is_not_null())
    if measured.is_empty():
        return message("No promise is broken beyond chance")
    first = measured.filter(pl.col("tier") == measured["tier"][0])
    if measured["priority"][0] is None:
        return message(
            "What broken promises are linked to is not known: their order is no evidence"
        )
    if first.height > 1:
        return message("{n:count} come first, and cannot be told apart", n=first.height)
    return message("First: {what}", what=message_from_json(measured["what"][0]))


def _title_of_owners(plan: pl.DataFrame) -> Message:
    values = {
        "n": plan.height,
        "teams": plan["owner"].n_unique() - bool(plan["owner"].null_count()),
        "unowned": plan["owner"].null_count(),
    }
    if values["unowned"]:
        return message(
            "Actions: {n:count}, asked of teams: {teams:count}, without an owner: {unowned:count}",
            **values,
        )
    return message("Actions: {n:count}, asked of teams: {teams:count}", **values)


def note_of_inputs(
    gaps: pl.DataFrame | None, importance: pl.DataFrame | None, *, language: str = "en"
) -> Note | None:
    """What the plan was made without; nothing where it had everything.

    Parameters
    ----------
    gaps
        As `gaps.rank_gaps` returns them; None where the page on promises did not run.
    importance
        As `gaps.rank_gaps` takes it.
    """
    if gaps is None:
        text = message(
            "The page on promises handed nothing on, so there is no plan: run the study with "
            "interactions or responses and with promises in experience.yml."
        )
        return show_note(text, tone="missing", language=language)
    missing = describe_missing(gaps, importance)
    return None if missing is None else show_note(missing, tone="missing", language=language)


def nothing_to_do(language: str) -> Note:
    """That no promise is broken by more than chance."""
    text = message("No promise is broken beyond chance: nothing has to be done first.")
    return show_note(text, language=language)


def _texts(plan: pl.DataFrame, column: str) -> Texts:
    """A column of sentences by action, in every language."""
    pairs = plan.select("action_id", column).drop_nulls().iter_rows()
    return {id_: _in_all(message_from_json(text)) for id_, text in pairs}


def _expected(measured: pl.DataFrame) -> Texts:
    """The shrunk figure by action; a dash where too few promises teach nothing."""
    known = measured.filter(pl.col("expected").is_not_null()).rows(named=True)
    unknown: dict[str, str] = {each: format_value(None, "", each) for each in LANGUAGES}
    texts = dict.fromkeys(measured["action_id"].to_list(), unknown)
    return texts | {row["action_id"]: write_expected(row) for row in known}


def _subjects(ranked: pl.DataFrame, study: Study) -> Texts:
    """Touchpoint and measure, short enough for a telephone."""
    return {
        row["action_id"]: _in_all(
            message(
                "{touchpoint}: {measure}",
                touchpoint=study.label("touchpoint", row["touchpoint"]),
                measure=name_measured(row),
            )
        )
        for row in ranked.rows(named=True)
    }


def _alt_of(table: pl.DataFrame, labels: Texts, *, title: Message) -> Message:
    first = table.row(0, named=True)
    return message(
        "Bars with intervals, one an action: {n:count}. The longest: {what} ({estimate:count}, "
        "{ci_low:count} to {ci_high:count}). {title}.",
        n=table.height,
        what=labels[first["action_id"]],
        title=title,
        **{name: first[name] for name in ("estimate", "ci_low", "ci_high")},
    )


def _pick(words: Mapping[str, Mapping[str, Any]], name: str) -> Texts:
    return {id_: said[name] for id_, said in words.items() if said[name]}


def _how_sure(words: Mapping[str, Mapping[str, Any]]) -> Texts:
    return {
        id_: {each: f"{said['certainty_name'][each]}: {said['sure'][each]}" for each in LANGUAGES}
        for id_, said in words.items()
    }


def _in_all(text: Message) -> dict[str, str]:
    return {language: text.in_language(language) for language in LANGUAGES}
