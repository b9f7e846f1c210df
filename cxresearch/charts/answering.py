"""How is drawn who answers? Each fact known beforehand as a dot: the answering less the silent.

The unit is one fact (a category of one). Differences are standardised, so that minutes, trips and
regions share one axis; zero means that both groups are alike.
"""

from collections.abc import Mapping

import polars as pl

from cxresearch.actions.scores import unit_of
from cxresearch.actions.titles import stands_out
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.scores import plot_scores
from cxresearch.language import LANGUAGES, Message, in_every_language, mark, message, translate
from cxresearch.models.balance import NOTABLE
from cxresearch.period import Period

LARGEST = 10
"""At most so many facts are drawn: the largest differences."""

_FACTS = {
    "tenure_days": mark("Days as a customer"),
    "n_contacts": mark("Contacts in the days before"),
    "n_unresolved": mark("Unresolved contacts in the days before"),
    "longest_wait_minutes": mark("Longest wait in the days before"),
    "channel": mark("Channel of the invitation"),
    "touchpoint": mark("Touchpoint asked about"),
}


_NOT_RECORDED = mark("not recorded")
_SHOWN = ("estimate", "ci_low", "ci_high", "estimate_unweighted", "shift", "n")
_REWEIGHTED = {
    "points": mark(
        "If everybody invited had answered like those who resemble them, the score would be "
        "{estimate:points1} ({ci_low:points1} to {ci_high:points1}) instead of "
        "{estimate_unweighted:points1}, over {n:count} answers of {period:period} that can be "
        "tied to an invitation: a shift of {shift:signed1} points."
    ),
    "share": mark(
        "If everybody invited had answered like those who resemble them, the score would be "
        "{estimate:share1} ({ci_low:share1} to {ci_high:share1}) instead of "
        "{estimate_unweighted:share1}, over {n:count} answers of {period:period} that can be "
        "tied to an invitation."
    ),
}


def fact_labels(
    attributes: Mapping[str, Mapping[str, str]],
) -> dict[str, Mapping[str, str]]:
    """Names of the facts known when asking, in every language.

    Parameters
    ----------
    attributes
        Labels of the declared attributes, `study.labels("attribute")`.
    """
    return {**in_every_language(_FACTS), **attributes}


def plot_silence(
    differences: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Mapping[str, Mapping[str, str]],
    language: str = "en",
) -> Figure | Note:
    """The facts in which those who answered differ most from those who did not.

    Parameters
    ----------
    differences
        As `models.response.ResponseModel.tidy` returns it.
    title, subtitle
        The finding; what is drawn.
    labels
        As `fact_labels` returns them.
    """
    if differences.is_empty():
        return show_note(
            message(
                "Who stays silent is not known: it takes the table invitations, with enough "
                "answered and unanswered ones."
            ),
            tone="missing",
            language=language,
        )
    fact = pl.concat_str("feature", pl.format(" = {}", "category").fill_null("")).alias("fact")
    polarity = pl.when(stands_out(differences)).then(pl.lit("bad")).otherwise(pl.lit("neutral"))
    largest = (
        differences.with_columns(fact, polarity.alias("polarity"))
        .sort(pl.col("estimate").abs(), descending=True, nulls_last=True)
        .head(LARGEST)
    )
    return plot_scores(
        largest,
        name="who-answers",
        by="fact",
        title=title,
        subtitle=subtitle,
        group=message("Known when asking"),
        unit="deviations",
        labels=_labels_of(largest, labels),
        language=language,
        has_n=False,
    )


def subtitle_of_silence(quality: pl.DataFrame, *, period: Period) -> Message:
    """What is drawn, with period, n and the share that answered."""
    if quality.is_empty():
        return message("No invitations")
    row = quality.row(0, named=True)
    return message(
        "Standardised difference, answered less silent, with 95% interval; {notable:number1} is "
        "called notable. {n:count} invitations of {period:period}, of which {estimate:share} were "
        "answered.",
        notable=NOTABLE,
        period=period,
        n=row["n"],
        estimate=row["estimate"],
    )


def note_of_reweighting(reweighted: pl.DataFrame, *, period: Period, language: str = "en") -> Note:
    """What the score would be if answers counted by the inverse of their chance to be given.

    Parameters
    ----------
    reweighted
        As `models.nonresponse.reweight_score` returns it.
    period
        Of the answers.
    """
    if reweighted.is_empty():
        return show_note(
            message(
                "The score cannot be corrected for who answers: it takes invitations, and enough "
                "answers that can be tied to them."
            ),
            tone="missing",
            language=language,
        )
    row = reweighted.row(0, named=True)
    unit = unit_of(row["metric"])
    return show_note(
        Message(_REWEIGHTED[unit], {name: row[name] for name in _SHOWN} | {"period": period}),
        tone="note",
        language=language,
    )


def _labels_of(
    rows: pl.DataFrame, labels: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    named = {}
    for fact, feature, category in rows.select("fact", "feature", "category").rows():
        texts = labels.get(feature, dict.fromkeys(LANGUAGES, feature))
        named[fact] = {
            language: text if category is None else f"{text}: {_category(category, language)}"
            for language, text in texts.items()
        }
    return named


def _category(category: str, language: str) -> str:
    return translate(_NOT_RECORDED, language) if category == "missing" else category
