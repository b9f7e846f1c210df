"""How good, how stable and how fast are themes, and how often is chance called an effect?

1 Themes by the method of the project against factors of TF-IDF and k-means, each with the same
words, on the halves of the public sets that may only be reported: coherence (mean positive NPMI of
the six foremost words), agreement of two halves (matched cosine), coverage, and agreement of the
main theme with labels people gave (normalised mutual information). 2 Coverage of the interval of a
theme's impact, and how often a theme without any is called. 3 Words and themes called emerging in
companies without stories. 4 Words called for a side where scores were drawn by lot. 5 Seconds and
peak memory of a million comments. Writes themes.md.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF, TruncatedSVD
from sklearn.metrics import normalized_mutual_info_score
from text_sets import read_set
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from test_theme_impact import made, true_impact  # noqa: E402

from cxresearch.intake.sample import make_sample  # noqa: E402
from cxresearch.models import theme_fit  # noqa: E402
from cxresearch.models.content_words import read_words  # noqa: E402
from cxresearch.models.emerging import find_emerging, list_words  # noqa: E402
from cxresearch.models.keyness import compare_words  # noqa: E402
from cxresearch.models.quotes import choose_quotes  # noqa: E402
from cxresearch.models.theme_impact import measure_theme_impact  # noqa: E402
from cxresearch.models.themes import find_themes  # noqa: E402
from cxresearch.period import parse_period  # noqa: E402

SETS = {
    "it_multiemotions": ("it", "title"),
    "it_amazon_scraped": ("it", "file"),
    "en_airline_tweets": ("en", "negativereason"),
}
N_THEMES = 12
SEEDS = range(200)
COMPANIES = range(20)
PERIODS = (
    ("2024-05-01/2024-09-01", "2023-11-01/2024-05-01"),
    ("2025-07-01/2025-11-01", "2024-07-01/2025-07-01"),
    ("2025-10-01/2025-11-01", "2025-09-01/2025-10-01"),
)
MILLION = 1_000_000
Matrix = np.ndarray


def weigh(held: Matrix) -> Matrix:
    """Unit rows of TF-IDF."""
    n = held.shape[0]
    idf = np.log((1 + n) / (1 + held.sum(axis=0))) + 1
    weighted = held.multiply(idf).tocsr()
    length = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    return weighted.multiply(1 / np.where(length > 0, length, 1)[:, None]).tocsr()


def by_information(held: Matrix, n: int) -> Matrix:
    """The method of the project."""
    together = theme_fit._together(held)
    return theme_fit._factors(together, n, n_texts=held.shape[0], random_state=0)


def by_tfidf(held: Matrix, n: int) -> Matrix:
    """Non-negative factors of TF-IDF."""
    model = NMF(n, init="nndsvda", tol=1e-3, max_iter=200, random_state=0)
    return unit(model.fit(weigh(held)).components_)


def by_means(held: Matrix, n: int) -> Matrix:
    """Centres of k-means on 60 singular vectors, less the mean of all."""
    weighted = weigh(held)
    places = TruncatedSVD(60, random_state=0).fit_transform(weighted)
    group = KMeans(n, n_init=5, random_state=0).fit_predict(unit(places))
    centres = [np.asarray(weighted[group == g].mean(axis=0)).ravel() for g in range(n)]
    return unit(np.maximum(np.array(centres) - np.asarray(weighted.mean(axis=0)).ravel(), 0))


def unit(rows: Matrix) -> Matrix:
    """Rows of length 1."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


METHODS: dict[str, Callable[[Matrix, int], Matrix]] = {
    "mutual information": by_information,
    "TF-IDF factors": by_tfidf,
    "k-means": by_means,
}


def compare_methods() -> Iterator[str]:
    """A row a set and method."""
    yield "| set | n | method | coherence | halves agree | coverage | NMI with labels |"
    yield "|---|---|---|---|---|---|---|"
    for name, (language, column) in SETS.items():
        table = read_set(name, half="report").sort("text")
        content = read_words(table["text"], language=language)
        n = table.height
        least = max(5, n // 500)
        word = theme_fit._words_of_map(content, n_texts=n, least=least)
        held = theme_fit._incidence(content, word, n)
        together = theme_fit._together(held)
        labels = table[column].cast(pl.String)
        for method, fit in METHODS.items():
            factors = fit(held, N_THEMES)
            rows = np.random.default_rng(0).permutation(n)
            first, second = (fit(held[np.sort(part)], N_THEMES) for part in np.array_split(rows, 2))
            agree = theme_fit.match(first, second)[2].mean()
            coherence = theme_fit._coherence(factors, together, n_texts=n).mean()
            weights = held @ theme_fit._sharpened(factors).T
            carried = weights.max(axis=1) >= theme_fit.CARRIED_FROM
            judged = carried & labels.is_not_null().to_numpy()
            nmi = normalized_mutual_info_score(
                labels.filter(pl.Series(judged)).to_list(), weights.argmax(axis=1)[judged]
            )
            figures = (coherence, agree, carried.mean(), nmi)
            yield f"| {name} | {n} | {method} | {' | '.join(f'{x:.2f}' for x in figures)} |"


def describe_models() -> Iterator[str]:
    """What `find_themes` gives for each set, with the number of themes chosen by itself."""
    yield "| set | n | themes | stability | coherence | without a theme | same in another order |"
    yield "|---|---|---|---|---|---|---|"
    for name, (language, _) in SETS.items():
        texts = read_set(name, half="report")["text"]
        ids = pl.int_range(len(texts), eager=True).cast(pl.String)
        table = pl.DataFrame({"response_id": ids, "comment": texts}).with_columns(
            language=pl.lit(language)
        )
        model = find_themes(table)
        again = find_themes(table.sample(fraction=1, shuffle=True, seed=1))
        same = all(
            one.equals(other)
            for one, other in (
                (model.tidy(), again.tidy()),
                (model.terms(), again.terms()),
                (model.augment(), again.augment()),
            )
        )
        row = model.glance().row(0, named=True)
        yield (
            f"| {name} | {row['n']} | {row['n_themes']} | {row['stability']:.2f} | "
            f"{row['coherence']:.2f} | {row['share_none']:.0%} | {'yes' if same else 'no'} |"
        )


def check_impact() -> Iterator[str]:
    """Coverage of the interval and false calls."""
    truth = true_impact()
    told = [measure_theme_impact(*reversed(made(seed)), metric="nps") for seed in SEEDS]
    held = np.mean([row["ci_low"].item() <= truth <= row["ci_high"].item() for row in told])
    null = [measure_theme_impact(*reversed(made(s, pull=0.0)), metric="nps") for s in SEEDS]
    called = np.mean([row["polarity"].item() != "neutral" for row in null])
    yield "| line | n | figure | target |"
    yield "|---|---|---|---|"
    yield f"| interval holds the planted impact | {len(told)} | {held:.3f} | 0.95 |"
    yield f"| a theme without impact is called | {len(null)} | {called:.3f} | at most 0.05 |"


def check_emerging() -> Iterator[str]:
    """Words and themes flagged in companies without stories."""
    counts = dict.fromkeys(("words", "themes"), (0, 0, 0))
    for seed in COMPANIES:
        company = make_sample(seed=seed, n_customers=2500, without=["all"])
        told = company.responses.filter(
            (pl.col("voice") == "customer") & pl.col("comment").is_not_null()
        )
        mentions = {"words": list_words(told), "themes": find_themes(told).augment()}
        for name, table in mentions.items():
            for now, before in PERIODS:
                found = find_emerging(
                    table, told, period=parse_period(now), earlier=parse_period(before)
                )
                flagged = int((found["q_value"] < 0.05).sum())
                families, tested, some = counts[name]
                counts[name] = (families + 1, tested + found.height, some + (flagged > 0))
    yield "| what | comparisons | tests | comparisons with a flag | target |"
    yield "|---|---|---|---|---|"
    for name, (families, tested, some) in counts.items():
        yield f"| {name} | {families} | {tested} | {some / families:.3f} | at most 0.05 |"


def check_keyness() -> Iterator[str]:
    """Words called for a side where scores are dealt anew."""
    company = make_sample(seed=1, n_customers=2500)
    told = company.responses.filter(
        (pl.col("metric") == "nps")
        & pl.col("comment").is_not_null()
        & pl.col("score").is_not_null()
    ).with_columns(respondent_id=pl.col("response_id"))
    some = tested = 0
    for seed in COMPANIES:
        words = compare_words(told.with_columns(pl.col("score").shuffle(seed)))
        some += words["side"].count() > 0
        tested += words.height
    n = len(COMPANIES)
    yield "| deals | tests | deals with a word called | target |"
    yield "|---|---|---|---|"
    yield f"| {n} | {tested} | {some / n:.3f} | at most 0.05 |"


def make_million() -> pl.DataFrame:
    """Comments put together from two of the sample company each, 96 letters on average."""
    told = make_sample().responses.filter(
        (pl.col("voice") == "customer") & pl.col("comment").is_not_null()
    )
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, told.height, MILLION) for _ in range(2))
    second = told["comment"].gather(other)
    parts = [part.str.split(", ").list for part in (told["comment"].gather(one), second)]
    return told.select("language", "score", "metric", "at")[one].with_columns(
        pl.col("language").fill_null("it"),
        (parts[0].first() + ". " + parts[1].last()).alias("comment"),
        response_id="R" + pl.int_range(MILLION).cast(pl.String),
        respondent_id="P" + (pl.int_range(MILLION) // 3).cast(pl.String),
    )


def time_million() -> Iterator[str]:
    """Seconds and peak memory of each step on a million comments."""
    table = make_million()
    now, before = (parse_period(text) for text in PERIODS[1])
    done: dict[str, object] = {}
    steps: dict[str, Callable[[], object]] = {
        "find_themes": lambda: find_themes(table),
        "measure_theme_impact": lambda: measure_theme_impact(
            done["find_themes"].augment(),  # type: ignore[attr-defined]
            table.filter(pl.col("metric") == "nps"),
            metric="nps",
        ),
        "find_emerging, themes": lambda: find_emerging(
            done["find_themes"].augment(),  # type: ignore[attr-defined]
            table,
            period=now,
            earlier=before,
        ),
        "list_words": lambda: list_words(table),
        "find_emerging, words": lambda: find_emerging(
            done["list_words"],  # type: ignore[arg-type]
            table,
            period=now,
            earlier=before,
        ),
        "compare_words": lambda: compare_words(table.filter(pl.col("metric") == "nps")),
        "choose_quotes by theme": lambda: choose_quotes(
            table.join(done["find_themes"].augment(), on="response_id"),  # type: ignore[attr-defined]
            by="theme",
        ),
    }
    yield "| step | seconds | peak memory so far, GB |"
    yield "|---|---|---|"
    for name, step in steps.items():
        start = time.perf_counter()
        done[name] = step()
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        yield f"| {name} | {seconds:.0f} | {peak:.1f} |"


SECTIONS: dict[str, Callable[[], Iterator[str]]] = {
    f"Methods, {N_THEMES} themes each": compare_methods,
    "Themes as found": describe_models,
    "Impact of a theme": check_impact,
    "Emerging, companies without stories": check_emerging,
    "Promoters and detractors, scores dealt by lot": check_keyness,
    "A million comments": time_million,
}


def main() -> None:
    """Run all sections, or those whose number is given, and write the table."""
    chosen = {int(arg) for arg in sys.argv[1:]} or set(range(1, len(SECTIONS) + 1))
    lines = ["# Themes", "", "`python benchmarks/bench_themes.py`", ""]
    with threadpool_limits(limits=1):
        for number, (title, section) in enumerate(SECTIONS.items(), 1):
            if number in chosen:
                rows = list(section())
                lines += [f"## {number} {title}", "", *rows, ""]
                sys.stdout.write("\n".join(lines[-len(rows) - 3 :]) + "\n")
                sys.stdout.flush()
    if len(chosen) == len(SECTIONS):
        (ROOT / "benchmarks" / "themes.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
