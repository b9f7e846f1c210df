"""What does each chart of comments show, in one sentence that is its title?

The unit is one table. A title says what stands beyond chance and, where nothing does, that nothing
does. Names in quotation marks are words of customers and are not translated.
"""

from collections.abc import Mapping

import polars as pl

from cxresearch.actions.voice_themes import ALPHA, in_telling_order
from cxresearch.language import LANGUAGES, Message, mark, message
from cxresearch.period import Period

_NAMED = 3  # at most so many names in a title

Labels = Mapping[str, Mapping[str, str]]

IN_LANGUAGE = {"it": mark("in Italian"), "en": mark("in English")}

_WORDS = {
    "nps": {
        "none": mark("No word tells promoters from detractors beyond chance"),
        "both": mark("Detractors write {low:list}; promoters {high:list}"),
        "low": mark("Detractors write {low:list}"),
        "high": mark("Promoters write {high:list}"),
        "odds": mark(
            "Odds of the word among promoters against detractors, drawn towards 1 where few people "
            "wrote it; {period:period}"
        ),
    },
    "other": {
        "none": mark("No word tells the satisfied from the dissatisfied beyond chance"),
        "both": mark("The dissatisfied write {low:list}; the satisfied {high:list}"),
        "low": mark("The dissatisfied write {low:list}"),
        "high": mark("The satisfied write {high:list}"),
        "odds": mark(
            "Odds of the word among the satisfied against the dissatisfied, drawn towards 1 where "
            "few people wrote it; {period:period}"
        ),
    },
}
_TOO_FEW = mark("Too few comments to compare")


def title_of_places(apart: pl.DataFrame, *, labels: Labels, by: str = "touchpoint") -> Message:
    """Which groups are spoken of worse, and which better, than all others together.

    Parameters
    ----------
    apart
        As `measure.compare_tone_to_rest` returns it, best after `own_scores.confirm_tone`.
    """
    shown = apart.filter(pl.col("estimate").is_not_null())
    if shown.height < 2:
        return Message(_TOO_FEW)
    worse, better = (
        _names(shown.filter("is_reliable", polarity=polarity), by=by, sign=sign, labels=labels)
        for polarity, sign in (("bad", 1), ("good", -1))
    )
    if worse and better:
        return message("Harshest words: {worse:list}; kindest: {better:list}", worse=worse,
                       better=better)  # fmt: skip
    if worse:
        return message("Harsher words than elsewhere: {worse:list}", worse=worse)
    if better:
        return message("Kinder words than elsewhere: {better:list}", better=better)
    if shown["is_different"].any():
        return message("No group stands out in words and in scores alike")
    return message("No group of {n:count} is spoken of differently beyond chance", n=shown.height)


def title_of_moved(change: pl.DataFrame, *, labels: Labels, by: str = "touchpoint") -> Message:
    """Where comments became kinder or harsher, beyond chance.

    Parameters
    ----------
    change
        As `measure.compare_tone` returns it.
    """
    shown = change.filter(pl.col("estimate").is_not_null())
    if shown.is_empty():
        return Message(_TOO_FEW)
    up, down = (
        _names(
            shown.filter("is_change", polarity=polarity), by=by, sign=sign, labels=labels,
            size="estimate",
        )
        for polarity, sign in (("good", -1), ("bad", 1))
    )  # fmt: skip
    if up and down:
        return message("Kinder words: {up:list}; harsher: {down:list}", up=up, down=down)
    if up:
        return message("Words have become kinder: {up:list}", up=up)
    if down:
        return message("Words have become harsher: {down:list}", down=down)
    return message("No touchpoint is spoken of differently than before, beyond chance")


def title_of_themes(themes: pl.DataFrame) -> Message:
    """What is written about most, in the language that most comments are written in."""
    known = themes.filter(pl.col("share").is_not_null())
    if known.is_empty():
        return message("No theme stands out in the comments")
    order = ["base", "share"]
    first = known.sort(order, descending=True, maintain_order=True).row(0, named=True)
    values = {"name": first["name"], "share": first["share"], "n": first["base"]}
    if "language" not in known.columns or known["language"].n_unique() == 1:
        return message("The theme named most is “{name}”: {share:share} of {n:count}", **values)
    spoken = Message(IN_LANGUAGE.get(first["language"], first["language"]))
    return message(
        "The theme named most in comments {spoken} is “{name}”: {share:share} of {n:count}",
        spoken=spoken,
        **values,
    )


def title_of_needs(complaints: pl.DataFrame, *, labels: Labels) -> Message:
    """Of which needs people complain most often.

    Parameters
    ----------
    complaints
        aspect, share (of comments that complain of it), as `share_needs` gives them.
    """
    known = complaints.filter(pl.col("share").is_not_null()).head(_NAMED)
    if known.is_empty():
        return message("No need is complained of often enough to show")
    names = [labels.get(id_, dict.fromkeys(LANGUAGES, str(id_))) for id_ in known["aspect"]]
    return message("Complaints are most often about: {names:list}", names=names)


def title_of_new(emerging: pl.DataFrame) -> Message:
    """What more comments speak of than before, beyond chance."""
    known = emerging.filter(pl.col("estimate").is_not_null())
    if known.is_empty():
        return message("Too few comments to tell what is new")
    called = in_telling_order(known.filter(pl.col("q_value") <= ALPHA))
    more, fewer = (_quoted(called.filter(pl.col("estimate") * sign > 0)) for sign in (1, -1))
    if more:
        return message("Written about more than before: {names:list}", names=more)
    if fewer:
        return message("Written about less than before: {names:list}", names=fewer)
    return message("Nothing is written about more or less than before, beyond chance")


def title_of_words(words: pl.DataFrame, *, metric: str = "nps") -> Message:
    """Which words tell those on either side of the score most.

    Parameters
    ----------
    words
        As `compare_words` returns it.
    metric
        The metric of the score: promoters and detractors are of the Net Promoter Score alone.
    """
    texts = _WORDS["nps" if metric == "nps" else "other"]
    called = words.filter(pl.col("q_value") <= ALPHA)
    if called.is_empty():
        return Message(texts["none"])
    low, high = (
        _quoted(
            called.filter(side=side).sort(pl.col("log_odds").abs(), descending=True), name="word"
        )
        for side in ("detractors", "promoters")
    )
    if low and high:
        return Message(texts["both"], {"low": low, "high": high})
    return Message(texts["low"], {"low": low}) if low else Message(texts["high"], {"high": high})


def subtitle_of_words(*, metric: str, period: Period) -> Message:
    """What the dots are: odds, of whom, when."""
    return Message(_WORDS["nps" if metric == "nps" else "other"]["odds"], {"period": period})


def title_of_tone_track(series: pl.DataFrame) -> Message:
    """Whether the tone of the last month is within its usual ups and downs.

    Parameters
    ----------
    series
        As `tone_track.track_tone` returns it, in points.
    """
    known = series.filter(pl.col("estimate").is_not_null())
    if known.is_empty():
        return message("Too few comments in any month to show")
    last = known.row(-1, named=True)
    values = {"estimate": last["estimate"], "period": last["period"]}
    if last["limit_low"] is None:
        return message("Net tone {estimate:signed} in {period:period}; too few months to say what "
                       "is usual", **values)  # fmt: skip
    if not last["is_signal"]:
        return message("Month by month within its usual ups and downs: {estimate:signed} in "
                       "{period:period}", **values)  # fmt: skip
    if last["estimate"] > last["centre"]:
        return message("Kinder than usual: net tone {estimate:signed} in {period:period}", **values)
    return message("Harsher than usual: net tone {estimate:signed} in {period:period}", **values)


def subtitle_of_tone(*, by: str, period: Period) -> Message:
    """What is drawn: shares, net tone, of which comments, when."""
    texts = {
        "touchpoint": mark(
            "Comments about the touchpoint: share negative and positive, and the net tone with its "
            "interval; {period:period}"
        ),
        "channel": mark(
            "Comments given in the channel: share negative and positive, and the net tone with its "
            "interval; {period:period}"
        ),
    }
    return Message(texts[by], {"period": period})


def _names(
    rows: pl.DataFrame, *, by: str, sign: int, labels: Labels, size: str = "level"
) -> list[Mapping[str, str]]:
    ordered = rows.sort(pl.col(size) * sign, by).head(_NAMED)
    return [labels.get(id_, dict.fromkeys(LANGUAGES, str(id_))) for id_ in ordered[by]]


def _quoted(rows: pl.DataFrame, *, name: str = "name") -> list[str]:
    return [f"“{text}”" for text in rows[name].head(_NAMED)]
