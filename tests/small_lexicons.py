"""Lexicons so small that a sum fits in the head: every praise is 2, every blame -2."""

from functools import cache

from cxresearch.transforms.text.lexicon import make_lexicon

EMOJI = {
    "entries": [{"strength": 2, "words": ["😀", ":)"]}, {"strength": -2, "words": ["😡", "🙄"]}],
    "ratings": {"★★★★★": 3, "★☆☆☆☆": -3},
    "ironic": ["🙄"],
}
ITALIAN = {
    "entries": [
        {"strength": 2, "emotion": "delight", "words": ["gentil*", "bell*", "grazie", "buono"]},
        {"strength": -2, "emotion": "anger", "words": ["scortes*", "lent*", "problem*"]},
        {"strength": -2, "idioms": ["fil* interminabil*", "rimbalzat* da un _ all'altro"]},
        {"strength": 0, "words": ["normale"]},
    ],
    "negators": {"words": ["non", "mai", "nessun*"], "denying": ["senza", "nessun*"], "reach": 4},
    "weak_negators": ["poco"],
    "boosters": {"molto": 1.5},
    "dampers": {"un po'": 0.5},
    "contrast": ["ma"],
    "concession": ["anche se"],
    "unreal": ["vorrei"],
    "sarcasm": ["complimenti per la"],
    "thanks": ["grazie"],
    "keep": ["non solo", "bella copia"],
}
ENGLISH = {
    "entries": [
        {"strength": 2, "words": ["great", "good", "lov*"]},
        {"strength": -2, "words": ["awful", "slow"], "idioms": ["not work*", "won't come back"]},
    ],
    "negators": ["not", "never"],
    "contrast": ["but"],
    "questions": ["how"],
    "keep": ["not only"],
}


def small_lexicon(name, *, extra=None):
    """In place of `read_lexicon`."""
    return _make(name) if extra is None else _make(name, tuple(extra["entries"][0]["idioms"]))


@cache
def _make(name, idioms=()):
    data = {"it": ITALIAN, "en": ENGLISH, "emoji": {}}[name]
    own = [{"strength": 1, "idioms": [*idioms]}]
    entries = [*data.get("entries", []), *EMOJI["entries"], *own]
    return make_lexicon({**data, **EMOJI, "entries": entries}, language=name)
