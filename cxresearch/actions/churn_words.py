"""How is what a model knows of a customer called in the words of the business?

The unit is one feature of `transforms.features`. A feature nobody named keeps its own name.
"""

import re
from collections.abc import Iterable, Mapping

from cxresearch.language import LANGUAGES, Message, mark, message

Labels = Mapping[str, Mapping[str, str]]

_WINDOWED = {
    "n_purchases": mark("Purchases, {within}"),
    "n_contacts": mark("Contacts, {within}"),
    "n_uses": mark("Times used, {within}"),
    "amount": mark("Amount spent, {within}"),
    "n_bad": mark("Bad experiences, {within}"),
    "n_good": mark("Good experiences, {within}"),
    "n_repeat_contacts": mark("Had to contact again about the same, {within}"),
    "n_unresolved": mark("Matters left unsolved, {within}"),
    "wait_minutes": mark("Average wait in minutes, {within}"),
    "n_complaints": mark("Complaints, {within}"),
    "n_invited": mark("Times asked for an answer, {within}"),
    "answered_share": mark("Share of requests answered, {within}"),
    "n_comments": mark("Comments written, {within}"),
    "tone": mark("Tone of comments, {within}"),
}
_PLAIN = {
    "days_since_purchase": mark("Days since the last purchase"),
    "days_since_contact": mark("Days since the last contact"),
    "days_since_use": mark("Days since the last use"),
    "days_since_answer": mark("Days since the last answer"),
    "gap_ratio": mark("Silence, against the usual gap between purchases"),
    "trend_purchases": mark("Purchases lately, against earlier ones"),
    "last_nps": mark("Last answer on recommending"),
    "last_csat": mark("Last answer on satisfaction"),
    "last_ces": mark("Last answer on effort"),
    "tenure_days": mark("Time as a customer"),
    "tenure": mark("Time as a customer"),
    "is_nps_known": mark("Has answered on recommending"),
    "is_csat_known": mark("Has answered on satisfaction"),
    "is_ces_known": mark("Has answered on effort"),
}
_AT = {
    "bad": mark("{touchpoint}: bad experiences, {within}"),
    "good": mark("{touchpoint}: good experiences, {within}"),
}
_OF = mark("{attribute}: {group}")
_WITHIN = re.compile(r"(.+)_(\d+)m")


def name_features(
    features: Iterable[str], *, touchpoints: Labels, attributes: Labels
) -> dict[str, dict[str, str]]:
    """What each feature is called, by language.

    Parameters
    ----------
    features
        Names of columns, as `features.build_features` gives them.
    touchpoints, attributes
        Names of touchpoints and of the study's attributes by language.

    Examples
    --------
    >>> desk = {"desk": {"en": "Desk", "it": "Sportello"}}
    >>> names = name_features(["bad_desk_3m", "gap_ratio"], touchpoints=desk, attributes={})
    >>> names["bad_desk_3m"]["en"]
    'Desk: bad experiences, last 3 months'
    """
    named = {f: _name(f, touchpoints=touchpoints, attributes=attributes) for f in features}
    return {
        feature: {language: text.in_language(language) for language in LANGUAGES}
        for feature, text in named.items()
    }


def name_touchpoints(ids: Iterable[str], *, known: Labels) -> dict[str, Mapping[str, str]]:
    """What each touchpoint is called, by language: one that no map names, by its id in words.

    Examples
    --------
    >>> name_touchpoints(["phone_support"], known={})["phone_support"]["en"]
    'Phone support'
    """
    unnamed = {place: place.replace("_", " ") for place in ids if place not in known}
    made = {place: text[:1].upper() + text[1:] for place, text in unnamed.items()}
    return {**known, **{place: dict.fromkeys(LANGUAGES, text) for place, text in made.items()}}


def _name(feature: str, *, touchpoints: Labels, attributes: Labels) -> Message:
    if feature in _PLAIN:
        return Message(_PLAIN[feature])
    if feature in attributes:
        return message("{attribute}", attribute=attributes[feature])
    windowed = _WITHIN.fullmatch(feature)
    if windowed:
        stem, months = windowed.group(1), int(windowed.group(2))
        within = (
            message("last month") if months == 1 else message("last {n:count} months", n=months)
        )
        side, _, place = stem.partition("_")
        if stem in _WINDOWED:
            return Message(_WINDOWED[stem], {"within": within})
        if side in _AT and place:
            where = name_touchpoints([place], known=touchpoints)[place]
            return Message(_AT[side], {"touchpoint": where, "within": within})
    attribute, sign, group = feature.partition("=")
    if sign and attribute in attributes:
        return Message(_OF, {"attribute": attributes[attribute], "group": group})
    return message("{name}", name=feature.replace("_", " "))
