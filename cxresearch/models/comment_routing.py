"""Which touchpoints is each comment about, also where it was asked about the whole?

Unit of observation: a comment; a row of the result is a comment and a touchpoint. A comment is
about the touchpoint it was `asked` at, about those it names (`named`, by seeds), and, where it is
about the whole and names none, about the one that its words belong to (`routed`), if that is sure
enough. The tone of a touchpoint is that of the clauses about it: a clause that names others alone
counts for them.

It cannot tell what a comment means that speaks of nothing in particular: that stays unrouted.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.models.routing_fit import (
    NOWHERE,
    Router,
    fit_router,
    learnable,
    why_not_learned,
)
from cxresearch.models.routing_scores import score_routes
from cxresearch.study import Study
from cxresearch.transforms.scales import Table
from cxresearch.transforms.text.aspects import find_most_named, fold_text, sum_named
from cxresearch.transforms.text.clean import clean_text
from cxresearch.transforms.text.tone import score_clauses
from cxresearch.transforms.text.touchpoint_seeds import read_touchpoint_seeds

MENTION_COLUMNS = (
    *("response_id", "touchpoint", "source", "confidence", "n", "tone", "evidence", "label"),
)
"""Columns of `CommentRoutes.mentions`."""
SOURCES = ("asked", "named", "routed")
_KEY = "response_id"


@dataclass(frozen=True)
class CommentRoutes:
    """Result of `route_comments`.

    Attributes
    ----------
    mentions
        What `augment` joins: a row a comment and touchpoint. response_id, touchpoint, source
        (asked, named, routed), confidence (0-1, that it is about it), n (clauses), tone (-1 to 1;
        null without evidence), evidence, label.
    quality
        What `tidy` returns.
    figures
        What `glance` returns.
    """

    mentions: pl.DataFrame
    quality: pl.DataFrame
    figures: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """How right it is on comments asked at a touchpoint, with that hidden.

        Returns
        -------
        pl.DataFrame
            language (it, en, other, all), way (`majority` always the most frequent, `seeds` by
            name alone, `routing` by name, else learned), n (comments), n_respondents, n_answered,
            coverage (share given a touchpoint), estimate (share right of those), ci_low, ci_high
            (95 %, clustered by respondent), share_right (of all).
        """
        return self.quality

    def glance(self) -> pl.DataFrame:
        """One row: n (comments), n_asked, n_named, n_routed, n_unrouted (comments that only have
        no touchpoint), is_learned, why_not (`few_comments`, `one_touchpoint`, `not_sure_enough` or
        null), n_labelled, n_touchpoints (learned), least_confidence, calibration_error.
        """
        return self.figures

    def augment(self, comments: Table) -> pl.DataFrame:
        """The comments with their mentions; one without any has a row with a null touchpoint.

        Parameters
        ----------
        comments
            A row a comment, with response_id; an own column `touchpoint` becomes `asked_about`.
        """
        table = comments.lazy().collect()
        require_columns(table, _KEY)
        taken = set(MENTION_COLUMNS) - {_KEY, "touchpoint"}
        own = table.drop(taken, strict=False).rename({"touchpoint": "asked_about"}, strict=False)
        return own.join(self.mentions, on=_KEY, how="left", maintain_order="left_right")


def route_comments(
    comments: Table, *, study: Study, clauses: Table | None = None, random_state: int = 0
) -> CommentRoutes:
    """The touchpoints that each comment is about.

    Parameters
    ----------
    comments
        A row a comment: response_id, respondent_id, touchpoint (null: about the whole), comment,
        language.
    study
        Its touchpoints and aspects say how customers name them.
    clauses
        From `score_clauses`, if at hand already.
    random_state
        Seed of the folds on which the learned part is checked.

    Returns
    -------
    CommentRoutes
        The same for any order of the rows.

    Raises
    ------
    DataError
        A column is missing.

    Notes
    -----
    Confidence: 1 where asked; where named, how often comments asked at some touchpoint that name
    this one were asked at it (a comment may rightly name another, so it errs low); where routed,
    how often comments of which the model was as sure were right, among people it had not met
    (`routing_fit`). With fewer than `routing_fit.LEAST_LABELLED` comments, or one touchpoint,
    nothing is learned and nothing routed; `glance` says so.
    """
    require_columns(comments, _KEY, "respondent_id", "touchpoint", "comment", "language")
    table = comments.lazy().filter(pl.col("comment").is_not_null()).collect().sort(_KEY)
    if clauses is None:
        clauses = score_clauses(table)
    spoken = clauses.lazy().collect()
    named = find_most_named(spoken, read_touchpoint_seeds(study))
    known = _known(table, named)
    labelled = known.filter(pl.col("touchpoint").is_not_null(), pl.col("touchpoint") != NOWHERE)
    why_not = why_not_learned(labelled)
    router = None if why_not else fit_router(_learned_from(known), random_state=random_state)
    routed = _routed(known, router)
    mentions = _mentions(table, named, routed, spoken)
    if router and router.least is None:
        why_not = "not_sure_enough"
    read_as = spoken.select(_KEY, "language").unique(_KEY, maintain_order=True)
    asked = table.filter(pl.col("touchpoint").is_not_null()).rename({"touchpoint": "asked"})
    asked = asked.drop("language").join(read_as, on=_KEY, how="left", maintain_order="left")
    quality = score_routes(asked, named, router)
    return CommentRoutes(mentions, quality, _figures(table, mentions, labelled, router, why_not))


def _known(table: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """What is known of each comment: key, person, text, touchpoint, is_open.

    The touchpoint asked about, else the only one named; `NOWHERE` where none is; null where
    several are. Open are comments about the whole that name none.
    """
    names = named.group_by(_KEY).agg(pl.col("name").unique().sort())
    one, asked = pl.col("name").list.len() == 1, pl.col("touchpoint").is_not_null()
    return (
        table.join(names, on=_KEY, how="left", maintain_order="left")
        .with_columns(is_open=~asked & pl.col("name").is_null())
        .select(
            key=_KEY,
            person=pl.coalesce("respondent_id", _KEY),
            text=fold_text(clean_text(pl.col("comment"))),
            touchpoint=pl.when(asked)
            .then("touchpoint")
            .when("is_open")
            .then(pl.lit(NOWHERE))
            .when(one)
            .then(pl.col("name").list.first()),
            is_open="is_open",
        )
    )


def _learned_from(known: pl.DataFrame) -> pl.DataFrame:
    """The comments of touchpoints with enough people, and those about none."""
    taught = learnable(known.filter(pl.col("touchpoint") != NOWHERE))["touchpoint"].to_list()
    return known.filter(pl.col("touchpoint").is_in([*taught, NOWHERE]))


def _routed(known: pl.DataFrame, router: Router | None) -> pl.DataFrame:
    """Open comments whose touchpoint is sure enough: response_id, touchpoint, confidence."""
    is_open = known.filter("is_open", pl.col("text") != "")
    if router is None or router.least is None or is_open.is_empty():
        nobody = known.head(0).select(pl.col("key").alias(_KEY), "touchpoint")
        return nobody.with_columns(confidence=pl.lit(None, pl.Float64))
    guess, confidence = router.guess(is_open["text"].to_numpy())
    # A comment that was learned from as one about none is judged by a model that had not met it.
    found = is_open.select("key").with_columns(
        guess=pl.Series(guess.astype(str)), confidence=pl.Series(confidence, dtype=pl.Float64)
    )
    unseen = found.join(router.seen, on="key", how="left", suffix="_unseen", maintain_order="left")
    return unseen.select(
        pl.col("key").alias(_KEY),
        pl.coalesce("guess_unseen", "guess").alias("touchpoint"),
        pl.coalesce("confidence_unseen", "confidence").alias("confidence"),
    ).filter(pl.col("confidence") >= router.least)


def _mentions(
    table: pl.DataFrame, named: pl.DataFrame, routed: pl.DataFrame, clauses: pl.DataFrame
) -> pl.DataFrame:
    """One row a comment and touchpoint, with the tone of the clauses about it."""
    asked = table.filter(pl.col("touchpoint").is_not_null()).select(_KEY, asked="touchpoint")
    sources = pl.concat(
        [
            asked.select(_KEY, touchpoint="asked", source=0, confidence=1.0),
            _named_sources(asked, named),
            routed.select(_KEY, "touchpoint", source=2, confidence="confidence"),
        ],
        how="vertical_relaxed",
    )
    sources = sources.sort(_KEY, "touchpoint", "source").unique(
        [_KEY, "touchpoint"], keep="first", maintain_order=True
    )
    # A clause that names nothing is about what was asked, or about where it was routed.
    home = pl.concat([asked.rename({"asked": "name"}), routed.select(_KEY, name="touchpoint")])
    silent = clauses.join(named, on=(_KEY, "clause"), how="anti")
    spoken = ("clause", "tone", "evidence", "label")
    own = silent.join(home, on=_KEY).select(_KEY, "name", *spoken)
    about = pl.concat([named.select(_KEY, "name", *spoken), own], how="vertical_relaxed")
    tones = sum_named(about.with_columns(words=pl.lit([], pl.List(pl.String))), key=_KEY)
    return (
        sources.join(tones.rename({"name": "touchpoint"}), on=(_KEY, "touchpoint"), how="left")
        .with_columns(
            source=pl.col("source").replace_strict(
                dict(enumerate(SOURCES)), return_dtype=pl.String
            ),
            n=pl.col("n").fill_null(0),
            evidence=pl.col("evidence").fill_null(0),
            label=pl.col("label").fill_null("unknown"),
        )
        .select(MENTION_COLUMNS)
        .sort(_KEY, "touchpoint")
    )


def _named_sources(asked: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Touchpoints named, each with how often those who name it were asked at it."""
    pairs = named.select(_KEY, touchpoint="name").unique(maintain_order=True)
    held = pairs.join(asked, on=_KEY).group_by("touchpoint").agg(
        n=pl.len(), hits=(pl.col("asked") == pl.col("touchpoint")).sum()
    )  # fmt: skip
    # One hit and one miss beforehand: what few named is held to be as likely right as wrong.
    rates = held.select("touchpoint", confidence=(pl.col("hits") + 1) / (pl.col("n") + 2))
    return pairs.join(rates, on="touchpoint", how="left", maintain_order="left").select(
        _KEY, "touchpoint", source=1, confidence=pl.col("confidence").fill_null(0.5)
    )


def _figures(
    table: pl.DataFrame,
    mentions: pl.DataFrame,
    labelled: pl.DataFrame,
    router: Router | None,
    why_not: str | None,
) -> pl.DataFrame:
    """What `glance` returns."""
    by_source = {
        f"n_{source}": mentions.filter(pl.col("source") == source)[_KEY].n_unique()
        for source in SOURCES
    }
    return pl.DataFrame(
        {
            "n": [table.height],
            **{name: [n] for name, n in by_source.items()},
            "n_unrouted": [table.height - mentions[_KEY].n_unique()],
            "is_learned": [router is not None and router.least is not None],
            "why_not": pl.Series([why_not], dtype=pl.String),
            "n_labelled": [labelled.height],
            "n_touchpoints": [learnable(labelled).height],
            "least_confidence": pl.Series([router and router.least], dtype=pl.Float64),
            "calibration_error": pl.Series(
                [router.error if router else np.nan], dtype=pl.Float64
            ).fill_nan(None),
        }
    )
