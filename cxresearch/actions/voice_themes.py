"""Which sentences do themes deserve: how many speak of them, what is new, what goes with the score?

The unit is one theme as `models.themes` finds it, named by its words. A share is neither good nor
bad. A theme is called new only where its rate rose beyond chance, all themes tested together; what
goes with a score is described, for those who write of a theme may differ in many things.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.findings import make_findings
from cxresearch.actions.voice import NOTEBOOK, TOPIC
from cxresearch.language import LANGUAGES, Message, mark
from cxresearch.period import Period

SHARE, IMPACT = "theme_share", "theme_impact"

_RANK_NEW, _RANK_MORE_NEW, _RANK_IMPACT, _RANK_FEWER, _RANK_SHARE = 83, 325, 350, 1100, 1200
TOLD = 3
"""At most so many themes are told as new, and as written about less; the chart has all."""
ALPHA = 0.05

Labels = Mapping[str, Mapping[str, str]]

_SHARES = mark(
    "{estimate:share} of comments speak of “{segment}” "
    "({ci_low:share} to {ci_high:share}, {n:count} comments)."
)
_NEW = {
    "up": mark(
        "More comments say “{segment}”: {share:share1}, against {share_before:share1} in "
        "{before:period} ({ci_low:gap} to {ci_high:gap} percentage points, {n:count} comments)."
    ),
    "down": mark(
        "Fewer comments say “{segment}”: {share:share1}, against {share_before:share1} in "
        "{before:period} ({ci_low:gap} to {ci_high:gap} percentage points, {n:count} comments)."
    ),
}
_IMPACTS = {
    "down": mark(
        "Comments on “{segment}” go with lower scores: without them {score} would read "
        "{size:points1} points higher ({low:points1} to {high:points1}, {n:count} comments)."
    ),
    "up": mark(
        "Comments on “{segment}” go with higher scores: without them {score} would read "
        "{size:points1} points lower ({low:points1} to {high:points1}, {n:count} comments)."
    ),
}
_SCORES = {
    "nps": mark("the Net Promoter Score"),
    "csat": mark("satisfaction"),
    "stars": mark("the share of four or five stars"),
    "ces": mark("the share who find it easy"),
    "ces_share": mark("the share who find it easy"),
    "emoji": mark("the share of happy faces"),
}


def find_themes_said(themes: pl.DataFrame, *, period: Period, data_until: datetime) -> pl.DataFrame:
    """How many comments speak of each theme.

    Parameters
    ----------
    themes
        theme, name, n, base, share, ci_low, ci_high, as `ThemeModel.tidy` gives them.
    """
    rows = _named(themes).with_columns(pl.col("share").alias("estimate"))
    return make_findings(
        rows, kind="level", measure=SHARE, message=Message(_SHARES), rank=_RANK_SHARE,
        **_shared(period, data_until, unit="share"), labels=_names(themes),
    )  # fmt: skip


def find_new_themes(
    emerging: pl.DataFrame, *, against: Period, period: Period, data_until: datetime
) -> pl.DataFrame:
    """Themes that more, or fewer, comments speak of than before; the first of more a headline.

    Parameters
    ----------
    emerging
        theme, name, n, share, estimate, ci_low, ci_high, q_value and, where known, polarity, as
        `find_emerging` gives them.
    against
        The period compared with.
    """
    called = _named(emerging).filter(pl.col("q_value") <= ALPHA)
    more, fewer = (
        in_telling_order(called.filter(pl.col("estimate") * sign > 0)).head(TOLD)
        for sign in (1, -1)
    )
    # That people stopped saying a thing tells neither that it got better nor that it got worse.
    fewer = fewer.with_columns(polarity=pl.lit("neutral"))
    parts = (
        (more.head(1), "up", _RANK_NEW),
        (more.slice(1), "up", _RANK_MORE_NEW),
        (fewer, "down", _RANK_FEWER),
    )
    return pl.concat(
        make_findings(
            rows, kind="change", measure=SHARE, message=Message(_NEW[way], {"before": against}),
            is_headline=rank == _RANK_NEW, rank=rank, labels=_names(emerging),
            **_shared(period, data_until, unit="share"),
        )
        for rows, way, rank in parts
    )  # fmt: skip


def in_telling_order(called: pl.DataFrame) -> pl.DataFrame:
    """What changed, turns of phrase before single words, which say less; the largest first."""
    return called.sort(
        ~pl.col("name").str.contains(" "), -pl.col("estimate").abs(), maintain_order=True
    )


def find_impact(impact: pl.DataFrame, *, period: Period, data_until: datetime) -> pl.DataFrame:
    """Themes whose comments go with lower or higher scores, beyond chance.

    Parameters
    ----------
    impact
        theme, name, metric, n, estimate (score of all less the score without the theme, in points
        or shares), ci_low, ci_high, q_value, as `measure_theme_impact` gives them.
    """
    called = _named(impact).filter(pl.col("q_value") <= ALPHA)
    parts = []
    for (metric,), rows in called.group_by(["metric"], maintain_order=True):
        for way, sign in (("down", -1), ("up", 1)):
            parts.append(_impact_of(rows, str(metric), way, sign, period, data_until))
    return pl.concat(parts) if parts else make_findings(
        called.clear(), kind="effect", measure=IMPACT, message=Message(_SHARES),
        **_shared(period, data_until, unit="share"),
    )  # fmt: skip


def _impact_of(
    rows: pl.DataFrame, metric: str, way: str, sign: int, period: Period, data_until: datetime
) -> pl.DataFrame:
    is_points = metric == "nps"
    size, ends = pl.col("estimate").abs(), ("ci_low", "ci_high")
    factor = 1.0 if is_points else 100.0
    some = rows.filter(pl.col("estimate") * sign > 0).with_columns(
        (size * factor).alias("size"),
        (pl.min_horizontal(pl.col(e) * sign for e in ends) * factor).alias("low"),
        (pl.max_horizontal(pl.col(e) * sign for e in ends) * factor).alias("high"),
        polarity=pl.lit("bad" if way == "down" else "good"),
    )
    return make_findings(
        some.sort("size", descending=True, maintain_order=True),
        kind="effect",
        measure=f"{IMPACT}_{metric}",
        message=Message(_IMPACTS[way], {"score": Message(_SCORES.get(metric, metric))}),
        rank=_RANK_IMPACT,
        labels=_names(rows),
        **_shared(period, data_until, unit="points" if is_points else "share"),
    )


def _named(table: pl.DataFrame) -> pl.DataFrame:
    """Themes with a figure; a theme is known by its id, so that it is found again next month."""
    figure = "estimate" if "estimate" in table.columns else "share"
    known = table.filter(pl.col(figure).is_not_null())
    return known.with_columns(_subject(table).alias("segment"))


def _subject(table: pl.DataFrame) -> pl.Expr:
    """The id; with the language where it does not say it: a declared theme has a row in each."""
    id_ = pl.col("theme").cast(pl.String)
    if "language" not in table.columns:
        return id_
    told = id_.str.starts_with(pl.format("{}-", "language"))
    return pl.when(told).then(id_).otherwise(pl.format("{} {}", id_, "language"))


def _names(table: pl.DataFrame) -> dict[str, Labels]:
    """Themes are read by their words, in the language of those who wrote them."""
    ids = table.select(_subject(table)).to_series()
    return {
        "segment": {
            id_: dict.fromkeys(LANGUAGES, name)
            for id_, name in zip(ids, table["name"], strict=True)
        }
    }


def _shared(period: Period, data_until: datetime, *, unit: str) -> dict[str, Any]:
    known: Mapping[str, Any] = {"topic": TOPIC, "notebook": NOTEBOOK, "unit": unit}
    return {**known, "period": period, "data_until": data_until}
