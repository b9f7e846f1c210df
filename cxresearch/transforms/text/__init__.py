"""What do customers write, in which language, and with which tone?

Unit of observation: a comment, a clause of it, or a word in it that speaks. `read_comments` takes
them from a study, `score_tone` reads each, `score_clauses` each clause, `find_tone_words` shows the
words that carried it. Everything is read with lexicons that can be opened and edited; nothing is
learned here.
"""

from cxresearch.transforms.text.aspects import (
    find_named,
    read_aspect_seeds,
    tag_aspects,
    tag_touchpoints,
)
from cxresearch.transforms.text.clean import clean_text
from cxresearch.transforms.text.comments import COMMENT_COLUMNS, read_comments
from cxresearch.transforms.text.language import MIXED, count_evidence, detect_language
from cxresearch.transforms.text.lexicon import EMOTIONS, Lexicon, read_lexicon
from cxresearch.transforms.text.rules import RULES
from cxresearch.transforms.text.tone import find_tone_words, score_clauses, score_tone
from cxresearch.transforms.text.touchpoint_seeds import read_touchpoint_seeds

__all__ = [
    "COMMENT_COLUMNS",
    "EMOTIONS",
    "MIXED",
    "RULES",
    "Lexicon",
    "clean_text",
    "count_evidence",
    "detect_language",
    "find_named",
    "find_tone_words",
    "read_aspect_seeds",
    "read_comments",
    "read_lexicon",
    "read_touchpoint_seeds",
    "score_clauses",
    "score_tone",
    "tag_aspects",
    "tag_touchpoints",
]
