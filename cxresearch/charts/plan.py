"""How is a plan shown? The actions as a table of who, what and how to check; their order as dots.

The unit is one action. The order is drawn with its uncertainty, so that nobody reads a rank where
intervals meet. Everything comes finished from `actions.plan`.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from cxresearch.actions.agenda import EFFORTS, describe_action
from cxresearch.actions.basis import (
    describe_missing,
    describe_ranking,
    find_basis,
)
from cxresearch.actions.checks import write_expected
from cxresearch.actions.plan_gains import BASES, say_joint, say_unplanned
from cxresearch.actions.tasks import message_from_json
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.table import Column, Table, show_table
from cxresearch.language import LANGUAGES, Message, format_value, in_every_language, message
from cxresearch.study import Study

Texts = Mapping[str, Mapping[str, str]]

_WORTH = tuple(
    f"gain_{name}{end}" for name in ("leavers", "value", "points") for end in ("", "_low", "_high")
)


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
        pl.col("action_id").alias(name) for name in ("owned_by", "behind", "certain", "worth")
    )
    worth = Column("worth", message("Linked to, a year"), labels=_pick(words, "gain", blank=True),
                   raw=_WORTH)  # fmt: skip
    return show_table(
        named,
        Column("rank", message("Place"), "count"),
        Column("action_id", message("What"), labels=texts_of(plan, "what")),
        Column("owned_by", message("Owner"), labels=_pick(words, "owner"), raw=("owner",)),
        Column(
            "behind",
            message("Evidence"),
            labels=_pick(words, "evidence_words"),
            raw=("measure", "statistic", "unit", "target", "estimate", "ci_low", "ci_high", "n"),
        ),
        *([worth] if plan["gain"].is_not_null().any() else []),
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
        Column("action_id", message("What"), labels=texts_of(measured, "what")),
        Column("programme", message("Already under way"), labels=study.labels("programme")),
        Column("figure", message("Check next period"), labels=texts_of(measured, "check"),
               raw=("measure", "statistic", "unit", "target")),
        Column("soon", message("Seen"), labels=texts_of(measured, "pace"), raw=("needed_n",)),
        Column("unchanged", message("Expected where nothing changes"), labels=_expected(measured),
               raw=("expected",)),
        name="checks",
        title=message("How it will be seen next period that it worked"),
        subtitle=message("Answers and contacts from after the change only"),
        language=language,
    )  # fmt: skip


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
    gaps: pl.DataFrame | None,
    importance: pl.DataFrame | None,
    *,
    plan: pl.DataFrame | None = None,
    language: str = "en",
) -> Note | None:
    """What the plan was made without; nothing where it had everything.

    Parameters
    ----------
    gaps
        As `gaps.rank_gaps` returns them; None where the page on promises did not run.
    importance
        As `gaps.rank_gaps` takes it.
    plan
        As `plan.make_plan` returns it: where it is ranked by gains, nothing of the above is needed.
    """
    if gaps is None:
        text = message(
            "The page on promises handed nothing on, so there is no plan: run the study with "
            "interactions or responses and with promises in experience.yml."
        )
        return show_note(text, tone="missing", language=language)
    if plan is not None and find_basis(plan) in BASES:
        return None
    missing = describe_missing(gaps, importance)
    return None if missing is None else show_note(missing, tone="missing", language=language)


def note_of_joint(gains: pl.DataFrame | None, *, language: str = "en") -> Note:
    """What all touchpoints together are linked to, said once; or that no gain is known.

    Parameters
    ----------
    gains
        As `plan.make_plan` takes them.
    """
    joint = say_joint(gains)
    if joint is not None:
        return show_note(joint, language=language)
    unknown = message(
        "What mending would bring is not known: the page on drivers found too few leavers and "
        "answers to work it out."
    )
    return show_note(unknown, tone="missing", language=language)


def note_of_unplanned(
    plan: pl.DataFrame, gains: pl.DataFrame | None, *, study: Study, language: str = "en"
) -> Note | None:
    """Which touchpoints with a gain are no action, and why; nothing where all are one.

    Parameters
    ----------
    plan, gains
        As `plan.make_plan` returns and takes them.
    """
    text = say_unplanned(gains, plan, labels=study.labels("touchpoint"))
    return None if text is None else show_note(text, language=language)


def nothing_to_do(language: str) -> Note:
    """That no promise is broken by more than chance."""
    text = message("No promise is broken beyond chance: nothing has to be done first.")
    return show_note(text, language=language)


def texts_of(plan: pl.DataFrame, column: str) -> Texts:
    """A column of sentences by action, in every language."""
    pairs = plan.select("action_id", column).drop_nulls().iter_rows()
    return {id_: in_all(message_from_json(text)) for id_, text in pairs}


def _expected(measured: pl.DataFrame) -> Texts:
    """The shrunk figure by action; a dash where too few promises teach nothing."""
    known = measured.filter(pl.col("expected").is_not_null()).rows(named=True)
    unknown: dict[str, str] = {each: format_value(None, "", each) for each in LANGUAGES}
    texts = dict.fromkeys(measured["action_id"].to_list(), unknown)
    return texts | {row["action_id"]: write_expected(row) for row in known}


def _pick(words: Mapping[str, Mapping[str, Any]], name: str, *, blank: bool = False) -> Texts:
    """A text by action; with `blank`, a dash where there is none."""
    nothing: dict[str, str] = {each: format_value(None, "", each) for each in LANGUAGES}
    texts = {id_: said[name] or (nothing if blank else None) for id_, said in words.items()}
    return {id_: text for id_, text in texts.items() if text}


def _how_sure(words: Mapping[str, Mapping[str, Any]]) -> Texts:
    return {
        id_: {each: f"{said['certainty_name'][each]}: {said['sure'][each]}" for each in LANGUAGES}
        for id_, said in words.items()
    }


def in_all(text: Message) -> dict[str, str]:
    return {language: text.in_language(language) for language in LANGUAGES}
