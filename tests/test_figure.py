"""The objects a notebook shows carry their content in both languages, and nothing unproven."""

import json
from dataclasses import replace

import altair as alt
import polars as pl
import pytest

from cxresearch.charts import theme
from cxresearch.charts.answer import KeyFigure, show_answer, show_note
from cxresearch.charts.figure import VEGALITE, Figure
from cxresearch.charts.table import MIME, Column, show_table, tabulate
from cxresearch.errors import DataError, ParameterError
from cxresearch.language import LANGUAGES, message

COUNTS = pl.DataFrame({"touchpoint": ["app", "desk"], "n": [1200, 34], "share": [0.5, None]})
COLUMNS = (
    Column(
        "touchpoint", message("Touchpoint"), labels={"app": {"en": "The app", "it": "L'app"}}
    ),
    Column("n", message("Answers"), "count"),
    Column("share", message("Satisfied"), "share1"),
)  # fmt: skip


def figure(draw=None, **given):
    def bars(language, width):
        words = {"en": "answers", "it": "risposte"}
        return (
            theme.base(COUNTS)
            .mark_bar()
            .encode(alt.X("n:Q").title(words[language]), alt.Y("touchpoint:N").title(None))
        )

    texts = {name: message(f"the {name}") for name in ("title", "subtitle", "alt")}
    return Figure(
        **{"name": "answers", "draw": draw or bars, "table": COUNTS, "columns": COLUMNS}
        | texts
        | given
    )


def test_a_figure_reaches_jupyterlab_and_the_page_in_one_bundle():
    bundle = json.loads(json.dumps(figure(language="it")._repr_mimebundle_()))
    assert bundle["text/plain"] == "the alt"
    assert bundle[VEGALITE]["title"]["text"] == "the title"
    assert bundle[VEGALITE]["encoding"]["x"]["title"] == "risposte"
    content = bundle[MIME]
    assert (content["kind"], content["name"], content["is_headline"]) == (
        "figure",
        "answers",
        False,
    )
    assert set(content["languages"]) == set(LANGUAGES)
    assert "title" not in content["languages"]["it"]["spec"]


def test_a_figure_writes_axes_and_numbers_in_each_language():
    english, italian = (figure().spec(language) for language in ("en", "it"))
    assert english["encoding"]["x"]["title"] == "answers"
    assert italian["encoding"]["x"]["title"] == "risposte"
    assert english["config"]["locale"]["number"]["decimal"] == "."
    assert italian["config"]["locale"]["number"]["decimal"] == ","
    assert italian["config"]["locale"]["time"]["months"][9] == "ottobre"


def test_a_single_chart_fills_the_width_and_has_one_form():
    content = figure().content("en")
    assert content["spec"]["width"] == "container"
    assert "spec_narrow" not in content


def test_a_chart_that_turns_on_a_telephone_carries_both_forms():
    def panels(language, width):
        part = theme.base(COUNTS).mark_bar().encode(x="n:Q").properties(width=width // 2)
        return alt.hconcat(part, part) if width >= 500 else alt.vconcat(part, part)

    content = figure(panels).content("en")
    assert "hconcat" in content["spec"]
    assert "vconcat" in content["spec_narrow"]
    assert "width" not in content["spec"]


def test_small_multiples_by_row_keep_the_width_they_were_drawn_with():
    def panels(language, width):
        return (
            theme.base(COUNTS).mark_bar().encode(x="n:Q", row="touchpoint:N").properties(width=99)
        )

    spec = figure(panels).spec("en")
    assert spec["width"] == 99
    assert "autosize" not in spec


def test_drawing_twice_gives_the_same_specification():
    assert json.dumps(figure().content("en")) == json.dumps(figure().content("en"))


def test_only_the_figure_called_headline_is_one():
    plain = figure()
    assert replace(plain, is_headline=True).is_headline
    assert not plain.is_headline


def test_a_figure_name_that_cannot_be_an_anchor_is_refused():
    with pytest.raises(ParameterError, match="figure name 'My chart' cannot be an anchor"):
        figure(name="My chart")


def test_a_column_that_the_table_does_not_have_is_named():
    with pytest.raises(DataError, match="column 'm' is missing"):
        tabulate(COUNTS, [Column("m", message("M"))], "en")


def test_a_table_is_written_for_eyes_and_kept_raw_for_the_file():
    shown = tabulate(COUNTS, COLUMNS, "it")
    assert shown["rows"] == [["L'app", "1.200", "50,0%"], ["desk", "34", "–"]]
    assert shown["csv"] == [
        ["touchpoint", "n", "share"],
        ["app", "1200", "0.5"],
        ["desk", "34", ""],
    ]
    assert [column["align"] for column in shown["columns"]] == ["left", "right", "right"]
    written = pl.DataFrame({"change": ["+1 (−2 to +4)"]})
    column = Column("change", message("Change"), align="right")
    assert tabulate(written, [column], "en")["columns"][0]["align"] == "right"


def test_an_interval_is_one_cell_to_read_and_two_in_the_file():
    table = pl.DataFrame({"low": [0.1, None], "high": [0.25, None]})
    shown = tabulate(table, [Column("low", message("95%"), "share", upper="high")], "en")
    assert shown["rows"] == [["10% to 25%"], ["–"]]
    assert shown["csv"] == [["low", "high"], ["0.1", "0.25"], ["", ""]]


def test_the_html_of_jupyterlab_shows_hostile_text_as_text():
    hostile = "<img src=x onerror=alert(1)>"
    table = pl.DataFrame({"a": [hostile]})
    title = message("{text}", text=hostile)
    shown = [
        show_table(table, Column("a", title), name="a", title=title, subtitle=title),
        show_answer(title, title, figures=[KeyFigure(title, 3)]),
        show_note(title),
    ]
    for each in shown:
        assert "<img" not in each._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("given", [{"n": 10}, {"ci_low": 0.1, "ci_high": 0.4}, {}])
def test_an_estimate_without_its_interval_or_n_is_refused(given):
    with pytest.raises(ParameterError, match="without its n or its interval"):
        KeyFigure(message("NPS"), 31.0, "points", **given)


def test_a_count_and_words_stand_alone_and_a_hidden_value_says_why():
    assert KeyFigure(message("Answers"), 1200).content("it")["value"] == "1.200"
    words = KeyFigure(message("Pledges"), message("{kept:count} kept", kept=5))
    assert words.content("en")["value"] == "5 kept"
    hidden = KeyFigure(message("Ease"), None, "score", n=7).content("en")
    assert (hidden["value"], hidden["interval"], hidden["n"]) == ("–", "hidden", "n 7")


def test_base_leaves_no_nan_and_no_noise_to_draw():
    drawn = theme.base(pl.DataFrame({"a": [float("nan"), 2 / 3]})).data["a"]
    assert drawn.to_list() == [None, 0.666667]


def luminance(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_and_marks_stand_out_from_the_page_in_light_and_dark(mode):
    page = theme.TOKENS["paper"][mode]
    for name in ("ink", "soft", "accent", "bad"):
        assert contrast(theme.TOKENS[name][mode], page) >= 4.5, name
    assert contrast(theme.TOKENS["grey"][mode], page) >= 3


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_steps_go_from_least_to_most_evenly_in_one_direction(mode):
    steps = [luminance(theme.TOKENS[f"step-{number}"][mode]) for number in range(5)]
    assert steps == sorted(steps, reverse=mode == 0)


def test_every_colour_of_the_theme_can_be_restyled_because_no_two_are_alike():
    light = [colours[0] for colours in theme.TOKENS.values()]
    assert len(set(light)) == len(light)
    named = {*theme.STEPS, *theme.DIVERGING, *theme.POLARITY.values(), theme.PALE, theme.WASH}
    assert named <= set(light)
