"""What the reading does not know, what echoes what, needs: tables whose sums fit in the head."""

import polars as pl
import pytest

from cxresearch.charts.answer import Note
from cxresearch.charts.needs import plot_needs
from cxresearch.charts.voice_tables import (
    note_on_accuracy,
    table_of_reading,
    table_of_redactions,
)
from cxresearch.errors import DataError
from cxresearch.language import LANGUAGES, message
from cxresearch.models.echoes import drop_echoes
from cxresearch.models.need_shares import share_needs
from cxresearch.models.reading_check import check_reading
from cxresearch.transforms.text.measure import measure_tone
from cxresearch.transforms.text.mentions import join_comments
from cxresearch.transforms.text.unread import measure_unread

SAID = pl.DataFrame(
    {
        "response_id": [f"r{i}" for i in range(6)],
        "respondent_id": [f"p{i}" for i in range(6)],
        "language": ["it", "it", "it", "it", "en", None],
        "label": ["positive", "unknown", "mixed", "negative", "unknown", "unknown"],
        "is_sarcastic": [False, False, False, True, False, False],
    }
)


def test_unknown_comments_are_counted_language_by_language():
    table = measure_unread(SAID, hide_below=1)
    rows = table.select("language", "n", "n_unknown", "n_mixed", "n_sarcastic").rows()
    assert rows[0] == ("it", 4, 1, 1, 1)
    assert set(rows[1:]) == {("en", 1, 1, 0, 0), ("undetermined", 1, 1, 0, 0)}
    assert table["estimate"][0] == 0.25


def test_a_language_of_few_people_is_hidden_and_nobody_is_an_empty_table():
    hidden = measure_unread(SAID, hide_below=3).filter("is_suppressed")
    assert set(hidden["language"]) >= {"en", "undetermined"}
    assert hidden["n_unknown"].null_count() == hidden.height
    assert measure_unread(SAID.clear()).is_empty()
    with pytest.raises(DataError, match="is_sarcastic"):
        measure_unread(SAID.drop("is_sarcastic"))


def mentioned(**comments):
    rows = [(c, "it", word) for c, words in comments.items() for word in words]
    return pl.DataFrame(rows, schema=["response_id", "language", "word"], orient="row")


def found_in(mentions):
    counts = mentions.group_by("language", "word").len("n").sort("word")
    return counts.with_columns(name="word", q_value=pl.lit(0.01))


def test_a_turn_of_phrase_stays_and_its_words_go():
    mentions = mentioned(a=["nuova", "app", "app nuova"], b=["nuova", "app", "app nuova"],
                         c=["app"], d=["app"], e=["coda"])  # fmt: skip
    kept = drop_echoes(found_in(mentions), mentions)
    # "app" stands in two more comments: half of its comments are shared, so it is an echo as well
    assert kept["word"].to_list() == ["app nuova", "coda"]
    assert kept["theme"].to_list() == ["it-app nuova", "it-coda"]
    alone = mentioned(f=["app"], g=["app"], h=["app"])
    more = pl.concat([mentions, alone])
    assert "app" in drop_echoes(found_in(more), more)["word"].to_list()


def test_the_same_word_in_another_language_is_no_echo():
    mentions = mentioned(a=["app"], b=["app"])
    both = pl.concat([mentions, mentions.with_columns(language=pl.lit("en"))])
    assert set(drop_echoes(found_in(both), both)["theme"]) == {"en-app", "it-app"}
    assert drop_echoes(found_in(mentions).clear(), mentions).is_empty()


def test_a_comment_counts_once_for_a_need_and_people_are_clusters():
    comments = SAID.select("response_id", "respondent_id")
    named = pl.DataFrame({"response_id": ["r0", "r0", "r1"], "aspect": ["queue"] * 3})
    row = share_needs(named, comments, hide_below=1).row(0, named=True)
    assert (row["n"], row["base"], row["share"]) == (2, 6, pytest.approx(1 / 3))
    assert row["ci_low"] < 1 / 3 < row["ci_high"]
    one = comments.with_columns(respondent_id=pl.lit("p"))
    wide = share_needs(named, one, hide_below=1).row(0, named=True)
    assert wide["ci_high"] - wide["ci_low"] > row["ci_high"] - row["ci_low"]
    assert share_needs(named, comments, hide_below=5)["share"].to_list() == [None]
    assert share_needs(named.clear(), comments).is_empty()


def test_mentions_take_over_person_and_time_but_keep_their_own_tone():
    named = pl.DataFrame({"response_id": ["r0", "x"], "label": ["negative"] * 2})
    joined = join_comments(named, SAID)
    assert joined.select("label", "respondent_id").rows() == [("negative", "p0")]


def test_needs_complained_of_most_come_first():
    aspects = pl.DataFrame(
        {
            "response_id": [f"r{i}" for i in range(60)],
            "respondent_id": [f"p{i}" for i in range(60)],
            "aspect": ["queue"] * 30 + ["price"] * 30,
            "label": ["negative"] * 10 + ["positive"] * 20 + ["negative"] * 20 + ["positive"] * 10,
        }
    )
    comments = aspects.select("response_id", "respondent_id")
    sides = {
        name: share_needs(aspects.filter(label=label), comments, hide_below=1)
        for name, label in (("complaints", "negative"), ("praise", "positive"))
    }
    figure = plot_needs(
        share_needs(aspects, comments, hide_below=1), **sides,
        tone=measure_tone(aspects, by="aspect", hide_below=1),
        title=message("Title"), subtitle=message("Subtitle"),
    )  # fmt: skip
    assert figure.table["aspect"].to_list() == ["price", "queue"]
    assert figure.content("it")["table"]["rows"][0][0] == "price"
    nothing = {name: table.clear() for name, table in sides.items()}
    note = plot_needs(sides["praise"].clear(), **nothing, tone=measure_tone(aspects, by="aspect"),
                      title=message("Title"), subtitle=message("Subtitle"))  # fmt: skip
    assert isinstance(note, Note)


def test_what_was_taken_out_is_told_by_kind_and_of_comments_alone():
    kinds = ["email", "name", "card"]
    redactions = pl.DataFrame({"table": ["responses"] * 3, "column": ["comment"] * 3,
                               "kind": kinds, "n": [2, 5, 0], "n_rows": [2, 4, 0],
                               "n_values": [1, 3, 0], "base": [10] * 3})  # fmt: skip
    others = redactions.with_columns(table=pl.lit("interactions"))
    shown = table_of_redactions(pl.concat([redactions, others])).content("en")
    assert [row[0] for row in shown["table"]["rows"]] == ["names of people", "e-mail addresses"]
    assert "7 places" in shown["title"]
    assert isinstance(table_of_redactions(redactions.clear()), Note)


def test_without_labels_the_page_says_how_to_make_some():
    for language in LANGUAGES:
        text = note_on_accuracy(None, language=language).content(language)["text"]
        assert "cxresearch label STUDY --n 200" in text
    assert check_reading(SAID, None) is None
    strangers = pl.DataFrame({"response_id": ["z"], "coder": ["a"], "label": ["positive"]})
    assert check_reading(SAID, strangers) is None


def test_with_labels_it_says_how_often_they_agree():
    many = pl.concat([SAID.with_columns(pl.col("response_id", "respondent_id") + f"-{i}",
                                        language=pl.lit("it")) for i in range(10)])  # fmt: skip
    truth = many.with_columns(coder=pl.lit("a"), label=pl.lit("positive"))
    gold = check_reading(many, truth.select("response_id", "coder", "label"))
    text = note_on_accuracy(gold).content("en")["text"]
    assert text.startswith("Of 60 comments labelled by people the reading calls 17% as they do")
    assert "Italian: 17%" in text


def test_comments_that_two_labelled_count_once_and_their_agreement_is_told():
    two = SAID.head(3).with_columns(label=pl.lit("positive")).select("response_id", "label")
    both = pl.concat([two.with_columns(coder=pl.lit(who)) for who in "ab"])
    both = both.with_columns(
        label=pl.when(pl.col("response_id") + pl.col("coder") == "r2b")
        .then(pl.lit("negative"))
        .otherwise("label")
    )
    gold = check_reading(SAID, both)
    assert gold.tidy().select("n", "n_comments").row(0) == (6, 3)
    text = note_on_accuracy(gold).content("en")["text"]
    assert text.startswith("Of 3 comments labelled by people")
    assert "people among themselves: 67% (n 3 that two or more labelled)" in text


def test_an_empty_reading_is_said_in_a_line():
    shown = table_of_reading(measure_unread(SAID.clear()), subtitle=message("x"))
    assert isinstance(shown, Note)
    full = table_of_reading(measure_unread(SAID, hide_below=1), subtitle=message("x"))
    assert full.content("en")["table"]["rows"][0][0] == "Italian"
