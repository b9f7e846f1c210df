"""Sentences and titles of comments: what stands beyond chance is said, and nothing else."""

from datetime import UTC, datetime

import polars as pl
import pytest

from cxresearch.actions.findings import finding_sentences
from cxresearch.actions.voice import (
    find_moved,
    find_tone,
    find_tone_of_channels,
    find_tone_of_places,
    find_unknown,
)
from cxresearch.actions.voice_sentences import say_checked, say_no_comments, say_period
from cxresearch.actions.voice_themes import find_impact, find_new_themes, find_themes_said
from cxresearch.actions.voice_titles import (
    title_of_moved,
    title_of_new,
    title_of_places,
    title_of_themes,
    title_of_tone_track,
    title_of_words,
)
from cxresearch.charts.headline import answer_from, key_figures
from cxresearch.language import LANGUAGES, message
from cxresearch.period import parse_period
from cxresearch.transforms.text.measure import compare_tone, compare_tone_to_rest, measure_tone
from cxresearch.transforms.text.own_scores import confirm_tone

PERIOD = parse_period("2025-10")
DATES = {"period": PERIOD, "data_until": datetime(2025, 11, 1, tzinfo=UTC)}
LABELS = {"desk": {"en": "Desk", "it": "Sportello"}, "app": {"en": "App", "it": "App"}}


def make(**groups):
    signs = {"+": "positive", "-": "negative", "~": "mixed", "0": "neutral", "?": "unknown"}
    rows = [(group, signs[s]) for group, said in groups.items() for s in said]
    table = pl.DataFrame(rows, schema=["touchpoint", "label"], orient="row")
    return table.with_columns(pl.int_range(pl.len()).cast(pl.String).alias("respondent_id"))


def tone_of(said, before, **more):
    return find_tone(
        measure_tone(said), compare_tone(said, against=before), against=PERIOD.previous(), **DATES,
        **more,
    )  # fmt: skip


def places(said):
    tone = measure_tone(said, by="touchpoint")
    apart = compare_tone_to_rest(said, by="touchpoint")
    return find_tone_of_places(tone, apart, labels=LABELS, **DATES)


SPLIT = make(
    desk="-" * 80 + "+" * 20, app="+" * 80 + "-" * 20, gate="+-" * 50, bus="+-" * 50, bar="-+" * 50
)


def test_the_headline_says_shares_net_tone_interval_and_number():
    said = make(x="+" * 60 + "-" * 20 + "~" * 20 + "?" * 50)
    (sentence, _) = finding_sentences(tone_of(said, said), "en")
    assert sentence.startswith("60% of comments are positive and 20% negative: a net tone of +40 "
                               "points in October 2025 (")  # fmt: skip
    assert sentence.endswith(", 100 comments).")


def test_a_change_beyond_chance_is_said_in_the_headline_and_one_by_chance_is_not():
    good, bad = make(x="+" * 80 + "-" * 20), make(x="-" * 60 + "+" * 40)
    said = finding_sentences(tone_of(good, bad), "en")
    assert "better than in September 2025" in said[0]
    assert "worse than in September 2025" in finding_sentences(tone_of(bad, good), "en")[0]
    alike = finding_sentences(tone_of(good, good), "en")
    assert "than in" not in alike[0]
    assert "no change beyond chance" in alike[1]


def test_nothing_before_gives_a_level_without_a_change():
    said = make(x="+-" * 40)
    found = tone_of(said, said.clear())
    assert found["kind"].to_list() == ["level"]


def test_hidden_and_empty_comments_give_no_finding():
    few = make(x="+-+")
    assert tone_of(few, few).is_empty()
    assert tone_of(few.clear(), few.clear()).is_empty()
    assert find_unknown(few.clear(), **DATES).is_empty()
    assert find_unknown(few, **DATES).is_empty()
    assert places(make(desk="+-", app="-+")).is_empty()


def test_the_months_before_stand_beside_the_figure():
    said = make(x="+-" * 40)
    months = pl.DataFrame({"estimate": [0.1, None, 0.3]})
    (figure, *_) = key_figures(tone_of(said, said, series=months))
    assert figure.spark == (10.0, None, 30.0)


def test_worst_and_best_are_said_in_one_sentence_and_are_figures_of_their_own():
    found = places(SPLIT)
    first = finding_sentences(found.filter("is_headline").sort("rank"), "en")[0]
    assert first.startswith("Desk is spoken of worst (−60; ")
    assert "App best (+60; " in first
    assert [f.estimate for f in key_figures(found.sort("rank"))] == pytest.approx([-60, 60])
    assert set(found.filter("is_headline")["polarity"]) == {"good", "bad"}


def test_touchpoints_alike_have_no_worst_and_no_best():
    found = places(make(desk="+-" * 40, app="-+" * 40, bus="+-" * 40))
    assert not found["is_headline"].any()
    assert set(found["polarity"]) == {"neutral"}


def test_two_that_are_level_are_among_the_worst():
    said = make(desk="-" * 80 + "+" * 20, gate="-" * 78 + "+" * 22, app="+" * 150 + "-" * 60,
                bus="+" * 150 + "-" * 60)  # fmt: skip
    first = finding_sentences(places(said).filter("is_headline").sort("rank"), "en")[0]
    assert "Desk is among those spoken of worst" in first


def test_a_touchpoint_of_few_people_is_neither_worst_nor_best():
    tone = measure_tone(SPLIT, by="touchpoint")
    apart = compare_tone_to_rest(SPLIT, by="touchpoint")
    for table in ("tone", "apart"):
        few = pl.col("is_reliable") & (pl.col("touchpoint") != "desk")
        given = {"tone": tone, "apart": apart}
        given[table] = given[table].with_columns(few.alias("is_reliable"))
        found = find_tone_of_places(given["tone"], given["apart"], labels=LABELS, **DATES)
        assert found.filter("is_headline")["touchpoint"].to_list() == ["app"], table


def test_every_touchpoint_is_found_once():
    found = places(SPLIT)
    assert sorted(found["touchpoint"]) == ["app", "bar", "bus", "desk", "gate"]


def test_comments_that_speak_of_a_touchpoint_unasked_are_another_measure():
    tone = measure_tone(SPLIT, by="touchpoint")
    apart = compare_tone_to_rest(SPLIT, by="touchpoint")
    found = find_tone_of_places(tone, apart, labels=LABELS, is_named=True, **DATES)
    assert set(found["measure"]) == {"net_tone_named"}


def test_a_channel_is_bad_only_beyond_chance():
    said = SPLIT.rename({"touchpoint": "channel"})
    found = find_tone_of_channels(
        measure_tone(said, by="channel"), compare_tone_to_rest(said, by="channel"), **DATES
    )
    verdicts = dict(found.select("channel", "polarity").rows())
    assert (verdicts["desk"], verdicts["app"], verdicts["gate"]) == ("bad", "good", "neutral")


def test_what_moved_is_said_with_now_and_then():
    now = make(app="+" * 90 + "-" * 10, desk="+-" * 50)
    then = make(app="+-" * 50, desk="-+" * 50)
    moved = compare_tone(now, against=then, by="touchpoint")
    found = find_moved(moved, against=PERIOD.year_before(), labels=LABELS, **DATES)
    (sentence,) = finding_sentences(found, "en")
    assert sentence.startswith(
        "Comments on App have become kinder: net tone +80, +80 points compared with October 2024 ("
    )


def test_the_share_of_unknown_stands_with_its_interval():
    found = find_unknown(make(x="+" * 30 + "?" * 10), **DATES)
    (sentence,) = finding_sentences(found, "en")
    assert sentence.startswith("In 25% of comments nothing speaks that can be read (")
    assert not found["is_headline"].any()
    assert find_unknown(make(x="+" * 9 + "?" * 30), **DATES)["is_headline"].all()


THEMES = pl.DataFrame(
    {
        "theme": ["t1", "t2"],
        "name": ["fila, attesa", "app, comoda"],
        "n": [30, 20],
        "base": [100, 100],
        "share": [0.3, 0.2],
        "ci_low": [0.22, 0.13],
        "ci_high": [0.4, 0.29],
    }
)
NEW = THEMES.with_columns(
    share_before=pl.Series([0.1, 0.19]),
    estimate=pl.Series([0.2, 0.01]),
    ci_low=pl.Series([0.1, -0.1]),
    ci_high=pl.Series([0.3, 0.12]),
    q_value=pl.Series([0.001, 0.9]),
)
IMPACT = THEMES.with_columns(
    metric=pl.lit("nps"),
    estimate=pl.Series([-5.0, 0.2]),
    ci_low=pl.Series([-7.0, -1.0]),
    ci_high=pl.Series([-3.0, 1.4]),
    q_value=pl.Series([0.001, 0.9]),
)


def test_a_theme_is_known_by_its_id_and_read_by_its_words():
    found = find_themes_said(THEMES, **DATES)
    renamed = THEMES.with_columns(name=pl.lit("coda"))
    assert found["finding_id"].equals(find_themes_said(renamed, **DATES)["finding_id"])
    assert finding_sentences(found, "en")[0] == (
        "30% of comments speak of “fila, attesa” (22% to 40%, 30 comments)."
    )


def test_only_what_rose_beyond_chance_is_new():
    found = find_new_themes(NEW, against=PERIOD.previous(), **DATES)
    assert found.select("segment", "is_headline").rows() == [("t1", True)]
    assert "30.0%, against 10.0% in September 2025 (+10 to +30" in finding_sentences(found, "en")[0]
    fell = NEW.with_columns(
        -pl.col("estimate"), ci_low=-pl.col("ci_high"), ci_high=-pl.col("ci_low")
    )
    down = find_new_themes(fell, against=PERIOD.previous(), **DATES)
    assert not down["is_headline"].any()
    assert "Fewer comments" in finding_sentences(down, "en")[0]
    judged = fell.with_columns(polarity=pl.lit("good"))
    fewer = find_new_themes(judged, against=PERIOD.previous(), **DATES)
    assert fewer["polarity"].to_list() == ["neutral"]


def test_what_goes_with_a_score_says_which_way_and_how_far_and_not_why():
    found = find_impact(IMPACT, **DATES)
    (sentence,) = finding_sentences(found, "en")
    assert "would read 5.0 points higher (3.0 to 7.0, 30 comments)" in sentence
    assert found["polarity"].to_list() == ["bad"]
    assert set(found["evidence"]) == {"described"}
    share = IMPACT.with_columns(pl.col("estimate", "ci_low", "ci_high") / -100,
                                metric=pl.lit("csat"))  # fmt: skip
    turned = share.rename({"ci_low": "ci_high", "ci_high": "ci_low"})
    (other,) = finding_sentences(find_impact(turned, **DATES), "en")
    assert "would read 5.0 points lower" in other


def test_no_theme_gives_no_finding():
    assert find_themes_said(THEMES.clear(), **DATES).is_empty()
    assert find_new_themes(NEW.clear(), against=PERIOD, **DATES).is_empty()
    assert find_impact(IMPACT.clear(), **DATES).is_empty()


def test_titles_name_what_stands_out_or_say_that_nothing_does():
    apart = compare_tone_to_rest(SPLIT, by="touchpoint")
    title = title_of_places(apart, labels=LABELS).in_language("en")
    assert title == "Harshest words: Desk; kindest: App"
    alike = compare_tone_to_rest(make(desk="+-" * 40, app="-+" * 40), by="touchpoint")
    assert "beyond chance" in title_of_places(alike, labels=LABELS).in_language("en")
    assert "Too few" in title_of_places(apart.clear(), labels=LABELS).in_language("en")
    assert "Too few" in title_of_moved(apart.clear(), labels=LABELS).in_language("en")
    assert "“fila, attesa”" in title_of_new(NEW).in_language("en")
    assert title_of_themes(THEMES).in_language("en") == (
        "The theme named most is “fila, attesa”: 30% of 100"
    )
    spoken = title_of_themes(THEMES.with_columns(language=pl.Series(["it", "en"])))
    assert spoken.in_language("en").startswith("The theme named most in comments in Italian is “")
    words = pl.DataFrame({"word": ["fila", "app"], "side": ["detractors", "promoters"],
                          "log_odds": [-1.0, 1.0], "q_value": [0.01, 0.2]})  # fmt: skip
    assert title_of_words(words).in_language("en") == "Detractors write “fila”"
    stars = title_of_words(words, metric="stars").in_language("en")
    assert stars == "The dissatisfied write “fila”"


@pytest.mark.parametrize(
    ("estimate", "is_signal", "start"),
    [
        (40.0, True, "Kinder than usual"),
        (-40.0, True, "Harsher"),
        (5.0, False, "Month by month within"),
    ],
)
def test_the_title_of_a_track_says_whether_the_last_month_is_usual(estimate, is_signal, start):
    month = {"period": "2025-10", "estimate": estimate, "centre": 0.0, "limit_low": -20.0}
    series = pl.DataFrame([{**month, "is_signal": is_signal}])
    assert title_of_tone_track(series).in_language("en").startswith(start)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_stands_in_both_languages_with_words_of_that_language(language):
    found = pl.concat([tone_of(SPLIT, SPLIT), places(SPLIT)])
    answer = answer_from(message("How?"), found, otherwise=say_no_comments(0)).content(language)
    assert len(answer["sentences"]) == 3
    assert ("comments" in " ".join(answer["sentences"])) == (language == "en")


def test_a_widened_period_is_said():
    longer = PERIOD.window(12)
    assert say_period(PERIOD, asked=PERIOD).in_language("en").endswith("of October 2025.")
    assert "Too few" in say_period(longer, asked=PERIOD).in_language("en")


def test_without_comments_one_line_says_what_is_missing():
    assert "nothing to read" in say_no_comments(0).in_language("en")
    assert say_no_comments(5).in_language("en").endswith("5 in all.")


def checked(said, *scores):
    """The five touchpoints of `SPLIT` held against the scores beside their comments."""
    signs = {"+": "positive", "-": "negative", ".": None}
    own = pl.Series([signs[sign] for sign in "".join(scores)], dtype=pl.String)
    scored = said.with_columns(own_tone=own)
    return confirm_tone(compare_tone_to_rest(scored, by="touchpoint"), scored, by="touchpoint")


SAME = ("-" * 80 + "+" * 20, "+" * 80 + "-" * 20, "+-" * 50, "+-" * 50, "-+" * 50)
LEVEL = ("-+" * 50,) * 5
NONE = ("." * 100,) * 5


def test_what_scores_confirm_is_named_and_what_they_contradict_is_not():
    tone = measure_tone(SPLIT, by="touchpoint")
    found = {
        name: find_tone_of_places(tone, checked(SPLIT, *scores), labels=LABELS, **DATES)
        for name, scores in {"same": SAME, "level": LEVEL, "none": NONE}.items()
    }
    assert found["same"]["is_headline"].sum() == found["none"]["is_headline"].sum() == 2
    assert not found["level"]["is_headline"].any()
    assert set(found["level"]["polarity"]) == {"neutral"}
    named = found["none"].filter("is_headline")
    assert named["base"].str.contains("too few have a score").all()
    assert not found["same"]["base"].str.contains("too few have a score").any()
    channels = checked(SPLIT, *LEVEL).rename({"touchpoint": "channel"})
    levels = find_tone_of_channels(tone.rename({"touchpoint": "channel"}), channels, **DATES)
    assert set(levels["polarity"]) == {"neutral"}


def test_it_is_said_where_scores_do_not_bear_the_words_out():
    def said(apart, language="en"):
        return say_checked(apart, by="touchpoint", labels=LABELS).in_language(language)

    assert said(checked(SPLIT, *SAME)) == (
        "Where words stand out, the scores given beside them say the same."
    )
    assert said(checked(SPLIT, *LEVEL)) == (
        "The words sound harsher than the scores given beside them: Desk. Read some before acting. "
        "The words sound kinder than the scores given beside them: App. Read some before acting."
    )
    assert said(checked(SPLIT, *NONE)).endswith("to confirm what is said: Desk and App.")
    assert "Sportello" in said(checked(SPLIT, *LEVEL), "it")
    alike = make(desk="+-" * 40, app="-+" * 40, bus="+-" * 40)
    assert said(checked(alike, "+-" * 120)).startswith("No words stand out here")


def test_a_title_names_only_what_words_and_scores_say_alike():
    titles = [
        title_of_places(checked(SPLIT, *scores), labels=LABELS).in_language("en")
        for scores in (SAME, LEVEL)
    ]
    assert titles == [
        "Harshest words: Desk; kindest: App",
        "No group stands out in words and in scores alike",
    ]


def test_a_declared_theme_of_two_languages_is_two_findings() -> None:
    row = {"theme": "lift", "n": 40, "base": 100, "share": 0.4, "ci_low": 0.3, "ci_high": 0.5}
    table = pl.DataFrame(
        [
            row | {"name": "Ascensore guasto", "language": "it"},
            row | {"name": "Broken lift", "language": "en"},
            row | {"name": "coda", "language": "it", "theme": "it-coda"},
        ]
    )
    found = find_themes_said(table, **DATES)
    assert found["segment"].to_list() == ["lift it", "lift en", "it-coda"]
    assert found["finding_id"].n_unique() == 3
    told = list(finding_sentences(found, "en"))
    assert "Ascensore guasto" in told[0]
    assert "Broken lift" in told[1]
