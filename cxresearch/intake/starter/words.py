"""Which words in a column's name or question tell what it holds? English and Italian.

Names are compared in lower case, without accents, with single blanks between words.
"""

import re
import unicodedata
from itertools import takewhile

AT = re.compile(
    r"\b(timestamp|informazioni cronologiche|recorded|submitted|completed|end|date|data|"
    r"datetime|giorno|when|quando|created|at|time|ora|compilazione)\b"
)
NOT_AT = re.compile(r"\b(birth|nascita|joined|iscrizione|start|since|expir|scadenza)\w*")
NPS = re.compile(r"\b(nps|netpro|net promoter|recommend\w*|consigli\w*|raccomand\w*)\b")
CES = re.compile(r"\b(ces|effort|eas[ey]|easier|easily|difficult\w*|facil\w*|sforzo|semplic\w*)\b")
HIGH_IS_BAD = re.compile(r"\b(effort|difficult\w*|sforzo|difficil\w*|fatic\w*)\b")
STARS = re.compile(r"\b(stars?|stelle|stella)\b")
RATING = re.compile(
    r"(satisf|soddisf|\bcsat\b|\brat(e|ed|ing|ings)\b|quality|qualita|valut|\bvot[oi]\b|giudizi|"
    r"\bscore\b|punteggio|gradimento)"
)
SATISFACTION = re.compile(r"(satisf|soddisf|\bcsat\b|quality|qualita|gradimento)")
WHOLE = re.compile(
    r"\b(overall|whole|complessiv\w*|nel complesso|in general\w*|general\w*|total\w*|all|insieme)\b"
)
COMMENT = re.compile(
    r"(comment|feedback|suggest|suggerim|\bwhy\b|perche|verbatim|review|recension|content|"
    r"opinion|motiv|\bcosa\b|miglior|improv|descri|raccont|tell us|dicci|"
    r"what (could|can|should|did)|liked|piaciut|reason|testo|note\b)"
)
WEIGHT = re.compile(r"\b(weight|weights|peso|pesi|ponderazione|wgt|wt)\b")
CHANNEL = re.compile(r"\b(channel|canale|distributionchannel|medium)\b")
TOUCHPOINT = re.compile(r"\b(touchpoint|touch point|punto di contatto|journey step|momento)\b")
LANGUAGE = re.compile(r"\b(language|lingua|userlanguage|lang)\b")
TEAM = re.compile(r"\b(team|squadra|reparto|department|ufficio)\b")
IDENTIFIER = re.compile(
    r"(\b(id|code|codice|numero|nr|num|respnum|rownames|token|response id|respondent)\b|id$)"
)
ANSWER = re.compile(
    r"^id$|\b(response|answer|reply|record|submission|resp|risposta|compilazione)\b"
)
CUSTOMER = re.compile(
    r"\b(customer|customers|client|cliente|clienti|member|account|user|utente|passenger|socio|"
    r"tessera|customerid|clientid|userid)\b"
)
PERSONAL = re.compile(
    r"\b(e ?mail|mail|phone|telefono|cellulare|cognome|nome|first name|last name|surname|address|"
    r"indirizzo|ip ?address|author|username|user name|full name)\b"
)
QUESTION = re.compile(r"q \d+\b|q\d+\b|question|domanda")
OUTCOME = re.compile(
    r"(satisf|soddisf|churn|\bleft\b|\bleav|cancel|abband|complain|reclam|promoter|outcome|"
    r"recommend|consigli)"
)
REASON = re.compile(r"\b(reason|theme|topic|category|motivo|causale|tema|categoria|subject|type)\b")
NO_ANSWER = re.compile(
    r"(blank|n a|na|nd|n d|none|null|nan|missing|refused|not applicable|does not apply|"
    r"don t know|dont know|dk|no answer|non so|non applicabile|non risponde|nessuna risposta|x|)"
)
ITALIAN = re.compile(
    r"\b(di|il|che|la|per|quanto|come|non|un|una|con|del|della|sono|molto|nostro|consiglieresti|"
    r"soddisfatto|gli|alla|piu)\b"
)
ENGLISH = re.compile(
    r"\b(the|of|and|to|is|was|with|how|you|for|your|very|not|our|were|are|this|would|in|it)\b"
)


def plain(text: str) -> str:
    """Lower case, without accents or punctuation; camel case and question numbers parted.

    Examples
    --------
    >>> plain("Perché_sì? ResponseId Q7ALL")
    'perche si response id q7 all'
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Za-z])", " ", text)
    folded = unicodedata.normalize("NFKD", parted).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", folded.lower()).strip()


def slug(text: str, *, taken: set[str] | None = None) -> str:
    """An id made of a text, different from those `taken`.

    Examples
    --------
    >>> slug("Pulizia & Comfort"), slug("Desk", taken={"desk"})
    ('pulizia_comfort', 'desk_2')
    """
    words = plain(text).replace(" ", "_")[:40].strip("_") or "item"
    name, n = words, 1
    while name in (taken or set()):
        n += 1
        name = f"{words}_{n}"
    return name


def shorten(labels: list[str]) -> list[str]:
    """The part in which labels of one battery differ, as a reader would write it.

    Examples
    --------
    >>> shorten(["Rate us [Price]", "Rate us [Staff]"])
    ['Price', 'Staff']
    >>> shorten(["comfort_rating", "bar_beverages_rating"])
    ['Comfort', 'Bar beverages']
    """
    labels = _without_numbers(labels)
    inside = [re.search(r"\[([^\]]+)\]\s*$", label) for label in labels]
    if all(inside):
        return [match[1].strip() for match in inside if match]
    parted = [re.split(r"(?<=[\s_\-–:.])|(?=[\s_\-–:.])", label) for label in labels]
    start, end = _common(parted), _common([parts[::-1] for parts in parted])
    if len(labels) == 1:
        start = end = 0
    cut = ["".join(parts[start : len(parts) - end]) for parts in parted]
    tidy = [re.sub(r"[\s_]+", " ", text).strip(" -–:.") for text in cut]
    if not all(tidy):
        tidy = [re.sub(r"[\s_]+", " ", label).strip() for label in labels]
    return [text[:1].upper() + text[1:] for text in tidy]


def _without_numbers(labels: list[str]) -> list[str]:
    """Q7A_FOOD and Q7FOOD become FOOD, where every label begins so."""
    parts = [re.fullmatch(r"[Qq]\d+(?:[A-Za-z]?[_. -]+|(?=[A-Z]{2}))(.{2,})", x) for x in labels]
    return [match[1] for match in parts if match] if all(parts) else labels


def _common(parted: list[list[str]]) -> int:
    """How many first parts all have in common, leaving one at least of each."""
    places = zip(*(parts[:-1] for parts in parted), strict=False)
    return sum(1 for _ in takewhile(lambda place: len(set(place)) == 1, places))
