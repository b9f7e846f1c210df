"""Short comments, other languages, noise: which language is told, and when nobody can tell."""

import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError, ParameterError
from cxresearch.study import read_yaml
from cxresearch.transforms.text.language import MIXED, WORDS, count_evidence, detect_language

# Comments as people leave them, written for this test before it was first run; a bar parts them.
ITALIAN = """
Tutto ok | Ottimo | Servizio ottimo | mai più | Niente da dire | Pessimo | Lenti | Personale
scortese | Sempre gentili | Tutto bene | Bravi | Prezzi alti | Troppo caro | File interminabili
| Al primo colpo | Molto soddisfatta | Non funziona | Da rivedere | Va bene così | Nella media |
Niente di che | Consigliatissimo | App lentissima | Camera sporca | Colazione scarsa | Stanza
piccola | Check-in veloce | Nessuna risposta | Ancora in attesa | Perfetto | Eccellente | Da
migliorare | Buon rapporto qualità prezzo | Il top | Meglio di così | Poca chiarezza | Cortesia
e professionalità | Soldi buttati | Delusione totale | Una vergogna | Fatto benissimo | Pacco
arrivato rotto | Consegna puntuale | Wi-fi assente | Impossibile parlare con un operatore | Sono
tornata tre volte | Mi hanno rimborsato | Treno soppresso | Bagni sporchi | Parcheggio comodo |
grazie mille | Continuate così | Sconsiglio | Che schifo | Da evitare | Gentilissimi | Non lo so
| Sì | Rimborso mai arrivato | Colloquio chiaro | Addetto preparato | Tempi biblici | Bollette
incomprensibili | Medici bravissimi | Visita rimandata due volte | Linea caduta | Risolto subito
| Ne vale la pena | Mai avuto problemi | Esperienza positiva | Nulla | Tutto perfetto |
Abbastanza soddisfatto | Merce difettosa | Taglia sbagliata | Arredamento vecchio | Posizione
comoda | Stanze pulite | Cibo freddo | Camerieri distratti | Conto salato | Pizza buona | Rumore
tutta la notte | Aria condizionata rotta | Ho aspettato un'ora | Non risponde nessuno | Sito
confuso | Password mai ricevuta | Chiuso senza preavviso | Vi adoro | Poteva andare meglio |
Funzionale | Pratico e veloce | Non male | Così così | Sufficiente | Discreto | Non saprei |
Lento | Caro
"""
ENGLISH = """
Great service | never again | All good | Good | Excellent | Terrible | Slow | Rude staff |
Always polite | Well done | Too expensive | Long queues | First time fix | Very satisfied |
Doesn't work | Needs improvement | Fine | Average | Nothing special | Highly recommended | App
is slow | Dirty room | Poor breakfast | Small room | Quick check-in | No reply | Still waiting |
Perfect | Could be better | Value for money | Top notch | Spot on | Not clear | Friendly and
professional | Waste of money | Complete disappointment | Disgrace | Parcel arrived broken | On
time delivery | No wifi | Impossible to reach anyone | Went back three times | Got my refund |
Train cancelled | Filthy toilets | Easy parking | many thanks | Keep it up | Avoid | Disgusting
| Lovely people | I don't know | Yes | Refund never came | Clear answers | Knowledgeable clerk |
Took forever | Confusing bill | Brilliant doctors | Appointment postponed twice | Line dropped |
Sorted immediately | Worth it | No problems | Positive experience | Nothing | Everything perfect
| Fairly happy | Faulty goods | Wrong size | Outdated furniture | Great location | Clean rooms |
Cold food | Inattentive waiters | Overpriced | Tasty pizza | Noisy all night | Air conditioning
broken | I waited an hour | Nobody answers | Confusing website | Never got the password | Closed
without notice | Love it | Could have been worse | Works | Handy and quick | Not bad | So-so |
Adequate | OK I guess | Meh, mediocre | Cheap | Helpful | Efficient | Disappointed |
Unacceptable delays | Smooth journey | Ripped off
"""
OTHERS = """
Sehr guter Service | Nie wieder | Alles bestens, gerne wieder | Leider sehr langsam und
unfreundlich | Das Personal war freundlich | Die Lieferung kam zu spät | Zimmer sauber,
Frühstück gut | Ich bin nicht zufrieden | Keine Antwort auf meine E-Mails | Schlechte Qualität |
Très bon service | Plus jamais | Le personnel est très aimable | Livraison en retard | Je suis
déçue | Rien à dire, tout est parfait | Mauvaise qualité | On m'a fait attendre une heure |
Merci beaucoup | Chambre propre et calme | Muy buen servicio | Nunca más | El personal es muy
amable | La entrega llegó tarde | No funciona la aplicación | Estoy muy decepcionada | Todo
perfecto, gracias | Mala calidad | Volveremos seguro | Habitación limpia y tranquila | Muito bom
atendimento | Não funciona | Obrigado por tudo | A entrega atrasou | Heel goede service | Nooit
meer | Het personeel was vriendelijk | De levering was te laat | خدمة ممتازة | لن أعود أبدا |
Отличный сервис | Очень медленно | 服务很好 | とても良い | Πολύ καλή εξυπηρέτηση | תודה רבה | Bardzo
dobra obsługa | Zeer tevreden over de bestelling | Fila enorme, atendimento ruim | Pésima
atención al cliente
"""
NO_WORDS = """
👍 | ok | OK! | 10 | ... | ??? | wifi | 🙂🙂🙂 | Top | super | n/a | - | 5/5 | [email 3] | [phone 1]
[name 2] | https://www.acme.it/non/molto | 😡
"""


def split(texts: str) -> list[str]:
    """The comments of a block."""
    return [text.strip() for text in texts.replace("\n", " ").split(" | ")]


def detected(*texts: str | None, default: str | None = None) -> list[str | None]:
    """The language of each text."""
    table = pl.DataFrame({"comment": texts}, schema={"comment": pl.String})
    return detect_language(table, default=default).collect()["language"].to_list()


@pytest.mark.parametrize(("texts", "language"), [(ITALIAN, "it"), (ENGLISH, "en")])
def test_short_comments_are_told_nearly_always_and_never_taken_for_the_other(
    texts: str, language: str
) -> None:
    found = detected(*split(texts))
    assert len(found) == 100
    assert found.count(language) >= 97
    assert set(found) <= {language, None}


def test_german_french_spanish_and_other_scripts_are_neither() -> None:
    assert detected(*split(OTHERS)) == [None] * 50
    # A default is taken where nothing at all is known ("A entrega atrasou").
    assert detected(*split(OTHERS), default="it").count(None) >= 48


def test_what_holds_no_word_takes_the_default_and_is_null_without() -> None:
    said = split(NO_WORDS)
    assert set(detected(*said)) == {None}
    assert set(detected(*said, default="en")) == {"en"}


def test_a_missing_comment_is_null_or_what_the_study_takes_for_granted() -> None:
    assert detected(None, "", "   ") == [None, None, None]
    assert detected(None, default="it") == [None]


def test_a_text_in_both_languages_is_mixed_and_a_loan_word_is_none() -> None:
    both = (
        "Personale gentilissimo e camera pulita, torneremo sicuramente. "
        "The staff was very kind and the room was clean, we will be back."
    )
    assert detected(both) == [MIXED]
    assert detected("Il check-in online è stato smart e lo staff del customer care top") == ["it"]
    assert detected("The pasta and the tiramisu were amazing, we felt like in Italy") == ["en"]


def test_what_is_declared_is_kept_however_it_is_written() -> None:
    table = pl.DataFrame(
        {
            "comment": ["Great service", "Great service", "Ottimo", "Sehr gut", None],
            "language": ["it-IT", "EN", None, "de", "it"],
        }
    )
    found = detect_language(table).collect()["language"].to_list()
    assert found == ["it", "en", "it", "de", "it"]


def test_placeholders_addresses_and_handles_are_no_words() -> None:
    assert (
        detected("[address 1]", "[email 2] [name 1]", "www.nonmale.it/che/bello @tutti")
        == [None] * 3
    )
    assert detected("[order 3] mai arrivato", "[order 3] never arrived") == ["it", "en"]


def test_accents_apostrophes_and_decomposed_letters_read_alike() -> None:
    assert detected("perché", "perche'", "perche", "perche\u0301") == ["it"] * 4
    assert detected("don't", "don’t", "dont") == ["en"] * 3


def test_case_makes_no_difference() -> None:
    assert detected("NON FUNZIONA", "DOES NOT WORK") == ["it", "en"]


def test_the_order_of_rows_makes_no_difference() -> None:
    said = split(ITALIAN) + split(ENGLISH)
    assert detected(*reversed(said)) == list(reversed(detected(*said)))


def test_other_columns_and_the_order_stay_as_they_were() -> None:
    table = pl.DataFrame({"id": [2, 1], "said": ["Ottimo", "Great"]})
    found = detect_language(table.lazy(), text="said").collect()
    assert found.columns == ["id", "said", "language"]
    assert found.rows() == [(2, "Ottimo", "it"), (1, "Great", "en")]


def test_a_sure_word_counts_two_an_ending_one() -> None:
    table = pl.DataFrame({"comment": ["grazie", "zzzzione", "brrr"]})
    found = count_evidence(table).collect()
    assert found["evidence_it"].to_list() == [2.0, 1.0, 0.0]
    assert found["evidence_en"].to_list() == [0.0, 0.0, 0.0]


def test_a_million_letters_take_no_longer_than_a_page_would() -> None:
    strange = [
        "a" * 1_000_000,
        "😀" * 10_000,
        "'" * 100_000,
        "non " * 250_000,
        "\u202e\u200b" * 999,
    ]
    began = time.perf_counter()
    found = detected(*strange)
    assert time.perf_counter() - began < 2
    assert found[3] == "it"
    assert found[1:3] == [None, None]


@given(st.lists(st.text(), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_language_or_none(texts: list[str]) -> None:
    assert set(detected(*texts)) <= {"it", "en", MIXED, None}


def test_no_word_is_sure_of_two_languages() -> None:
    words = {language: set(kinds["sure"].split()) for language, kinds in read_yaml(WORDS).items()}
    assert not words["it"] & words["en"]
    assert not (words["it"] | words["en"]) & words["other"]


def test_a_missing_column_and_an_unknown_default_are_refused() -> None:
    with pytest.raises(DataError, match="'comment' is missing"):
        detect_language(pl.DataFrame({"coment": ["x"]}))
    with pytest.raises(ParameterError, match="language 'fr'"):
        detect_language(pl.DataFrame({"comment": ["x"]}), default="fr")
