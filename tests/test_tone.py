import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError, ParameterError, StudyError
from cxresearch.transforms.text import (
    find_tone_words,
    read_comments,
    read_lexicon,
    reading,
    score_clauses,
    score_tone,
)
from cxresearch.transforms.text.lexicon import make_lexicon
from cxresearch.transforms.text.patterns import compile_lexicon
from tests.small_lexicons import small_lexicon

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture
def small(monkeypatch):
    """Every praise is 2, every blame -2."""
    monkeypatch.setattr(reading, "read_lexicon", small_lexicon)


def table(*texts, language="it"):
    return pl.DataFrame(
        {
            "response_id": [f"r{i}" for i in range(len(texts))],
            "comment": pl.Series(texts, dtype=pl.String),
            "language": pl.Series([language] * len(texts), dtype=pl.String),
        }
    )


def labels(*texts, language="it"):
    return score_tone(table(*texts, language=language))["label"].to_list()


def strengths(text, language="it"):
    return find_tone_words(table(text, language=language))["strength"].round(6).to_list()


def rules(text, language="it"):
    return find_tone_words(table(text, language=language))["rules"].to_list()


# What is told of a comment


def test_praise_blame_and_silence_are_told_apart():
    assert labels("Tutti gentili", "Tutti scortesi", "Sono andato in agenzia", "", None) == [
        *("positive", "negative", "unknown", "unknown", "unknown")
    ]


def test_the_tone_is_the_saturated_sum_of_strengths_and_null_without_evidence():
    scored = score_tone(table("gentile e bello", "boh"))
    # 2 + 2 = 4; 4 / sqrt(16 + 6)
    assert scored["tone"].to_list() == [pytest.approx(4 / 22**0.5), None]
    assert scored["evidence"].to_list() == [2, 0]


def test_a_word_of_no_side_is_neutral_and_not_unknown():
    assert labels("Tutto normale") == ["neutral"]


def test_two_equal_sides_are_mixed_unless_a_verdict_follows():
    assert labels("Gentili. Lenti.", "Lenti, ma gentili.") == ["mixed", "positive"]


def test_the_strongest_emotion_is_told_but_not_that_of_a_turned_word():
    told = score_tone(table("bello e gentile, scortese", "non gentile", "normale"))
    assert told["emotion"].to_list() == ["delight", None, None]


def test_the_table_keeps_its_columns_its_rows_and_their_order():
    given_ = table("bello", None, "scortese").with_columns(x=pl.Series([3, 1, 2]), tone=pl.lit("-"))
    scored = score_tone(given_)
    assert scored["x"].to_list() == [3, 1, 2]
    assert scored.columns == [
        *("response_id", "comment", "x", "language"),
        *("tone", "evidence", "label", "emotion", "is_sarcastic"),
    ]


def test_a_table_without_rows_gives_one_without_rows():
    empty = table("bello").head(0)
    assert score_tone(empty).height == 0
    assert score_clauses(empty).columns == score_clauses(table("bello")).columns
    assert find_tone_words(empty).schema == find_tone_words(table("bello")).schema


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="column 'comment' is missing"):
        score_tone(pl.DataFrame({"coment": ["bello"]}))


# How words are written


@pytest.mark.parametrize(
    "said",
    ["GENTILE tu", "gentilissima", "gentileeee", "Géntile", "gen\u200btile", "l'ho vista gentile"],
)
def test_a_word_is_found_however_it_is_written(said):
    assert labels(said) == ["positive"]


def test_lengthened_letters_capitals_and_superlatives_strengthen():
    assert strengths("belloooo") == [2 * 1.2]
    assert strengths("un posto bello, GENTILE davvero") == [2, 2 * 1.2]
    assert strengths("bellissimo") == [2 * 1.3]


def test_a_text_all_in_capitals_shouts_no_word():
    assert strengths("TUTTO BELLO DAVVERO") == [2]


def test_an_exclamation_strengthens_up_to_three_times():
    assert strengths("bello!") == [2.2]
    assert strengths("bello! ! ! ! !") == [2.6]


def test_typing_habits_are_understood():
    assert strengths("nn gentile") == [-1.4]
    assert labels("It dont work", "it does not work", language="en") == ["negative", "negative"]


def test_an_idiom_with_a_contraction_is_no_idiom_of_another_verb():
    assert labels("I won't come back", "I can't come back", language="en") == [
        "negative",
        "unknown",
    ]


# Idioms


def test_an_idiom_is_one_hit_and_hides_its_words():
    hits = find_tone_words(table("Rimbalzata da un ufficio all'altro, file interminabili"))
    assert hits["word"].to_list() == ["Rimbalzata da un ufficio all altro", "file interminabili"]
    assert find_tone_words(table("in bella copia")).height == 0


def test_an_idiom_does_not_run_over_the_end_of_a_sentence():
    assert labels("Ho visto una fila. Interminabile il film") == ["unknown"]


def test_of_two_idioms_that_overlap_the_longer_counts():
    extra = {"it": {"entries": [{"strength": 1, "idioms": ["fila interminabile di gente bella"]}]}}
    said = table("fila interminabile di gente bella")
    assert find_tone_words(said, extra=extra)["strength"].to_list() == [1]


def test_the_same_emoji_again_and_again_speaks_once():
    assert strengths("😀😀😀😡") == [2, -2]


def test_stars_are_a_rating():
    assert labels("★★★★★", "★☆☆☆☆ :)") == ["positive", "negative"]


# What stands before


def test_a_negator_turns_praise_to_weaker_blame_within_its_reach():
    assert strengths("non è affatto gentile") == [-1.4]
    assert strengths("non so quanto sia stato gentile") == [2]


def test_a_negator_does_not_reach_over_a_mark():
    assert strengths("Non mi lamento, gentili") == [2]


def test_two_negators_negate_once():
    assert strengths("non sono mai gentili") == [-1.4]


def test_blame_that_is_negated_is_neither_blame_nor_praise():
    assert strengths("non sono scortesi") == [0]
    assert labels("non sono scortesi") == ["neutral"]


def test_what_is_said_to_be_absent_praises():
    assert strengths("senza alcun problema") == [1]


def test_an_idiom_of_blame_stays_a_fact_when_negated():
    assert strengths("non ho visto file interminabili") == [-1]


def test_an_idiom_that_holds_a_negator_is_not_negated_once_more():
    extra = {"it": {"entries": [{"strength": 1, "idioms": ["senza alcun pensiero"]}]}}
    hits = find_tone_words(table("senza fretta e senza alcun pensiero"), extra=extra)
    assert hits["strength"].to_list() == [1]


def test_an_emoticon_with_a_star_is_no_beginning_of_others():
    kiss = make_lexicon({"entries": [{"strength": 2, "words": [":*"]}]}, language="it")
    assert compile_lexicon(kiss).patterns.select("pattern", "is_stem").rows() == [(":*", False)]


def test_not_only_negates_nothing():
    assert strengths("non solo gentili") == [2]
    assert strengths("not only good", language="en") == [2]


def test_little_turns_praise_and_softens_blame():
    assert strengths("poco gentile") == [-1.2]
    assert strengths("poco lento") == [-1]


def test_boosters_and_dampers_count_beside_a_word_only():
    assert strengths("molto gentile") == [3]
    assert strengths("un po' lento") == [-1]
    assert labels("molto, un po'") == ["unknown"]


def test_a_booster_counts_for_the_three_words_after_it():
    assert strengths("molto di tutto gentile") == [3]
    assert strengths("molto di tutto quanto gentile") == [2]


# What stands around


def test_what_follows_but_weighs_more_and_what_precedes_less():
    assert strengths("gentili ma lenti") == [1.2, -2.5]
    assert rules("gentili ma lenti") == [["before_but"], ["after_but"]]


def test_but_at_the_start_answers_the_sentence_before():
    assert strengths("Gentili. Ma lenti.") == [1.2, -2.5]


def test_but_at_the_start_of_a_comment_answers_no_other_comment():
    hits = find_tone_words(table("Gentili.", "Ma lenti."))
    assert hits["strength"].to_list() == [2, -2.5]


def test_what_is_conceded_weighs_less_up_to_the_next_mark():
    assert strengths("anche se lenti, gentili") == [-1, 2]


def test_a_wish_is_no_praise():
    assert strengths("vorrei gente gentile") == [0]


def test_who_asks_whether_it_is_good_does_not_say_so():
    assert strengths("È gentile?") == [0]
    assert strengths("how good it was", language="en") == [0]
    assert strengths("È lento?") == [-1.6]


# Irony


def test_praise_in_a_mocking_idiom_is_turned_by_a_complaint_and_left_without_one():
    assert labels("Complimenti per la gentilezza") == ["positive"]
    told = score_tone(table("Complimenti per la gentilezza, siete scortesi"))
    assert told.select("label", "is_sarcastic").row(0) == ("negative", True)


def test_ironic_emoji_turn_praise_beside_a_complaint():
    assert labels("Che bello, file interminabili 🙄") == ["negative"]


def test_thanks_for_what_is_bad_are_ironic_but_not_thanks_in_another_sentence():
    assert rules("grazie per il lento rimborso")[0] == ["ironic"]
    assert rules("Il rimborso è lento. Grazie")[1] == []


def test_praise_in_quotes_is_turned_beside_a_complaint():
    assert strengths('lenti, che "gentile" accoglienza') == [-2, -1]
    assert strengths('che "gentile" accoglienza') == [2]


# Clauses


def test_a_clause_is_a_row_with_the_words_that_carried_it():
    said = "Personale gentile ma file interminabili. Ho aspettato un'ora"
    clauses = score_clauses(table(said))
    assert clauses.select("clause", "clause_text", "label", "words").rows() == [
        (1, "Personale gentile", "positive", ["gentile"]),
        (2, "ma file interminabili.", "negative", ["file interminabili"]),
        (3, "Ho aspettato un'ora", "unknown", []),
    ]


def test_a_comma_ends_a_clause_where_three_words_stand_on_either_side():
    split = ["la camera bella,", "il bagno lento"]
    texts = score_clauses(table("la camera bella, il bagno lento", "bello, pulito, comodo"))
    assert texts["clause_text"].to_list() == [*split, "bello, pulito, comodo"]


def test_clauses_of_a_comment_are_the_comment_again():
    said = "Bello!\n\n Ma (forse) caro: 10 euro - boh 😀"
    clauses = score_clauses(table(said))["clause_text"]
    assert "".join(clauses).replace(" ", "") == said.replace(" ", "").replace("\n", "")


def test_hits_and_clauses_have_the_same_numbers():
    said = '... Gentili! ?! "Ma" lenti, davvero molto lenti, e (brutto) ★★★★★'
    hits = find_tone_words(table(said, said)).select("response_id", "clause", "word")
    clauses = score_clauses(table(said, said)).explode("words").drop_nulls("words")
    assert hits.rows() == clauses.select("response_id", "clause", word="words").rows()


# Languages


def test_each_comment_is_read_in_its_language():
    said = pl.DataFrame({"comment": ["gentile", "good"], "language": ["it-IT", "EN"]})
    assert score_tone(said)["label"].to_list() == ["positive", "positive"]
    other = said.with_columns(language=pl.Series(["en", "it"]))
    assert score_tone(other)["label"].to_list() == ["unknown", "unknown"]


def test_of_another_language_only_emoji_are_read():
    assert labels("good 😀", language="de") == ["positive"]
    assert score_tone(table("good 😀", language="de"))["evidence"].item() == 1


def test_without_a_language_the_lexicon_that_finds_more_speaks():
    assert labels("gentilissimooo", "loveeee", "😀", language=None) == ["positive"] * 3


# What never changes a score

WORDS = ["gentile", "lento", "non", "ma", "vorrei", "anche", "se", "grazie", "molto", "poco"]
WORDS += ["senza", "problemi", "fila", "interminabile", "boh", "normale", "GENTILE", "complimenti"]
MARKS = [",", ".", "!", "?", "😀", "🙄", '"', "(", ")", "\n"]
SAID = st.lists(
    st.lists(st.sampled_from(WORDS + MARKS), max_size=12).map(" ".join), min_size=1, max_size=8
)


def scores(texts):
    told = score_tone(table(*texts)).select("tone", "evidence", "label", "emotion", "is_sarcastic")
    return told.with_columns(pl.col("tone").round(9)).rows()


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(SAID)
def test_a_score_depends_on_the_comment_alone(texts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "read_lexicon", small_lexicon)
        together = scores(texts)
        assert scores(texts[::-1]) == together[::-1]
        assert [row for text in texts for row in scores([text])] == together
        patch.setattr(reading, "BATCH_TEXTS", 2)
        assert scores(texts) == together
        patch.setattr(reading, "BATCH_BYTES", 1)
        assert scores(texts) == together


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(SAID)
def test_tone_lies_within_its_range_and_agrees_with_its_label(texts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "read_lexicon", small_lexicon)
        for tone, evidence, label, _, _ in scores(texts):
            assert (tone is None) == (evidence == 0) == (label == "unknown")
            assert tone is None or -1 <= tone <= 1
            assert {"positive": 1, "negative": -1}.get(label, tone) == pytest.approx(tone, abs=1)


# The lexicon


def wrong(**sections):
    with pytest.raises(StudyError) as error:
        make_lexicon(sections, language="it", name="it.yml")
    return str(error.value)


def test_a_wrong_lexicon_is_refused_with_its_file_and_entry():
    group = {"strength": 2, "words": ["bello"]}
    assert "it.yml has a section 'boosterz'. Did you mean 'boosters'?" in wrong(boosterz={})
    assert "the group of 'bello' has the strength 4" in wrong(entries=[group | {"strength": 4}])
    assert "has the emotion 'joy'" in wrong(entries=[group | {"emotion": "joy"}])
    assert "has two strengths: 'Bellò' (1), 'bello' (2)" in wrong(
        entries=[group, {"strength": 1, "words": ["Bellò"]}]
    )
    assert "'a b c d e f g h' has 8 words" in wrong(keep=["a b c d e f g h"])
    assert "'?' has 0 words" in wrong(keep=["?"])
    assert "'molto' in boosters has the value 5" in wrong(boosters={"molto": 5})
    assert "the entry 10 is no text" in wrong(keep=[10])
    assert "negators reach 0 words" in wrong(negators={"words": ["non"], "reach": 0})


def test_there_is_no_lexicon_of_another_language():
    with pytest.raises(StudyError, match="no lexicon for the language 'fr'"):
        read_lexicon("fr")
    with pytest.raises(ParameterError, match="'fr'"):
        score_tone(table("bello"), extra={"fr": {}})


def test_entries_of_a_study_take_the_place_of_equal_ones():
    own = {"entries": [{"strength": -3, "words": ["scadente"]}]}
    with_own = read_lexicon("it", extra=own).entries
    assert with_own.filter(pl.col("entry") == "scadente")["strength"].to_list() == [-3]


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_lexicons_hold_at_least_1500_entries_with_tone_each_and_idioms(language):
    entries = read_lexicon(language).entries.filter(pl.col("role") == "tone")
    assert entries.height >= 1500
    assert entries.filter(pl.col("parts").list.len() > 1).height >= 300
    assert entries["emotion"].n_unique() == 6  # five, and none


def test_the_comments_of_a_study_are_those_that_say_something():
    from types import SimpleNamespace

    columns = {name: ["x", "x", "x"] for name in ("respondent_id", "touchpoint")}
    responses = pl.LazyFrame(
        {
            "response_id": ["b", "a", "c"],
            "comment": ["ok", " ", "bello"],
            "at": [2, 1, 1],
            **columns,
        }
    )
    comments = read_comments(SimpleNamespace(responses=responses)).collect()
    assert comments["response_id"].to_list() == ["c", "b"]
    assert comments["language"].to_list() == [None, None]
    nothing = read_comments(SimpleNamespace(responses=None)).collect()
    assert nothing.shape == (0, comments.width)
