"""Charts of comments: what is drawn, what is hidden, and that nothing of a comment is run."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import polars as pl
import pytest

from cxresearch.charts.answer import Note
from cxresearch.charts.gains import plot_moved, plot_new
from cxresearch.charts.quotes import LONGEST, show_quotes
from cxresearch.charts.table import MIME
from cxresearch.charts.theme import TOKENS
from cxresearch.charts.themes import LARGEST, plot_themes
from cxresearch.charts.tone_rows import ends_of
from cxresearch.charts.voice import plot_tone
from cxresearch.charts.voice_words import EACH, plot_words
from cxresearch.errors import DataError
from cxresearch.language import LANGUAGES, message
from cxresearch.transforms.text.measure import compare_tone, compare_tone_to_rest, measure_tone

TITLE = {"title": message("Title"), "subtitle": message("Subtitle")}
HOSTILE = "<script>alert(1)</script> {{ 7*7 }} =1+1 \u202e\u05e9\u05dc\u05d5\u05dd"


def make(**groups):
    signs = {"+": "positive", "-": "negative", "~": "mixed", "0": "neutral", "?": "unknown"}
    rows = [(group, signs[s]) for group, said in groups.items() for s in said]
    table = pl.DataFrame(rows, schema=["touchpoint", "label"], orient="row")
    return table.with_columns(pl.int_range(pl.len()).cast(pl.String).alias("respondent_id"))


SAID = make(desk="-" * 70 + "+" * 30 + "?" * 20, app="+" * 70 + "-" * 30, gate="+-" * 30, bar="++-")


def figure_of(said=SAID, **more):
    tone = measure_tone(said, by="touchpoint")
    apart = compare_tone_to_rest(said, by="touchpoint")
    return plot_tone(tone, by="touchpoint", apart=apart, **TITLE, **more)


def values_of(figure, width=860):
    spec = figure.spec("en", width=width)
    return [row for data in spec["datasets"].values() for row in data]


def colours_in(node):
    if isinstance(node, dict):
        return set().union(*map(colours_in, node.values()))
    if isinstance(node, list):
        return set().union(*map(colours_in, node), set())
    return {node.lower()} if isinstance(node, str) and node.startswith("#") else set()


def themes(n=3):
    share = [0.3 - 0.01 * i for i in range(n)]
    return pl.DataFrame(
        {
            "theme": [f"t{i}" for i in range(n)],
            "name": [f"fila {i} {HOSTILE}" for i in range(n)],
            "language": ["it"] * n,
            "n": [30] * n,
            "base": [100] * n,
            "share": share,
            "ci_low": [s - 0.05 for s in share],
            "ci_high": [s + 0.05 for s in share],
        }
    )


def words(n=2, q_value=0.01):
    rows = [
        (f"w{i}", language, side, sign * (0.5 + 0.1 * i))
        for language in ("it", "en")
        for side, sign in (("detractors", -1), ("promoters", 1))
        for i in range(n)
    ]
    table = pl.DataFrame(rows, schema=["word", "language", "side", "log_odds"], orient="row")
    counts = dict.fromkeys(("n_promoters", "n_detractors"), 20)
    bases = dict.fromkeys(("base_promoters", "base_detractors"), 200)
    return table.with_columns(
        ci_low=pl.col("log_odds") - 0.2,
        ci_high=pl.col("log_odds") + 0.2,
        q_value=pl.lit(q_value),
        **{name: pl.lit(value) for name, value in (counts | bases).items()},
    )


def quotes(**changes):
    row = {"response_id": "R1", "comment": "Fila lunga", "language": "it", "touchpoint": "desk",
           "at": datetime(2025, 10, 3, tzinfo=UTC), "label": "negative", "rank": 1}  # fmt: skip
    return pl.DataFrame([row | changes])


def test_groups_stand_from_the_lowest_net_tone_to_the_highest_hidden_ones_last():
    table = figure_of().table
    assert table["touchpoint"].to_list()[0] == "desk"
    assert table["estimate"].to_list()[-1] is None


def test_colour_is_for_what_lies_beyond_chance_from_the_rest():
    kinds = dict(figure_of().table.select("touchpoint", "polarity").rows())
    assert (kinds["desk"], kinds["app"]) == ("bad", "good")


def test_unknown_comments_stand_beside_and_in_no_bar():
    row = figure_of().table.filter(touchpoint="desk").row(0, named=True)
    assert row["share_unknown"] == pytest.approx(20 / 120)
    assert row["share_negative"] == pytest.approx(0.7)


def test_a_hidden_group_has_no_number_in_chart_or_table():
    figure = figure_of()
    content = figure.content("en")
    hidden = [row for row in content["table"]["rows"] if row[0] in ("bar", "gate")]
    assert all(cell == "–" for row in hidden for cell in row[1:])
    drawn = [v for v in values_of(figure) if v.get("missing")]
    assert len(drawn) == 2
    assert all(v.get("x") is None and not v.get("n") for v in drawn)


def test_those_asked_and_those_who_name_it_are_two_lines_never_added():
    named = measure_tone(make(desk="+" * 30 + "-" * 10, app="+-" * 30), by="touchpoint")
    table = figure_of(unasked=named).table
    lines = table.filter(touchpoint="desk").select("source", "base").rows()
    assert lines == [("asked", 100), ("named", 40)]
    assert "Who spoke" in str(figure_of(unasked=named).content("en")["table"]["columns"])


def test_the_axis_holds_every_bar_and_interval():
    row = {"share_negative": 0.05, "share_positive": 0.1, "ci_low": -0.62, "ci_high": 0.99}
    assert ends_of([row]) == (-0.8, 1.0)
    nothing = dict.fromkeys(row)
    assert ends_of([nothing]) == (-0.2, 0.2)


def test_nothing_to_draw_is_said_in_one_line():
    empty = measure_tone(SAID.clear(), by="touchpoint")
    shown = plot_tone(empty, by="touchpoint", **TITLE)
    assert isinstance(shown, Note)
    assert shown.tone == "missing"
    assert isinstance(plot_themes(themes(0), title=message("x"), subtitle=message("y")), Note)
    assert isinstance(plot_words(words(q_value=0.5), **TITLE), Note)
    assert isinstance(show_quotes(quotes().clear(), by="label", name="q", **TITLE), Note)
    assert isinstance(plot_moved(compare_tone(SAID.clear(), against=SAID, by="touchpoint"),
                                 **TITLE), Note)  # fmt: skip


def test_only_hidden_and_only_unknown_groups_are_drawn_as_words():
    for said in (make(desk="+-"), make(desk="?" * 40, app="?" * 30)):
        figure = figure_of(said)
        assert figure.content("en")["spec"]
        assert all(v.get("x") is None for v in values_of(figure) if "missing" in v)
    assert "hidden or unknown" in figure_of(make(desk="?" * 40)).alt.in_language("en")


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="share_positive"):
        plot_tone(measure_tone(SAID, by="touchpoint").drop("share_positive"), by="touchpoint",
                  **TITLE)  # fmt: skip


def all_figures():
    tone = pl.DataFrame({"theme": ["t0", "t1"], "estimate": [-0.5, 0.2], "ci_low": [-0.6, 0.1],
                         "ci_high": [-0.4, 0.3]})  # fmt: skip
    impact = tone.with_columns(pl.col("estimate", "ci_low", "ci_high") * 10, metric=pl.lit("nps"),
                               n=pl.lit(9), q_value=pl.lit(0.01))  # fmt: skip
    new = themes().with_columns(
        share_before=pl.lit(0.1), estimate=pl.lit(0.1), q_value=pl.lit(0.01)
    )
    then = make(desk="+-" * 50, app="+-" * 50, gate="+-" * 30)
    now = make(desk="-" * 70 + "+" * 30, app="+" * 70 + "-" * 30, gate="+-" * 30)
    return {
        "tone": figure_of(),
        "two lines": figure_of(unasked=measure_tone(then, by="touchpoint")),
        "themes": plot_themes(themes(), tone=tone, impact=impact, **TITLE),
        "shares": plot_themes(themes(), **TITLE),
        "words": plot_words(words(), **TITLE),
        "new": plot_new(new, **TITLE),
        "moved": plot_moved(compare_tone(now, against=then, by="touchpoint"), **TITLE),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tone", "two lines", "themes", "shares", "words", "new", "moved"])
def test_every_chart_draws_at_both_widths_in_both_languages_with_colours_of_the_theme(name):
    from vl_convert import vegalite_to_svg

    figure = all_figures()[name]
    known = {paper for paper, _, _ in TOKENS.values()}
    for language in LANGUAGES:
        content = figure.content(language)
        assert content["alt"]
        assert content["table"]["rows"]
        for width in (860, 340):
            spec = figure.spec(language, width=width)
            assert colours_in({**spec, "config": {}}) <= known
            assert "<svg" in vegalite_to_svg(spec, vl_version="5.20")
            assert spec.get("width", width) in (width, "container")


def test_at_most_so_many_themes_are_drawn_and_all_stand_in_the_table():
    figure = plot_themes(themes(LARGEST + 5), **TITLE)
    assert len(figure.content("en")["table"]["rows"]) == LARGEST + 5
    assert len({v["label"] for v in values_of(figure) if "label" in v}) == LARGEST


def test_a_theme_that_goes_with_low_scores_is_bad_only_beyond_chance():
    impact = pl.DataFrame({"theme": ["t0", "t1"], "metric": ["nps"] * 2, "n": [9, 9],
                           "estimate": [-3.0, -3.0], "ci_low": [-4.0, -9.0],
                           "ci_high": [-2.0, 3.0], "q_value": [0.01, 0.4]})  # fmt: skip
    table = plot_themes(themes(2), impact=impact, **TITLE).table
    assert table["impact_polarity"].to_list() == ["bad", "neutral"]
    shares = impact.with_columns(pl.col("estimate", "ci_low", "ci_high") / 100,
                                 metric=pl.lit("csat"))  # fmt: skip
    assert plot_themes(themes(2), impact=shares, **TITLE).table["impact"].to_list() == [-3.0, -3.0]


def test_words_of_two_languages_are_never_mixed_and_only_real_ones_are_drawn():
    many = pl.concat([words(EACH + 4), words(1, q_value=0.9).with_columns(word=pl.lit("chance"))])
    table = plot_words(many, **TITLE).table
    assert table["language"].rle().len() == 2
    assert table.group_by("language", "side").len()["len"].to_list() == [EACH] * 4
    assert "chance" not in table["word"].to_list()


def test_the_sides_are_named_after_the_score():
    for metric, side in (("nps", "Detractors"), ("stars", "Dissatisfied people")):
        figure = plot_words(words(), metric=metric, **TITLE)
        assert f"{side} who write it" in str(figure.content("en")["table"])


def test_a_hidden_net_tone_says_why_it_is_blank():
    tone = pl.DataFrame({"theme": ["t0", "t1"], "estimate": [None, 0.2], "ci_low": [None, 0.1],
                         "ci_high": [None, 0.3]})  # fmt: skip
    rows = plot_themes(themes(2), tone=tone, **TITLE).content("en")["table"]["rows"]
    assert [any("net tone hidden" in str(cell) for cell in row) for row in rows] == [True, False]
    known = plot_themes(themes(2), tone=tone.with_columns(estimate=pl.lit(0.1)), **TITLE)
    assert "net tone hidden" not in str(known.content("en")["table"])


class Reader(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_a_quote_is_escaped_and_keeps_its_language_and_its_record():
    labels = {"touchpoint": {"desk": {"en": "Desk", "it": "Sportello"}}}
    said = quotes(comment=HOSTILE)
    shown = show_quotes(said, by="touchpoint", name="q", labels=labels, **TITLE)
    page = Reader(shown._repr_mimebundle_()["text/html"])
    assert "script" not in [tag for tag, _ in page.tags]
    assert HOSTILE in page.text
    quote = next(attrs for tag, attrs in page.tags if tag == "blockquote")
    assert quote == {"dir": "auto", "lang": "it"}
    assert "R1" in page.text
    content = shown._repr_mimebundle_()[MIME]
    assert content["kind"] == "quotes"
    assert content["languages"]["it"]["groups"][0]["name"] == "Sportello"
    assert content["languages"]["it"]["groups"][0]["quotes"][0]["text"] == HOSTILE


def test_a_long_quote_is_cut_between_words():
    shown = show_quotes(quotes(comment="parola " * 20_000), by="label", name="q", **TITLE)
    text = shown.content("en")["groups"][0]["quotes"][0]["text"]
    assert len(text) <= LONGEST + 2
    assert text.endswith("parola …")


def test_a_quote_without_language_tone_or_date_still_stands():
    bare = quotes().with_columns(
        pl.lit(None, pl.String).alias("language"), pl.lit(None, pl.String).alias("label"),
        pl.lit(None, pl.Datetime("us", "UTC")).alias("at"),
        pl.lit(None, pl.String).alias("touchpoint"),
    )  # fmt: skip
    (group,) = show_quotes(bare, by="touchpoint", name="q", **TITLE).content("en")["groups"]
    assert group["name"] == ""
    assert group["quotes"][0]["lang"] == group["quotes"][0]["at"] == ""
