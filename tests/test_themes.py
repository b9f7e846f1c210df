"""Themes of comments: what they are, what they are called, and that order decides nothing."""

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import DataError, ParameterError, StudyError
from cxresearch.models.content_words import read_words, stem_words
from cxresearch.models.mention_shares import count_mentions, share_mentions
from cxresearch.models.theme_fit import Fitted
from cxresearch.models.theme_impact import measure_theme_impact
from cxresearch.models.theme_names import TERMS, make_id, match_known, name_theme
from cxresearch.models.theme_subjects import find_judging
from cxresearch.models.theme_tables import carry_themes, hide_terms, order_comments
from cxresearch.models.theme_terms import found_terms
from cxresearch.models.themes import ThemeModel, find_themes
from cxresearch.study import Themes, read_study
from cxresearch.study.themes import DeclaredTheme, ThemeWords
from cxresearch.transforms.metrics import measure

SUBJECTS = {
    "queue": ["la coda alla cassa", "cassa chiusa e coda", "in coda alla cassa da mezz'ora"],
    "parcel": ["il corriere e il pacco", "pacco lasciato dal corriere", "corriere e pacco perso"],
    "refund": [
        "rimborso sulla carta",
        "carta e rimborso in ritardo",
        "rimborso mai visto su carta",
    ],
    "parking": ["parcheggio dell'hotel", "hotel senza parcheggio", "parcheggio hotel a pagamento"],
}
FILLERS = ["Ottimo davvero.", "Pessimo!", "Bravi", "Mai più", "Per fortuna", "Grazie mille", "Mah"]


def make_comments(n: int = 400, *, seed: int = 0, language: str | None = "it") -> pl.DataFrame:
    """Comments with one planted subject each, by people with two comments."""
    rng = np.random.default_rng(seed)
    subject = rng.choice(list(SUBJECTS), n)
    phrase = rng.integers(0, 3, n)
    filler = rng.choice(FILLERS, n)
    texts = [f"{f} {SUBJECTS[s][p]}" for s, p, f in zip(subject, phrase, filler, strict=True)]
    return pl.DataFrame(
        {
            "response_id": [f"R{i:04}" for i in range(n)],
            "respondent_id": [f"P{i // 2:04}" for i in range(n)],
            "comment": texts,
            "language": pl.repeat(language, n, dtype=pl.String, eager=True),
            "subject": subject,
        }
    )


@pytest.fixture(scope="module")
def comments() -> pl.DataFrame:
    return make_comments()


@pytest.fixture(scope="module")
def model(comments: pl.DataFrame) -> ThemeModel:
    return find_themes(comments, n_themes=4)


def test_four_planted_subjects_are_found_comment_by_comment(
    comments: pl.DataFrame, model: ThemeModel
) -> None:
    main = model.augment().filter("is_main").join(comments, on="response_id")
    agree = main.group_by("theme", "subject").len().group_by("theme").agg(pl.col("len").max())
    assert model.tidy().height == 4
    assert main.height == comments.height
    assert agree["len"].sum() == comments.height


def test_names_are_words_that_people_write_side_by_side(model: ThemeModel) -> None:
    names = set(model.tidy()["name"])
    assert "coda alla cassa" in names
    assert len(names) == 4


def test_judgement_and_courtesies_name_no_theme(model: ThemeModel) -> None:
    words = set(model.terms()["word"])
    assert not words & {"ottimo", "pessimo", "bravi", "fortuna", "grazie"}


def test_the_order_of_rows_decides_nothing(comments: pl.DataFrame, model: ThemeModel) -> None:
    for seed in (1, 2):
        again = find_themes(comments.sample(fraction=1, shuffle=True, seed=seed), n_themes=4)
        assert again.tidy().equals(model.tidy())
        assert again.augment().equals(model.augment())
        assert again.terms().equals(model.terms())
        assert again.glance().equals(model.glance())


def test_shares_are_those_of_measure_with_people_as_clusters(
    comments: pl.DataFrame, model: ThemeModel
) -> None:
    first = model.tidy().row(0, named=True)
    carriers = model.augment().filter(pl.col("theme") == first["theme"])["response_id"]
    told = comments.with_columns(score=pl.col("response_id").is_in(carriers.to_list()))
    asked = measure(told, metric="share").row(0, named=True)
    assert (first["n"], first["base"]) == (carriers.len(), asked["n"])
    for ours, theirs in (("share", "estimate"), ("ci_low", "ci_low"), ("ci_high", "ci_high")):
        assert first[ours] == pytest.approx(asked[theirs])


def test_glance_counts_comments_without_a_theme() -> None:
    extra = make_comments().with_columns(
        comment=pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("boh")).otherwise("comment")
    )
    row = find_themes(extra, n_themes=4).glance().row(0, named=True)
    assert (row["n"], row["n_none"], row["share_none"]) == (400, 40, 0.1)
    assert row["reason"] is None


def test_a_theme_of_fewer_people_than_may_be_shown_is_none(comments: pl.DataFrame) -> None:
    model = find_themes(comments, n_themes=4, hide_below=1000)
    assert model.tidy().is_empty()
    assert model.terms().is_empty()
    assert model.augment().is_empty()


def test_words_of_few_people_are_in_no_theme_and_handed_to_nobody(comments: pl.DataFrame) -> None:
    rare = comments.with_row_index("i").with_columns(
        comment=pl.when(pl.col("i") % 8 == 0)
        .then(pl.col("comment") + pl.lit(" corriere pacco Zenobia"))
        .otherwise("comment"),
        respondent_id=pl.when(pl.col("i") % 8 == 0)
        .then(pl.lit("few-") + (pl.col("i") % 9).cast(pl.String))
        .otherwise("respondent_id"),
    )
    hand = Themes.model_validate(
        {"themes": [{"id": "who", "name": "Zenobia", "words": {"it": ["zenobia"]}}]}
    )
    for declared in (None, hand):
        model = find_themes(rare, n_themes=4, declared=declared, hide_below=10)
        shown = model.tidy().select("name", "words", "n").rows()
        assert "zenobia" not in str(shown).lower()
        assert not model.terms()["word"].str.to_lowercase().str.contains("zenobia").any()
        assert model.terms().height > 0
    who = model.tidy().filter(theme="who").row(0, named=True)
    assert who["is_suppressed"]
    assert [who[name] for name in ("name", "words", "n", "n_respondents", "share")] == [None] * 5
    more = find_themes(rare, n_themes=4, hide_below=9).terms()
    assert more["word"].str.to_lowercase().str.contains("zenobia").any()


def test_a_later_run_keeps_ids_and_names(model: ThemeModel) -> None:
    later = find_themes(make_comments(seed=7), n_themes=4, known=model.terms())
    ids = dict(model.tidy().select("theme", "name").iter_rows())
    assert dict(later.tidy().select("theme", "name").iter_rows()) == ids


def test_a_theme_unknown_before_takes_a_new_id(model: ThemeModel) -> None:
    others = make_comments(seed=7).with_columns(
        comment=pl.col("comment")
        .str.replace_all("corriere", "ascensore")
        .str.replace_all("pacco", "montacarichi")
    )
    later = find_themes(others, n_themes=4, known=model.terms()).tidy()
    new = later.filter(~pl.col("theme").is_in(model.tidy()["theme"].to_list()))
    assert new.height == 1
    assert {"ascensore", "montacarichi"} <= set(new["words"].item())


def test_themes_are_matched_one_to_one() -> None:
    known = pl.DataFrame(
        {"theme": ["a", "b"], "name": ["A", "B"], "term": ["x", "y"], "weight": [1.0, 1.0]}
    )
    found = [{"x": 1.0, "y": 0.1}, {"x": 1.0, "y": 0.3}]
    assert match_known(found, known) == {0: ("a", "A")}
    assert match_known([{"y": 1.0}, {"x": 1.0}], known) == {0: ("b", "B"), 1: ("a", "A")}


def test_ids_are_readable_and_unique() -> None:
    assert make_id("Qualità, prezzo", language="it", taken=set()) == "it-qualita-prezzo"
    assert make_id("!", language="en", taken={"en-theme"}) == "en-theme-2"


def declare(**themes: list[str]) -> Themes:
    return Themes(
        themes=[
            DeclaredTheme(id=id_, name={"it": id_.upper(), "en": id_}, words=ThemeWords(it=words))
            for id_, words in themes.items()
        ]
    )


def test_a_declared_theme_takes_the_place_of_the_found_one(comments: pl.DataFrame) -> None:
    by_hand = declare(waiting=["coda", "cass*"])
    found = find_themes(comments, n_themes=4, declared=by_hand)
    row = found.tidy().filter("is_declared").row(0, named=True)
    queue = comments.filter(pl.col("subject") == "queue").height
    assert (row["theme"], row["name"], row["n"]) == ("waiting", "WAITING", queue)
    assert found.tidy().height == 4


def test_a_declared_id_is_not_given_to_a_found_theme_again(
    comments: pl.DataFrame, model: ThemeModel
) -> None:
    taken = model.tidy()["theme"][0]
    by_hand = Themes(themes=[DeclaredTheme(id=taken, name="X", words=ThemeWords(it=["mezz'ora"]))])
    found = find_themes(comments, n_themes=4, known=model.terms(), declared=by_hand).tidy()
    assert found["theme"].is_unique().all()
    assert found.filter("is_declared")["theme"].to_list() == [taken]


def test_words_of_two_themes_join_them(comments: pl.DataFrame) -> None:
    by_hand = declare(logistics=["coda", "cassa", "pacco", "corriere"])
    found = find_themes(comments, n_themes=4, declared=by_hand).tidy()
    both = comments.filter(pl.col("subject").is_in(["queue", "parcel"])).height
    assert found.height == 3
    assert found.filter("is_declared")["n"].item() == both


def test_a_forbidden_word_makes_no_theme(comments: pl.DataFrame) -> None:
    barred = Themes(forbidden=ThemeWords(it=["hotel"]))
    assert "hotel" not in find_themes(comments, n_themes=4, declared=barred).terms()["word"]


def test_a_declared_pair_is_met_with_the_small_words_between(comments: pl.DataFrame) -> None:
    by_hand = declare(desk=["coda alla cassa"])
    found = find_themes(comments, declared=by_hand, n_themes=4)
    carriers = found.augment().filter(pl.col("theme") == "desk")["response_id"].to_list()
    texts = comments.filter(pl.col("response_id").is_in(carriers))["comment"]
    assert texts.str.contains("coda alla cassa").all()
    assert texts.len() == comments["comment"].str.contains("coda alla cassa").sum()


def test_a_declared_word_that_names_nothing_is_refused(comments: pl.DataFrame) -> None:
    with pytest.raises(ParameterError, match=r"'coda cassa pacco' in themes.yml holds 3 words"):
        find_themes(comments, declared=declare(praise=["coda cassa pacco"]))


def test_words_that_name_nothing_are_refused_when_the_study_is_read(tmp_path) -> None:
    (tmp_path / "study.yml").write_text(
        "name: Acme\nsources:\n  - {table: responses, files: r.csv}\n", encoding="utf-8"
    )
    text = "themes:\n  - id: a\n    name: A\n    words: {it: [coda, ottimo, il più]}\n"
    (tmp_path / "themes.yml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=r"themes.yml.*'ottimo', 'il più' names no subject"):
        read_study(tmp_path)


def test_a_theme_declared_by_its_id_alone_takes_the_name(
    comments: pl.DataFrame, model: ThemeModel
) -> None:
    first = model.tidy().row(0, named=True)
    by_hand = Themes(themes=[DeclaredTheme(id=first["theme"], name="Renamed")])
    for known in (None, model.terms()):
        found = find_themes(comments, n_themes=4, known=known, declared=by_hand)
        assert set(found.tidy()["theme"]) == set(model.tidy()["theme"])
        row = found.tidy().filter(theme=first["theme"]).row(0, named=True)
        assert (row["name"], row["n"], row["is_declared"]) == ("Renamed", first["n"], True)


def test_a_theme_declared_by_id_and_words_takes_the_place(
    comments: pl.DataFrame, model: ThemeModel
) -> None:
    taken = model.tidy().filter(pl.col("name") == "coda alla cassa")["theme"].item()
    by_hand = Themes(themes=[DeclaredTheme(id=taken, name="X", words=ThemeWords(it=["mezz'ora"]))])
    found = find_themes(comments, n_themes=4, declared=by_hand).tidy()
    assert set(found["theme"]) == set(model.tidy()["theme"])


def test_a_found_theme_whose_comments_carry_a_declared_one_is_not_told_beside_it() -> None:
    table = make_comments().with_columns(
        comment=pl.when(pl.col("subject") == "queue")
        .then(pl.col("comment") + pl.lit(", dico al direttore"))
        .otherwise("comment")
    )
    queue = table.filter(pl.col("subject") == "queue").height
    found = find_themes(table, n_themes=4, declared=declare(boss=["direttore"])).tidy()
    assert found.height == 4
    assert found.filter("is_declared")["n"].item() == queue


def test_a_declared_theme_may_have_words_in_both_languages(comments: pl.DataFrame) -> None:
    english = comments.with_columns(
        response_id=pl.lit("E") + pl.col("response_id"),
        comment=pl.lit("the elevator in the lobby"),
        language=pl.lit("en"),
    )
    lift = DeclaredTheme(
        id="lift",
        name={"en": "Broken lift", "it": "Ascensore guasto"},
        words=ThemeWords(it=["coda"], en=["lift", "elevator"]),
    )
    both = pl.concat([comments, english])
    found = find_themes(both, n_themes=4, declared=Themes(themes=[lift]))
    told = found.tidy().filter(theme="lift").select("language", "name").rows()
    assert set(told) == {("it", "Ascensore guasto"), ("en", "Broken lift")}
    impact = measure_theme_impact(
        found.augment(),
        both.with_columns(score=pl.int_range(pl.len()) % 11),
        metric="nps",
        names=found.tidy(),
    )
    row = impact.filter(theme="lift")
    assert row["n"].to_list() == [found.tidy().filter(theme="lift")["n"].sum()]


def test_a_name_is_what_most_comments_of_a_theme_share_and_no_judgement() -> None:
    said = ["Ascensore rotto e piani a piedi", "Ascensore sporco, piani a piedi", "Ascensore rotto"]
    words = read_words(pl.Series([*said, "Aria condizionata rotta"]), language="it")
    judging = find_judging(words.words, language="it")
    assert {"rott", "sporc", "ascensor rott"} <= judging
    assert "ascensor" not in judging
    terms = pl.DataFrame({"term": ["pian", "pied"], "word": ["piani", "piedi"], "weight": 1.0})
    options = {"n_texts": 4, "judging": judging}
    assert name_theme(terms, words, rows=[0, 1, 2], taken=set(), **options) == "ascensore"
    again = name_theme(terms, words, rows=[0, 1, 2], taken={"ascensore"}, **options)
    assert again == "piani a piedi"


def test_words_of_tone_alone_carry_no_theme() -> None:
    said = read_words(pl.Series(["Aria rotta", "Ascensore rotto"]), language="it")
    fitted = Fitted(np.ones((1, 2)), np.array([0, 2]), np.ones(1), 1.0)
    assert said.words["key"].to_list()[:3] == ["ar", "ascensor", "rott"]
    nothing = pl.DataFrame(schema=TERMS)
    found = found_terms(fitted, said, nothing, language="it")
    comments = pl.DataFrame(
        {"response_id": ["a", "b"], "person": ["a", "b"], "language": ["it", "it"]}
    )
    assert carry_themes(comments, said, found)["response_id"].to_list() == ["a"]


def test_of_a_long_comment_one_weak_word_is_not_enough() -> None:
    long = " ".join(["coda", *[f"tavolo{a}{b}t" for a in "bcdf" for b in "bcdfglmn"][:31]])
    said = read_words(pl.Series([long, "coda"]), language="it")
    comments = pl.DataFrame(
        {"response_id": ["a", "b"], "person": ["a", "b"], "language": ["it", "it"]}
    )
    for weight, carriers in ((0.9, ["b"]), (1.0, ["a", "b"])):
        terms = pl.DataFrame({"theme": "x", "term": ["cod"], "weight": [weight]})
        carried = carry_themes(comments, said, terms)
        assert carried["response_id"].sort().to_list() == carriers
    assert carried.sort("response_id")["weight"].to_list() == [
        0.5,
        1.0,
    ]  # 32 words: a fourth of 8, its root a half


def test_the_terms_of_hidden_themes_are_handed_to_nobody() -> None:
    said = read_words(pl.Series(["coda", "pacco"]), language="it")
    rows = [{"theme": t, "language": "it", "term": w} for t, w in (("a", "cod"), ("b", "pacc"))]
    shown = pl.DataFrame(rows).with_columns(is_suppressed=pl.Series([False, True]))
    assert hide_terms(pl.DataFrame(rows), shown, said)["theme"].to_list() == ["a"]


def test_the_declaration_of_found_themes_can_be_read_back(tmp_path, comments, model) -> None:
    (tmp_path / "study.yml").write_text(
        "name: Acme\nsources:\n  - {table: responses, files: r.csv}\n", encoding="utf-8"
    )
    (tmp_path / "themes.yml").write_text(model.declaration(), encoding="utf-8")
    declared = read_study(tmp_path).themes
    again = find_themes(comments, n_themes=4, declared=declared).tidy()
    assert again["is_declared"].all()
    assert set(again["theme"]) == set(model.tidy()["theme"])


def test_themes_yml_is_refused_with_file_line_and_key(tmp_path) -> None:
    (tmp_path / "study.yml").write_text(
        "name: Acme\nsources:\n  - {table: responses, files: r.csv}\n", encoding="utf-8"
    )
    bad = "themes:\n  - id: a\n    name: A\n    words: {it: [coda]}\n  - id: a\n    name: B\n"
    (tmp_path / "themes.yml").write_text(bad + "    words: {fr: [queue]}\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"themes.yml line 7.*words.*fr"):
        read_study(tmp_path)
    (tmp_path / "themes.yml").write_text(bad + "    words: {it: [cassa]}\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"themes.yml line 5.*'a' is given twice"):
        read_study(tmp_path)


def test_languages_have_themes_of_their_own_and_few_comments_none(comments: pl.DataFrame) -> None:
    english = comments.head(50).with_columns(
        response_id=pl.lit("E") + pl.col("response_id"),
        comment=pl.lit("the queue at the till"),
        language=pl.lit("en"),
    )
    german = english.head(5).with_columns(
        response_id=pl.lit("D") + pl.col("response_id"), language=pl.lit("de")
    )
    found = find_themes(pl.concat([comments, english, german]), n_themes=4)
    told = dict(found.glance().select("language", "reason").iter_rows())
    assert told["it"] is None
    assert told["en"] == "fewer comments than themes need"
    assert told["de"] == "no themes are made in this language"
    assert set(found.tidy()["language"]) == {"it"}


def test_where_the_language_is_not_known_the_text_decides() -> None:
    table = make_comments(4, language=None).with_columns(comment=pl.lit("La coda era lunga"))
    assert order_comments(table)["language"].to_list() == ["it"] * 4


HOSTILE = {
    "nulls": [None] * 150,
    "empty": ["", "   "] * 80,
    "all equal": ["la coda alla cassa"] * 200,
    "emoji": ["👍👍", "😡"] * 80,
    "punctuation": ["!!!", "..."] * 80,
    "one comment": ["la coda alla cassa"],
    "control": ["co\x00da\u200b alla \u202ecassa"] * 150,
    "markup": ["<b>coda</b> &egrave; [name 3] [order 1]"] * 150,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_comments_give_no_themes_and_no_error(name: str) -> None:
    texts = HOSTILE[name]
    table = pl.DataFrame(
        {"response_id": [str(i) for i in range(len(texts))], "comment": texts, "language": "it"},
        schema_overrides={"comment": pl.String},
    )
    found = find_themes(table)
    assert found.tidy().height == 0
    assert found.augment().height == 0
    assert found.declaration() == ""


def test_no_comments_at_all() -> None:
    nobody = make_comments(1).clear()
    assert find_themes(nobody).glance().height == 0


def test_a_comment_of_a_megabyte_is_one_comment() -> None:
    table = make_comments()
    long = pl.DataFrame(
        {"response_id": ["L"], "respondent_id": ["L"], "comment": ["coda " * 200_000]}
    )
    found = find_themes(pl.concat([table, long], how="diagonal"), n_themes=4)
    assert found.tidy().height == 4


def test_placeholders_of_redaction_are_no_words() -> None:
    table = make_comments().with_columns(
        comment=pl.col("comment") + pl.lit(" [name 4] [order 12] mario@rossi.it @handle")
    )
    assert not set(find_themes(table, n_themes=4).terms()["word"]) & {"name", "order", "mario"}


def test_wrong_use_says_what_to_do() -> None:
    with pytest.raises(DataError, match="column 'comment' is missing"):
        find_themes(pl.DataFrame({"response_id": ["a"]}))
    with pytest.raises(ParameterError, match="n_themes=1"):
        find_themes(make_comments(), n_themes=1)
    with pytest.raises(DataError, match="column 'term' is missing"):
        find_themes(make_comments(), known=pl.DataFrame({"theme": [], "name": [], "language": []}))


def test_forms_of_a_word_are_one_word_shown_as_most_often_written() -> None:
    said = pl.Series(["Treni", "i treni", "treno", "Trains"])
    words = read_words(said, language="it").words
    assert words.filter(pl.col("key") == "tren").select("shown", "n").row(0) == ("treni", 3)
    assert stem_words(pl.Series(["Cities", "trains", "bus", "glass"]), language="en").to_list() == [
        *("city", "train", "bus", "glass")
    ]


def test_pairs_stand_in_one_clause_with_small_words_between_at_most() -> None:
    said = pl.Series(["sala d'attesa", "sala, attesa", "sala e attesa", "sala di grande attesa"])
    pairs = read_words(said, language="it").words.filter("is_pair")
    assert pairs.select("key", "shown", "n").rows() == [("sal attes", "sala d'attesa", 1)]


def test_a_share_of_mentions_is_counted_by_people() -> None:
    base = pl.DataFrame({"language": "it", "person": ["a", "a", "b", "c"]})
    told = pl.DataFrame({"language": "it", "theme": "x", "person": ["a", "a", "b"]})
    row = count_mentions(told, base, by=["theme", "language"]).row(0, named=True)
    assert (row["n"], row["n_respondents"], row["base"], row["mean"]) == (3, 2, 4, 0.75)
    assert row["n_effective"] < 4
    shares = share_mentions(told, base, by=["theme", "language"]).row(0, named=True)
    assert shares["ci_low"] < 0.75 < shares["ci_high"]
