"""What does each chart of ratings show, in one sentence that is its title?

The unit is one table of estimates. A title states what the table says and no more: where chance
alone could have done it, the title says that nothing stands out.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from cxresearch.language import Message, mark, message
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import normal_quantile
from cxresearch.transforms.ranking import chance_of_equals, lowest_tier

_ALPHA = 0.05

Labels = Mapping[str, Mapping[str, str]]

_LOWEST = {
    "points": mark(
        "{lowest} is rated lowest, with {low:points} ({low_from:points} to {low_to:points})"
    ),
    "share": mark(
        "{lowest} is rated lowest, with {low:share} ({low_from:share} to {low_to:share})"
    ),
}
_NAMED = 3  # at most so many names in a title
_ABOVE = {
    "points": mark("Above the usual ups and downs: {estimate:points} in {period:period}"),
    "share": mark("Above the usual ups and downs: {estimate:share} in {period:period}"),
}
_BELOW = {
    "points": mark("Below the usual ups and downs: {estimate:points} in {period:period}"),
    "share": mark("Below the usual ups and downs: {estimate:share} in {period:period}"),
}
_USUAL = {
    "points": mark("Within the usual ups and downs: {estimate:points} in {period:period}"),
    "share": mark("Within the usual ups and downs: {estimate:share} in {period:period}"),
}
_RISEN = {
    "points": mark("A long run above its middle: {estimate:points} in {period:period}"),
    "share": mark("A long run above its middle: {estimate:share} in {period:period}"),
}
_FALLEN = {
    "points": mark("A long run below its middle: {estimate:points} in {period:period}"),
    "share": mark("A long run below its middle: {estimate:share} in {period:period}"),
}
_SHORT = {
    "points": mark("{estimate:points} in {period:period}; too few periods to say what is usual"),
    "share": mark("{estimate:share} in {period:period}; too few periods to say what is usual"),
}


def title_of_groups(table: pl.DataFrame, *, by: str, unit: str, labels: Labels) -> Message:
    """Which group is rated lowest, or which ones are too close to tell apart.

    Only groups that are shown and reliable are looked at, and only where they differ by more than
    chance.

    Parameters
    ----------
    table
        As `groups.score_groups` returns it.
    """
    shown = table.filter(pl.col("estimate").is_not_null(), pl.col("is_reliable"))
    if shown.height < 2:
        return message("Too few groups with enough answers to compare")
    if chance_of_equals(shown) > _ALPHA:
        return message("No group of {n:count} differs by more than chance", n=shown.height)
    tier = lowest_tier(shown)
    if tier.height > _NAMED:
        return message(
            "Groups differ, but {n:count} of {of:count} are too close to say which is lowest",
            n=tier.height,
            of=shown.height,
        )
    names = [labels.get(name, str(name)) for name in tier[by]]
    if tier.height > 1:
        return message("Rated lowest, too close to tell apart: {names:list}", names=names)
    low = tier.row(0, named=True)
    return Message(
        _LOWEST[unit],
        {
            "lowest": names[0],
            "low": low["estimate"],
            "low_from": low["ci_low"],
            "low_to": low["ci_high"],
        },
    )


def title_of_track(series: pl.DataFrame, *, unit: str) -> Message:
    """Whether the last period stands out from the usual ups and downs.

    Parameters
    ----------
    series
        As `question_scores.track_question` returns it.
    """
    known = series.filter(pl.col("estimate").is_not_null())
    if known.is_empty():
        return message("Too few answers to show")
    last = known.row(-1, named=True)
    return Message(_sentence(last)[unit], {name: last[name] for name in ("period", "estimate")})


def title_of_distribution(spread: pl.DataFrame, *, metric: str) -> Message:
    """How many are promoters and detractors, find it easy, or give one of the two best grades.

    Parameters
    ----------
    spread
        As `distribution.score_distribution` returns it, with `polarity`.
    """
    if spread.is_empty():
        return message("Too few answers to show")
    parts = dict(spread.group_by("polarity").agg(pl.col("estimate").sum()).rows())
    if metric in ("nps", "enps"):
        return message(
            "{good:share} promoters, {bad:share} detractors",
            good=parts.get("good", 0.0),
            bad=parts.get("bad", 0.0),
        )
    if metric == "ces_share":
        return message("{good:share} give a grade above the middle", good=parts.get("good", 0.0))
    return message("{good:share} give one of the two best grades", good=parts.get("good", 0.0))


def title_of_silence(differences: pl.DataFrame, *, labels: Labels) -> Message:
    """Whether those who answered differ from those who did not.

    Parameters
    ----------
    differences
        As `models.response.ResponseModel.tidy` returns it.
    """
    notable = differences.filter(stands_out(differences)).sort(
        pl.col("estimate").abs(), descending=True
    )
    if notable.is_empty():
        return message("Nothing recorded tells those who answer notably from the silent")
    first = notable.row(0, named=True)
    return message(
        "Those who answer differ most from the silent in: {feature} "
        "({estimate:number2} standard deviations)",
        feature=labels.get(first["feature"], first["feature"]),
        estimate=first["estimate"],
    )


def stands_out(differences: pl.DataFrame) -> pl.Series:
    """Which differences are large enough to matter and more than chance, all tested together.

    Of twenty facts one differs "significantly" by chance alone (Benjamini & Hochberg 1995), and in
    a small sample a difference that would matter is often chance as well.

    Parameters
    ----------
    differences
        As `models.response.ResponseModel.tidy` returns it, with intervals of 95 %.
    """
    from scipy.special import ndtr

    half = (pl.col("ci_high") - pl.col("ci_low")) / 2 / normal_quantile(0.95)
    z = differences.select((pl.col("estimate").abs() / half).cast(pl.Float64)).to_series()
    p_value = 2 * ndtr(-z.fill_null(float("nan")).to_numpy())
    is_real = pl.Series(q_values(p_value)).fill_nan(1.0) <= _ALPHA
    return differences["is_notable"] & is_real


def _sentence(last: Mapping[str, Any]) -> Mapping[str, str]:
    if last["limit_low"] is None:
        return _SHORT
    is_high = last["estimate"] > last["centre"]
    if last["signal"] == "outside":
        return _ABOVE if is_high else _BELOW
    if last["signal"] == "run":
        return _RISEN if is_high else _FALLEN
    return _USUAL
