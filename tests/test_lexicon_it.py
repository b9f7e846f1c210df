"""The Italian lexicon: enough entries, none twice, and right on sentences of many trades.

The sentences are invented for this test; none comes from a data set.
"""

from functools import cache

import polars as pl
import pytest

from cxresearch.study import read_yaml
from cxresearch.transforms.text import EMOTIONS, find_tone_words, read_lexicon, score_tone
from cxresearch.transforms.text.lexicon import FOLDER

LEAST_ENTRIES = 1_500
LEAST_IDIOMS = 450
SHORTEST_STEM = 3
RIGHT_AT_LEAST = 0.9
OPPOSITE_AT_MOST = 0.03

POSITIVE = (
    # hotels
    "Camera pulitissima, letto comodo e colazione abbondante",
    "Hotel a due passi dalla stazione, ci tornerò volentieri",
    "La terrazza al tramonto è uno spettacolo",
    "Vista mare stupenda e accoglienza calorosa",
    "Posizione ottima per visitare la città a piedi",
    "I proprietari ci hanno fatto sentire a casa",
    "Ambiente tranquillo e familiare, si dorme bene",
    "Camera piccola ma pulita e accogliente",
    "Struttura nuova e tenuta benissimo",
    "Ragazzi alla reception davvero cordiali",
    # restaurants
    "La pizza era buonissima e il servizio veloce",
    "Pesce fresco, porzioni abbondanti, prezzi onesti",
    "Tiramisù da urlo",
    "Menù equilibrato, cantina ben fornita",
    "Il cameriere ci ha consigliato benissimo sul vino",
    "Ci siamo leccati i baffi",
    "Un po' caro ma ne vale la pena",
    # products and shops
    "Prodotto arrivato in anticipo e perfettamente imballato",
    "Corrisponde alla descrizione, lo consiglio",
    "Dopo due anni funziona ancora perfettamente",
    "Tessuto morbido, taglia perfetta, veste bene",
    "Il colore è identico a quello della foto",
    "Mio figlio ne va matto",
    "Temevo una fregatura e invece è ottimo",
    "Difficile trovare di meglio a questo prezzo",
    "Senza difetti, nessun graffio",
    "Senza code e senza ritardi",
    "Negozio fornitissimo e commesse simpatiche",
    "Lo rifarei subito",
    # telecom, banks, utilities
    "Nessun problema con l'attivazione della linea",
    "Il tecnico è stato puntuale e competente",
    "Mai avuto problemi con questa banca",
    "Bolletta chiara e assistenza efficiente",
    "Finalmente qualcuno che risponde, problema risolto in pochi minuti",
    "Ho aperto il conto online in dieci minuti, tutto semplicissimo",
    "Rimborso immediato, senza problemi",
    # health, public offices, transport
    "Infermieri premurosi e medici preparati",
    "Vorrei ringraziare la dottoressa per la sua umanità",
    "Medico empatico, mi sono sentito ascoltato",
    "Allo sportello sono stati rapidi e cortesi",
    "Qualche minuto di attesa, però il personale è eccezionale",
    "Il treno era in orario e pulito",
    "Autista gentile, ottimo viaggio",
    # apps, events, adverts, work
    "L'app è intuitiva e si usa facilmente",
    "Sito chiaro, acquisto semplice",
    "Canzone stupenda, mi vengono i brividi",
    "Che figata questo spot, lo adoro",
    "Ragazzi, siete dei grandi",
    "Bel clima tra colleghi, mi sento valorizzato",
    # short, slang, understatement
    "Spacca!",
    "Non è affatto male",
    "Non delude mai, sempre una certezza",
    "Non posso che ringraziare tutto lo staff",
    "Non vedo l'ora di tornare",
    "Bravissimiii",
    "nn ho trovato difetti, super consigliato",
)

NEGATIVE = (
    # hotels
    "Camera sporca, muffa in bagno e puzza di fumo",
    "Materasso scomodo e rumore tutta la notte",
    "Pareti sottili, si sente tutto",
    "Bagno minuscolo e arredamento vecchio",
    "Asciugamani mai cambiati in quattro giorni",
    "Il box doccia perdeva e si allagava tutto il bagno",
    "Per un quattro stelle ci si aspetta molto di più",
    "Ci hanno dato una camera diversa da quella prenotata",
    "Il wifi andava e veniva",
    "Bella la struttura, ma il servizio è da dimenticare",
    # restaurants
    "Cibo freddo e camerieri maleducati",
    "Pasta scotta e conto salato",
    "Porzioni ridicole a prezzi da capogiro",
    "Il pesce non era fresco",
    "Un'ora per due pizze e pure bruciate",
    "Siamo usciti con la fame",
    "Il cibo sarebbe buono se fosse caldo",
    # products and shops
    "Si è rotto dopo due settimane",
    "Arrivato danneggiato, ho chiesto il rimborso",
    "Non corrisponde alla foto, qualità scadente",
    "Taglia sbagliata e cuciture fatte male",
    "Materiale leggerissimo, sembra carta",
    "Non si collega al telefono nonostante mille tentativi",
    "Mancavano tre viti",
    "Carina ma si rompe subito",
    "L'ho dovuto buttare",
    "Sembrava un buon prodotto, invece si è rotto subito",
    "Pacco mai arrivato e nessuno risponde",
    # telecom, banks, utilities
    "Ore al telefono per parlare con un operatore incompetente",
    "Bolletta gonfiata, una truffa",
    "Mi hanno attivato servizi mai richiesti",
    "Linea assente da una settimana, assistenza inesistente",
    "Mi scalano soldi dal credito senza motivo",
    "Ognuno mi ha dato una versione diversa",
    "Aumenti in bolletta mai comunicati",
    "Impossibile disdire il contratto",
    "Non mi avete ancora risposto. Grazie",
    "Conto chiuso senza spiegazioni, vergogna",
    # health, public offices, transport
    "Liste d'attesa infinite e medici scortesi",
    "Medico frettoloso, non mi ha nemmeno guardata",
    "Attesa estenuante al pronto soccorso",
    "File interminabili allo sportello",
    "Ho perso una mattinata per un timbro",
    "Treno soppresso senza preavviso",
    "Autobus che non passa mai",
    "Guida pericolosa, ho avuto paura",
    # apps, events, adverts, work
    "L'app si blocca continuamente e non si aggiorna",
    "Il sito è lento e dà sempre errore",
    "Canzone inascoltabile, fa schifo",
    "Basta con questa pubblicità, non se ne può più",
    "Straordinari non pagati e turni massacranti",
    # short, slang, understatement, irony
    "Lascia molto a desiderare",
    "Mi aspettavo di meglio",
    "Niente di che",
    "Boh, sopravvalutato",
    "Non mi è piaciuto per niente",
    "Grazie per niente",
    "Complimenti vivissimi per il disservizio",
    "Non è all'altezza della sua fama",
    "nn lo consiglio a nessuno",
)

NEITHER = (
    "A che ora aprite?",
    "L'ho comprato a marzo per mia sorella",
    "Il negozio è vicino al comune",
    "Abbiamo preso una bottiglia d'acqua",
    "Vorrei sapere il prezzo",
    "Buongiorno, ho una domanda sulla prenotazione",
    "Gentile cliente, la informiamo che domani siamo chiusi",
    "Cordiali saluti",
    "Senza infamia e senza lode",
    "Nella media",
    "Domani parto per Torino",
    "C'è un tavolo per sei venerdì sera?",
    "Ho usato un buono sconto",
    "Mi mandi il modulo per favore",
)

BEYOND_WORDS = (
    "La stanza dava su un cortile interno",
    "La filiale ha chiuso e per prelevare devo fare venti chilometri",
    "Ci hanno fatto alzare prima del dolce perché serviva il tavolo",
)
"""Complaints in which no word complains: nothing can be expected but silence."""

OF_THE_TRADE = {
    "negative": (
        *("file interminabile", "mai più", "rimbalzato da un ufficio all'altro", "soldi buttati"),
        *("non ci siamo", "chi l'ha visto", "da rifare", "ha smesso di funzionare", "fuori uso"),
        *(
            "non funziona",
            "si è rotto",
            "non va più",
            "due stelle",
            "una stella",
            "presi in giro",
        ),
        *("non all'altezza", "sotto le aspettative", "cade a pezzi", "nessuno risponde"),
        *("aspettare ore", "manca di rispetto", "non lo ricomprerei", "da evitare"),
        *("state alla larga", "lascia a desiderare", "si poteva fare meglio", "niente di che"),
        *(
            "migliorabile",
            "fa cagare",
            "uffa",
            "bleah",
            "che pacco",
            "un bidone",
            "trash",
            "cringe",
        ),
        *("ricominciare da capo", "le stesse domande", "in attesa da", "prezzo gonfiato"),
    ),
    "positive": (
        *("al primo colpo", "vale ogni centesimo", "tutto ok", "nessun problema", "cinque stelle"),
        *("5 stelle", "10 e lode", "fatto bene", "curato nei dettagli", "come da descrizione"),
        *("conforme alle aspettative", "pulito e ordinato", "lo ricomprerei", "ci tornerò"),
        *("una favola", "una bomba", "top", "spacca", "figo", "wow", "evviva", "vale la pena"),
        *("niente da ridire", "senza intoppi", "mai un problema", "punto di riferimento"),
    ),
    "neutral": ("senza infamia e senza lode", "nella media", "né bene né male"),
}

TURNED = {
    "Il personale era gentile": "Il personale non era gentile",
    "Ci tornerò": "Non ci tornerò",
    "Lo consiglio": "Non lo consiglio",
    "Servizio professionale": "Servizio poco professionale",
    "Mi è piaciuto": "Non mi è piaciuto",
    "Funziona": "Non funziona",
    "Non mi ha deluso": "Mi ha deluso",
    "Senza problemi": "Con mille problemi",
    "Vale la pena": "Non vale la pena",
    "Molto carino": "Molto caro",
    "Mai avuto problemi": "Sempre avuto problemi",
    "Mai più senza": "Mai più",
    "Non ci si annoia": "Ci si annoia",
}

TWO_MEANINGS = (
    *("una birra fredda", "il prezzo della camera", "un piano alto", "la valigia pesante"),
    *("ho fatto una sola volta", "la fine del mese", "caro amico", "buon giorno", "i puzzle"),
    *("il pacco è qui", "la lente a contatto", "il comodino", "la pratica numero 3", "un muffin"),
    *("un regalo", "una confezione regalo", "la stufa", "le lenti", "il gas", "la rotta di volo"),
)

SAID = [
    *((text, "positive") for text in POSITIVE),
    *((text, "negative") for text in NEGATIVE),
    *((text, "neutral") for text in NEITHER),
]


def _labels(texts: list[str]) -> list[str]:
    """The label of each text, `unknown` read as neutral."""
    said = pl.DataFrame({"comment": texts, "language": ["it"] * len(texts)})
    return score_tone(said)["label"].replace("unknown", "neutral").to_list()


@cache
def _groups() -> list[dict]:
    return read_yaml(FOLDER / "it.yml")["entries"]


def test_there_are_enough_entries_of_each_kind():
    words = [word for group in _groups() for word in group.get("words", [])]
    idioms = [idiom for group in _groups() for idiom in group.get("idioms", [])]
    assert len(words) >= LEAST_ENTRIES
    assert len(idioms) >= LEAST_IDIOMS
    assert {group.get("emotion") for group in _groups()} == {None, *EMOTIONS}


def test_strengths_come_in_half_steps():
    strengths = {group["strength"] for group in _groups()}
    assert all(strength * 2 == int(strength * 2) for strength in strengths)
    assert {-3, 0, 3} <= strengths


def test_no_pattern_is_entered_twice():
    own = [e for group in _groups() for key in ("words", "idioms") for e in group.get(key, [])]
    parts = read_lexicon("it").entries.filter(pl.col("role") == "tone").select("entry", "parts")
    parts = parts.filter(pl.col("entry").is_in(own))
    assert parts["parts"].n_unique() == parts.height
    assert len(own) == len(set(own))


def test_a_word_is_one_word_and_an_idiom_more():
    entries = read_lexicon("it").entries.with_columns(n=pl.col("parts").list.len())
    by_entry = dict(entries.filter(pl.col("role") == "tone").select("entry", "n").iter_rows())
    words = [word for group in _groups() for word in group.get("words", [])]
    idioms = [idiom for group in _groups() for idiom in group.get("idioms", [])]
    assert [word for word in words if by_entry[word] != 1] == []
    assert [idiom for idiom in idioms if by_entry[idiom] < 2] == []


def test_no_stem_is_so_short_that_it_swallows_other_words():
    stems = [word for group in _groups() for word in group.get("words", []) if word.endswith("*")]
    assert [stem for stem in stems if len(stem) - 1 < SHORTEST_STEM] == []


def test_nothing_is_both_tone_and_kept():
    entries = read_lexicon("it").entries
    tones = entries.filter(pl.col("role") == "tone")
    kept = entries.filter(pl.col("role") == "keep")
    assert kept.join(tones, on="parts", how="semi")["entry"].to_list() == []


@pytest.mark.parametrize("label", list(OF_THE_TRADE))
def test_idioms_of_service_speak(label):
    idioms = list(OF_THE_TRADE[label])
    assert dict(zip(idioms, _labels(idioms), strict=True)) == dict.fromkeys(idioms, label)


def test_sentences_of_many_trades_are_read_right():
    found = _labels([text for text, _ in SAID])
    wrong = [(*said, label) for said, label in zip(SAID, found, strict=True) if said[1] != label]
    assert len(wrong) <= (1 - RIGHT_AT_LEAST) * len(SAID), wrong


def test_a_sentence_is_hardly_ever_read_as_its_opposite():
    found = _labels([text for text, _ in SAID])
    opposite = {("positive", "negative"), ("negative", "positive")}
    turned = [
        text for (text, label), given in zip(SAID, found, strict=True) if (label, given) in opposite
    ]
    assert len(turned) <= OPPOSITE_AT_MOST * len(SAID), turned


def test_a_complaint_without_a_word_of_complaint_is_never_praise():
    assert "positive" not in _labels(list(BEYOND_WORDS))


def test_one_word_turns_praise_into_blame():
    pairs = zip(_labels(list(TURNED)), _labels(list(TURNED.values())), strict=True)
    found = dict(zip(TURNED, pairs, strict=True))
    assert found == dict.fromkeys(TURNED, ("positive", "negative"))


def test_words_with_two_meanings_say_nothing_alone():
    texts = list(TWO_MEANINGS)
    assert dict(zip(texts, _labels(texts), strict=True)) == dict.fromkeys(texts, "neutral")


def test_strong_idioms_carry_their_emotion():
    said = {
        "Rimbalzato da un ufficio all'altro": "anger",
        "Che delusione": "disappointment",
        "Mi mette ansia": "worry",
        "Nessun problema": "relief",
        "Una meraviglia": "delight",
    }
    table = pl.DataFrame({"comment": list(said), "language": ["it"] * len(said)})
    assert score_tone(table)["emotion"].to_list() == list(said.values())


def test_an_idiom_hides_the_words_inside_it():
    table = pl.DataFrame({"response_id": ["a"], "comment": ["Niente di buono"], "language": ["it"]})
    assert find_tone_words(table)["entry"].to_list() == ["niente di buono"]


TOLD = {
    "Ci hanno avvisati subito del guasto": "positive",
    "Informata tempestivamente della cancellazione": "positive",
    "Sempre tenuti aggiornati sul ritardo della consegna": "positive",
    "Hanno comunicato subito il ritardo": "positive",
    "Reclamo gestito velocemente": "positive",
    "Guasto riparato in giornata": "positive",
    "Nessuno ci ha avvisati del ritardo": "negative",
    "Nessuno ci ha tenuti aggiornati": "negative",
    "Non ci hanno avvisati in tempo": "negative",
    "Avvisati del ritardo solo in stazione": "negative",
    "Ogni volta devo raccontare tutto da capo": "negative",
    "Nessuno aveva letto la mia mail": "negative",
}


def test_a_problem_told_in_time_is_praise_and_one_kept_quiet_is_not():
    assert dict(zip(TOLD, _labels(list(TOLD)), strict=True)) == TOLD


FACTS = (
    "Il top della cucina è di marmo",
    "Il top del mobile misura ottanta centimetri",
    "Uso questo prodotto una volta a settimana per togliere lo sporco dal forno",
    "Ho comprato la crema per il mal di schiena",
    "Lavare separatamente al primo lavaggio",
    "La vernice è resistente fino a sessanta gradi",
    "Lo spray contro le zanzare costa otto euro",
    "L'ho ordinato lunedì ed è arrivato dopo due giorni",
    "Il formaggio fresco sta nel banco in fondo",
    "Cerco un profumo contro i cattivi odori del frigo",
    "La collana è fatta con una perla sola",
    "Il detersivo per i panni sporchi è nel secondo scaffale",
    "La leggenda della mappa è in tre lingue",
    "L'oasi WWF apre alle nove",
    "Abbiamo cenato alla Bella Napoli",
    "Studio alle Belle Arti",
    "Il museo racconta la leggenda di San Giorgio",
    "La signora Felice ha firmato il modulo",
    "Abbiamo preso una bomba alla crema e un caffè",
    "Siamo arrivati dopo due ore di macchina",
    "Il distributore vende benzina super e gasolio",
    "Ho fatto il pieno di super",
    "La nave salpa alle sette dal molo quattro",
    "Il secondo ascensore porta al parcheggio",
    "Ho chiesto il rimborso il 3 marzo",
    "Ho fatto richiesta di rimborso con il modulo online",
    "Chiedo il rimborso del biglietto",
    "Lo sportello automatico è fuori servizio dalle 22 alle 6",
    "Ho chiuso il conto a dicembre e ne ho aperto un altro",
    "Ho cambiato operatore a gennaio",
    "Ho dato disdetta a maggio",
    "La carta è scaduta a giugno",
    "L'offerta è scaduta ieri",
    "La mia carta scade a maggio",
    "Per il ritardo di pagamento si applica la mora",
    "Ho perso la carta e ne ho chiesta una nuova",
    "Ho aperto un libretto di risparmio",
    "Il mutuo è a tasso agevolato",
    "Ho chiesto le agevolazioni fiscali per la casa",
    "Vorrei bloccare la carta",
    "La polizza copre incendio, furto e danni da acqua",
    "Il tasso di interesse è del tre per cento",
    "Il genio civile ha l'ufficio in via Roma",
    "Mi sono rotto un braccio a sciare",
    "Mi sono rotta la gamba l'anno scorso",
    "Ho avuto mal di testa e ho preso una compressa",
    "Ho un dolore al ginocchio da due settimane",
    "Ho fatto la visita per l'ansia",
    "Il dottore mi ha chiesto dove sento dolore",
    "Ho presentato denuncia di smarrimento",
    "Ufficio oggetti smarriti, secondo piano",
    "Gentili signori, scrivo per la fattura di marzo",
    "Gentile cliente, il suo pacco parte domani",
    "Caro servizio clienti, vi scrivo per il contratto 12",
    "Cara Maria, ti mando il modulo",
    "Gentilissimi, allego il documento",
    "Buongiorno, attendo un vostro riscontro, grazie",
    "Resto in attesa, cordiali saluti",
    "Il tavolo ha il top di vetro",
    "La carta fedeltà è scaduta a marzo",
    "Il mio contratto scade a fine mese",
    "Ho bloccato la carta ieri sera",
    "Mi sono fatta male al ginocchio giocando a tennis",
    "Ho il raffreddore da tre giorni",
    "Il corso di latino inizia a ottobre",
    "L'antifurto è nel garage",
    "Ho restituito le chiavi alla portineria",
    "Ho annullato l'ordine perché ne avevo fatti due",
    "La bolletta scade il dieci",
    "Il volo per Bari parte dal gate sei",
    "Ho cambiato gestore del gas a maggio",
    "Vorrei sapere come si disattiva il servizio",
    "Ho segnalato il guasto al numero verde",
    "Il tecnico viene giovedì mattina",
    "La garanzia dura due anni",
    "Ho comprato una lampada da tavolo e due lampadine",
    "La mostra sui graffi rupestri chiude domenica",
    "Ho preso il treno delle otto e dieci",
    "Mio padre è stato operato al cuore",
    "La fila per i pagamenti è a sinistra",
    "Ho chiesto un preventivo per il bagno",
    "L'ho pagato ventotto euro",
    "Il pacco pesa quattro chili",
    "Il prelievo si fa a digiuno",
    "Cara Silvia, allego la ricevuta",
    "Spettabile ditta, chiedo copia della fattura",
    "Abbiamo prenotato per quattro persone",
    "Siamo in ferie fino al venti",
    "Il parcheggio si paga a ore",
    "Ho letto le condizioni del contratto",
    "L'aria condizionata è in corridoio",
    "Il bagno è in fondo a destra",
    "La piscina apre alle dieci",
    "Il conto corrente è cointestato con mia moglie",
    "Ho sbagliato a scrivere l'indirizzo",
    "Il prezzo comprende la colazione",
    "Ho disdetto l'abbonamento alla rivista",
    "Il gatto dorme sul divano",
    "L'incendio del 1990 distrusse il teatro",
    "Vendono anche scarpe usate",
    "Il film parla di una guerra",
    "La ditta produce veleno per topi",
    "Uso il collirio per gli occhi secchi",
    "Ho smarrito il badge e ne ho chiesto un altro",
    "Il pane integrale costa quattro euro al chilo",
    "Il menù fisso costa quindici euro",
    "La ricevuta va conservata per cinque anni",
    "Il negozio ha due piani",
    "Il treno per Lecce si prende al binario tre",
    "Ho spostato l'appuntamento a giovedì",
    "La lavatrice ha tre programmi per la lana",
    "Ho pagato in contanti alla cassa due",
    "Il pesce è surgelato all'origine",
    "La tessera si rinnova ogni due anni",
    "Il reparto di cardiologia è al terzo piano",
    "Mia nonna ha novant'anni e la pressione alta",
    "Ho denunciato il furto dello scooter ai carabinieri",
    "Ho chiesto di chiudere la linea fissa",
    "La rata si paga entro il cinque del mese",
    "Il nostro cane pesa venti chili",
    "Il concerto è stato rinviato a sabato",
    "Ho tolto la garza e ho messo la pomata",
    "La casa ha un giardino di trenta metri",
    "Il pacchetto comprende volo e albergo",
    "Ho scelto il colore nero",
    "La polizza scade a dicembre",
    "Il medico ha prescritto un antibiotico per l'infezione",
    "Mi occupo di reclami in un'azienda di gas",
    "Il cliente ha firmato due copie del contratto",
    "Ho pulito il filtro prima di montarlo",
    "Il forno arriva a duecentocinquanta gradi",
    "Il vino rosso è servito a diciotto gradi",
    "Ho rotto il bicchiere e l'ho detto al cameriere",
    "La prima visita dura mezz'ora",
    "Il rumore massimo dichiarato è di quaranta decibel",
    "Abbiamo fatto il viaggio di notte",
    "Ho trovato il volantino nella cassetta della posta",
    "L'assegno va girato sul retro",
    "Ho chiamato per sapere gli orari",
    "Il modello vecchio aveva lo schermo da cinque pollici",
    "La scuola è in via Garibaldi",
    "Ho una visita dermatologica a giugno",
    "Si ritira con il codice a barre",
    "Il caffè si paga prima",
    "L'aereo fa scalo a Francoforte",
    "Le scarpe sono numero quarantadue",
    "Ho perso il treno delle sette perché mi sono svegliata tardi",
    "Il signor Bianchi ha lasciato un messaggio",
)
"""What happened, without a word on how it was: no praise and no blame."""

SILENT_AT_LEAST = 0.85

GONE = (
    "Mal di schiena sparito dopo una settimana",
    "Il mal di testa mi è passato subito",
    "Mi è passato il dolore al collo",
    "Le macchie sono sparite",
    "Macchie sparite al primo lavaggio",
    "Il dolore è sparito",
    "Toglie lo sporco senza fatica",
    "Rimuove lo sporco ostinato",
    "Ha eliminato i cattivi odori",
    "Elimina i cattivi odori del frigo",
    "Uccide le zanzare in pochi minuti",
    "Hanno bloccato la frode in tempo",
    "La banca ha segnalato subito la frode",
    "Mi hanno tolto il dolore",
    "La puzza è sparita",
    "Prurito passato in due giorni",
    "Niente più mal di schiena",
    "Via la muffa in dieci minuti",
)
"""An evil that is over: praise, though the word for the evil is in it."""

TURNED_ROUND = {
    "Non posso dire di essere soddisfatto": "negative",
    "Non posso dirmi soddisfatta": "negative",
    "Non possiamo dire di essere contenti": "negative",
    "Non posso che parlarne bene": "positive",
    "Non si può che parlarne bene": "positive",
    "Non possiamo che consigliarlo a tutti": "positive",
    "Avevo paura di una fregatura, invece sono rimasto sorpreso in positivo": "positive",
    "Temevo il peggio e invece mi sono ricreduto": "positive",
    "Meno male che siamo rimasti solo una notte": "negative",
    "Per fortuna siamo rimasti solo due notti": "negative",
    "Peccato essere rimasti solo una notte": "positive",
    "Peccato esserci rimasti solo due giorni": "positive",
    "Si mangiava meglio prima del cambio gestione": "negative",
    "Si lavorava meglio con il vecchio programma": "negative",
    "Dal cambio di gestione non è più la stessa cosa": "negative",
    "Altro che lusso": "negative",
    "Altro che assistenza": "negative",
    "Le foto sul sito sono molto più belle della realtà": "negative",
    "In foto sembrava molto più bello": "negative",
    "Dal vivo è più bello che in foto": "positive",
    "Di quattro stelle ha solo il prezzo": "negative",
    "Di professionale hanno solo il nome": "negative",
    "Di artigianale non ha nulla": "negative",
}
"""Idioms that say the opposite of the words in them."""


def test_facts_are_neither_praise_nor_blame():
    found = dict(zip(FACTS, _labels(list(FACTS)), strict=True))
    called = [text for text, label in found.items() if label in {"positive", "negative"}]
    assert len(called) <= (1 - SILENT_AT_LEAST) * len(FACTS), called


def test_an_evil_that_is_over_is_praise():
    assert dict(zip(GONE, _labels(list(GONE)), strict=True)) == dict.fromkeys(GONE, "positive")


def test_idioms_that_say_the_opposite_of_their_words():
    found = dict(zip(TURNED_ROUND, _labels(list(TURNED_ROUND)), strict=True))
    assert found == TURNED_ROUND


STILL_SPEAKS = {
    "Lo sportello è fuori servizio da un mese": "negative",
    "Mi sono rotto di aspettare": "negative",
    "È un furto": "negative",
    "Yogurt scaduto": "negative",
    "Camera piena di zanzare": "negative",
    "Il materasso fa venire il mal di schiena": "negative",
    "Bagno sporco": "negative",
    "Pacco sparito": "negative",
    "Non posso che sconsigliarlo": "negative",
    "Rimborso mai arrivato": "negative",
    "Sono il top": "positive",
    "Un'oasi di pace": "positive",
    "Sei un genio": "positive",
    "Pesce fresco": "positive",
    "Struttura resistente": "positive",
    "Non posso fare altro che ringraziare": "positive",
}


def test_words_struck_from_facts_still_speak_in_their_idioms():
    assert dict(zip(STILL_SPEAKS, _labels(list(STILL_SPEAKS)), strict=True)) == STILL_SPEAKS
