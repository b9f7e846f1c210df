"""The English lexicon: enough entries, none twice, and right on sentences of many trades.

The sentences are invented for this test; none comes from a data set.
"""

from collections import Counter

import polars as pl
import pytest

from cxresearch.study import read_yaml
from cxresearch.transforms.text import EMOTIONS, read_lexicon, score_tone
from cxresearch.transforms.text.lexicon import FOLDER

ENGLISH = read_yaml(FOLDER / "en.yml")

LEAST_ENTRIES = 1_500
LEAST_IDIOMS = 500
RIGHT_AT_LEAST = 0.9

POSITIVE = (
    # restaurants
    "The pasta was delicious and the waiter attentive.",
    "Best tiramisu I have ever had.",
    "Portions are generous and prices reasonable.",
    "Cozy little place with a great wine list, we will be back.",
    "The ribs fall off the bone, absolutely mouthwatering.",
    "You can't go wrong with the fish tacos.",
    "Our server was friendly and quick.",
    "Never disappoints, my go to spot for sushi.",
    "Worth the wait!",
    "The burger hit the spot.",
    "What's not to like?",
    "A hidden gem, highly recommend.",
    "The dough is light, the toppings fresh.",
    "Can't wait to go back.",
    "The chef came out to say hello, nice touch.",
    "Not bad at all for the price.",
    # hotels
    "Spotless room, comfy bed and a stunning view.",
    "Staff went above and beyond to make our stay special.",
    "Breakfast had plenty of choice and was fresh.",
    "We felt at home from the first minute.",
    "Couldn't fault it.",
    "Great location, walking distance to everything.",
    "Checked in early without any hassle.",
    # products and shops
    "Works perfectly and arrived next day.",
    "Exactly as described, well made and good value.",
    "Worth every penny.",
    "Does what it says on the tin, no complaints.",
    "Sturdy, easy to assemble and looks great.",
    "The size fits perfectly, I love it.",
    "They replaced it free of charge, no questions asked.",
    "Second to none.",
    # transport
    "They got me on an earlier flight.",
    "Smooth flight, landed early, friendly crew.",
    "The driver was polite and the bus on time.",
    "Thank you for the quick reply!",
    "My bag was found and delivered within hours, thank you so much.",
    "Big shout out to the gate agent who helped me.",
    "Love flying with you guys.",
    # telecom, banks, utilities
    "Sorted in minutes by a very patient agent.",
    "Problem solved on the first call.",
    "The engineer was on time, professional and explained everything.",
    "No problems switching, it was seamless.",
    "They refunded me straight away.",
    "The adviser knew exactly what to do.",
    "Kept me informed the whole time.",
    # health, public offices
    "The nurse was so kind and took the time to explain.",
    "I felt heard and never rushed.",
    "The clerk bent over backwards to help me.",
    "Quick and easy, no queue.",
    # apps
    "Intuitive and easy to use.",
    "The new version is fast and has never crashed.",
    "The app works like a charm.",
    # employees
    "Supportive colleagues and a good work life balance.",
    "I'm proud to work here.",
    "My manager listens to us and gives helpful feedback.",
    # non-native
    "Very good service, people very kind, I will come again.",
    "All perfect, thank you!",
    "The personnel was very gentle and helpful",
    "i liked so much this hotel, very clean",
    "sooooo good!!!",
    "Nothing was too much trouble for them.",
    "I was worried about the transfer but everything went smoothly.",
    "Although a bit pricey, the food was excellent.",
    "The place is small but the food is amazing.",
    # words of complaint in praise
    "You will not be disappointed.",
    "Best meal I have had in a long time.",
    "We come back again and again.",
    "Whatever else they do, they never rush you.",
    "I had no problems and no delays.",
    "Should not be missed.",
    "Couldn't be more helpful.",
    "It is hard to find fault with this place.",
    "I would gladly drive an hour for that pie.",
    "I was sceptical at first but it really works.",
)

NEGATIVE = (
    # restaurants
    "The steak was overcooked and the chips were soggy.",
    "Food was cold and bland.",
    "We waited forever and the waiter was rude.",
    "Tiny portions, overpriced, never again.",
    "They forgot our order twice.",
    "The soup tasted like dishwater, had to send it back.",
    "It left a bad taste in my mouth.",
    "I found a hair in my salad.",
    "We will not be going back.",
    "Nothing special and way too expensive.",
    "We got sick after eating here.",
    "The place used to be good but has gone downhill.",
    "Not worth the money.",
    "The food was ok but the service was terrible.",
    "Nobody came to take our order for forty minutes.",
    "Save your money and go elsewhere.",
    "The dessert was nothing to write home about.",
    "They rushed us out before we finished our coffee.",
    # hotels
    "The room was dirty and smelled of smoke.",
    "Paper thin walls, no sleep all night.",
    "No hot water for two days and nobody at the desk.",
    "The carpet is stained and the bed uncomfortable.",
    "Not as pictured, what a let down.",
    "They charged my card twice.",
    # products and shops
    "Broke after two days.",
    "Complete waste of money.",
    "Not what was described, I want my money back.",
    "Stopped working after a week.",
    "It arrived damaged and they refuse to replace it.",
    "Cheaply made rubbish.",
    "Total rip off.",
    "Only one till open and a queue out of the door.",
    "They sent me the wrong size again.",
    "The instructions make no sense.",
    # transport
    "On hold for an hour, then they hung up on me.",
    "Cancelled flight and no explanation.",
    "You lost my bag.",
    "Sat on the runway for three hours.",
    "Still waiting for my refund.",
    "Do you even answer your phones?",
    "No response to my emails.",
    "My connection was missed because of your delay.",
    "Stuck at the airport overnight with no hotel.",
    "I can't check in online, fix your website.",
    "The train was late again.",
    "Nobody could tell us where our luggage was.",
    "been on hold for 2 hours",
    "Why is it so hard to speak to a human?",
    "Thanks for nothing.",
    "Great, another delay.",
    "thanks for ruining our honeymoon",
    # telecom, banks, utilities
    "Passed from pillar to post for weeks.",
    "I had to jump through hoops to cancel.",
    "The internet keeps dropping every evening.",
    "No signal in the whole village.",
    "My account was blocked without warning.",
    "Hidden fees everywhere.",
    "The technician didn't show up.",
    "Three calls and three different answers.",
    "The bill doubled and no one can explain it.",
    # health, public offices
    "The receptionist was dismissive and I left in tears.",
    "Endless paperwork and nobody takes responsibility.",
    "I was sent from one office to another.",
    "Months for an appointment.",
    # apps
    "The app keeps crashing.",
    "Keeps freezing since the last update.",
    "It won't let me log in.",
    "Glitchy, slow and full of ads.",
    "Error message every time I try to pay.",
    # employees
    "Understaffed, underpaid and no recognition.",
    "Management doesn't listen.",
    "Toxic culture and favouritism.",
    # non-native
    "Very bad experience, nobody help me.",
    "i dont recommend this shop",
    "The service is not good and too much slow.",
    "I wish the staff were friendlier.",
    "Hardly any choice on the menu and barely warm food.",
    "They were not helpful at all.",
    "There is no customer service.",
    "I expected a great dinner and got a disappointing one.",
    "It could have been so much better.",
    "The product looked great but fell apart in a week.",
    # words of praise in complaints
    "I really wanted to like this place.",
    "Great location, terrible everything else.",
    "They couldn't be less helpful.",
    "Nice try, but the problem is not fixed.",
    "Style over substance.",
    "If only the staff cared.",
    "Used to be a great restaurant.",
    "The only thing hot was the plate.",
    "You deserve better than this hotel.",
    "Far from clean and anything but quiet.",
)

NEITHER = (
    "Do you fly to Lisbon on Sundays?",
    "I bought it in March.",
    "The shop is next to the station.",
    "What time do you open?",
    "We had the fish and a bottle of water.",
    "How do I change my address?",
    "I would like to know the price.",
    "Good morning, I have a question about my booking.",
    "We stayed two nights in June.",
    "It was average.",
    "I am flying to Boston tomorrow",
    "Is there a table for six on Friday?",
    "She ordered the fast food menu.",
    "I will pay by card.",
    "Please send me the form.",
)

OF_THE_TRADE = {
    "negative": (
        *("on hold for an hour", "passed from pillar to post", "jump through hoops", "rip off"),
        *("waste of money", "never again", "not what was described", "left a bad taste"),
        *("no one answers", "still waiting for my refund", "flight cancelled", "hung up on me"),
        *("sat on the runway", "fix your website", "can't check in", "lost my bag", "stranded"),
        *("stuck on the tarmac", "no response to my emails", "do you even answer your phones"),
        *("won't be back", "stay away", "get your act together", "daylight robbery"),
        *("jumping through hoops", "nobody picks up", "could not care less", "fobbed off"),
    ),
    "positive": (
        *("got me on an earlier flight", "sorted in minutes", "went above and beyond"),
        *("without any hassle", "second to none", "will be back", "highly recommend"),
        *("worth every penny", "hit the spot", "thank you for the quick reply", "fixed first time"),
        *("bent over backwards", "a breath of fresh air", "can't fault it", "never disappoints"),
        *("couldn't be happier", "no complaints", "works like a charm", "hats off to the team"),
    ),
}

SAID = [
    *((text, "positive") for text in POSITIVE),
    *((text, "negative") for text in NEGATIVE),
    *((text, "neutral") for text in NEITHER),
]


def _labels(texts: list[str]) -> list[str]:
    """The label of each text, `unknown` read as neutral."""
    said = pl.DataFrame({"comment": texts, "language": ["en"] * len(texts)})
    scored = score_tone(said)
    return scored["label"].replace("unknown", "neutral").to_list()


def test_there_are_enough_entries_of_each_kind() -> None:
    tones = ENGLISH["entries"]
    words = [word for group in tones for word in group.get("words", [])]
    idioms = [idiom for group in tones for idiom in group.get("idioms", [])]
    assert len(words) >= LEAST_ENTRIES
    assert len(idioms) >= LEAST_IDIOMS
    assert {group.get("emotion") for group in tones} == {None, *EMOTIONS}


def test_no_pattern_is_entered_twice() -> None:
    entered = [
        entry
        for group in ENGLISH["entries"]
        for key in ("words", "idioms")
        for entry in group.get(key, [])
    ]
    assert [entry for entry, times in Counter(entered).items() if times > 1] == []
    parts = read_lexicon("en").entries.filter(pl.col("role") == "tone")["parts"]
    assert parts.n_unique() == len(parts)


def test_nothing_is_both_tone_and_kept() -> None:
    entries = read_lexicon("en").entries
    tones = entries.filter(pl.col("role") == "tone")
    kept = entries.filter(pl.col("role").is_in(["keep", "sarcasm"]))
    assert kept.join(tones, on="parts", how="semi")["entry"].to_list() == []


@pytest.mark.parametrize("label", ["positive", "negative"])
def test_idioms_of_service_speak(label: str) -> None:
    idioms = list(OF_THE_TRADE[label])
    assert dict(zip(idioms, _labels(idioms), strict=True)) == dict.fromkeys(idioms, label)


def test_sentences_of_many_trades_are_read_right() -> None:
    found = _labels([text for text, _ in SAID])
    wrong = [(*said, label) for said, label in zip(SAID, found, strict=True) if said[1] != label]
    assert len(wrong) <= (1 - RIGHT_AT_LEAST) * len(SAID), wrong


def test_a_sentence_is_hardly_ever_read_as_its_opposite() -> None:
    found = _labels([text for text, _ in SAID])
    opposite = {("positive", "negative"), ("negative", "positive")}
    turned = [
        text for (text, label), given in zip(SAID, found, strict=True) if (label, given) in opposite
    ]
    assert len(turned) <= 0.03 * len(SAID), turned


TURNED = {
    "The staff was helpful.": "The staff was not helpful.",
    "Will be back.": "Won't be back.",
    "I would recommend it.": "I would not recommend it.",
    "I like this place.": "I don't like this place.",
    "No problem, great staff.": "A problem, no great staff.",
    "It didn't disappoint.": "It did disappoint.",
    "It works well.": "It doesn't work.",
    "Nice and hot food.": "Barely warm food.",
    "Good and cheap.": "Looks cheap.",
    "So kind!": "What an unkind answer.",
    "Worth the wait.": "Not worth the wait.",
    "Never had a problem.": "Never had such bad food.",
    "Nothing but praise.": "Nothing but trouble.",
    "I can't complain.": "I have to complain.",
    "They never let me down.": "They let me down.",
}


def test_one_word_turns_praise_into_blame() -> None:
    praise, blame = _labels(list(TURNED)), _labels(list(TURNED.values()))
    assert dict(zip(TURNED, praise, strict=True)) == dict.fromkeys(TURNED, "positive")
    found = dict(zip(TURNED.values(), blame, strict=True))
    assert found == dict.fromkeys(TURNED.values(), "negative")


def test_words_with_two_meanings_say_nothing_alone() -> None:
    texts = [
        *("it looks like a bus", "what kind of room is it", "is the parking free"),
        *("a cold beer please", "how long is the flight", "we arrived later", "pretty village"),
        *("turn right at the bank", "as well", "see you at happy hour", "good luck"),
        *("a hard drive", "a short skirt", "miss Jones", "the fine print", "a mean value"),
    ]
    assert dict(zip(texts, _labels(texts), strict=True)) == dict.fromkeys(texts, "neutral")


def test_thanks_are_praise_unless_they_mock() -> None:
    texts = ["Thanks!", "Thank you very much", "Thanks for nothing", "Thanks for the 5 hour delay"]
    assert _labels(texts) == ["positive", "positive", "negative", "negative"]


TOLD = {
    "We were told about the cancellation right away": "positive",
    "They informed me immediately about the problem with my order": "positive",
    "Kept us updated about the delay all evening": "positive",
    "The hotel warned us in advance of the disruption": "positive",
    "My complaint was handled promptly": "positive",
    "They sorted the problem straight away": "positive",
    "Nobody told us about the delay": "negative",
    "We were never informed about the cancellation": "negative",
    "They told us about the delay far too late": "negative",
    "My complaint was not handled promptly": "negative",
    "Every time I call I have to tell my story again": "negative",
    "I had already explained it to two agents": "negative",
}


def test_a_problem_told_in_time_is_praise_and_one_kept_quiet_is_not() -> None:
    assert dict(zip(TOLD, _labels(list(TOLD)), strict=True)) == TOLD
