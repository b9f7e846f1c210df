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
FACTS_QUIET_AT_LEAST = 0.85

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


FACTS = (
    # told, asked, paid; how often, how long; things; own doing
    "I was told to bring my passport.",
    "We have been told the office opens at nine.",
    "I had to call the office to book.",
    "You have to pay in cash at the desk.",
    "We were charged for two nights.",
    "The ticket cost me twelve euros.",
    "I asked them to send the invoice to my office.",
    "They said they would call on Monday and they called on Monday.",
    "Why do you not open on Sundays?",
    "When will you open the new branch?",
    "I have been here many times.",
    "Last time I came with my sister.",
    "We went three years in a row.",
    "Two weeks later I moved to Leeds.",
    "The flight takes over two hours from here.",
    "We spent the night in Turin and left in the morning.",
    "It has been a week since I bought it.",
    "We arrived late in the evening.",
    "The appointment was rescheduled to Tuesday.",
    "The pool is cold in winter and the water comes from the lake.",
    "He went down to the lobby.",
    "I bought the cream for my back pain.",
    "The lift is next to our room.",
    "I had a middle seat.",
    "My seat was in row twelve.",
    "The fresh water tank holds ten litres.",
    "I clean the filter once a month.",
    "Enter the secure code on the second page.",
    "It is a fixed price of forty euros.",
    "The vegetables are organic.",
    "The heating is central.",
    "The room does not have a balcony.",
    "Breakfast is not included.",
    "The box no longer has a handle.",
    "The issue date is on the back.",
    "We watched a horror film.",
    "I cancelled my order.",
    "The flight was cancelled at my request.",
    "I cancelled because my plans changed.",
    "I lost my card and asked for another one.",
    "My card expired in May.",
    "I wrote to the complaints department.",
    "The bank's fraud department called me.",
    "I was ill and went to the doctor.",
    "I am allergic to nuts.",
    "The test was negative.",
    "I have a knee injury.",
    "They promised a sea view; we got a car park.",
    "I switched banks and closed the old account.",
    "We were supposed to meet at six.",
    "I was unable to come on Friday.",
    "I was informed that the form must be signed.",
    "They asked me to sit in the waiting room.",
    "We had to show our tickets at the gate.",
    "You need to pay a deposit.",
    "I returned the shoes because I had ordered two sizes.",
    "I called twice on Tuesday.",
    "He told me the price on the phone.",
    "My parcel comes from Germany.",
    "The museum is closed on Mondays.",
    "The wait is usually about ten minutes.",
    "I spent an hour in the shop.",
    "The engineer was here for three hours.",
    "The bus takes 40 minutes to the airport.",
    "My old phone broke so I bought this one.",
    "I had a broken arm at the time.",
    "The doctor asked about my headaches.",
    "I use it for my dry skin.",
    "The curtains are dark blue and long.",
    "The cable is two metres long.",
    "The soup is served cold.",
    "The desk is made of solid oak.",
    "It has a small screen and four buttons.",
    "We changed our booking from two nights to three.",
    "They moved us to another room on the third floor.",
    "I left before breakfast.",
    "Late check-out costs twenty euros.",
    "The account was closed at my request.",
    "My card was blocked after I reported it stolen.",
    "I reported the theft to the police.",
    "The insurance covers damage caused by water.",
    "I filed a claim for a damaged bumper.",
    "The app asks for my location.",
    "I updated the app yesterday.",
    "The password must have eight characters.",
    "I did not use the pool.",
    "I have not tried the restaurant yet.",
    "We did not have dinner there.",
    "There were no seats by the window so we sat inside.",
    "I needed help to fill in the form.",
    "I am waiting for the delivery on Friday.",
    "The trial was cancelled because the teacher moved abroad.",
    "My contract ends in June.",
    "The nurse took my blood pressure.",
    "My son was sick so we stayed one more day.",
    "They check tickets twice.",
    "The alarm goes off at seven.",
    "Nobody else was in the pool.",
    "I stopped at the shop on the way home.",
    "The rubbish is collected on Thursdays.",
    "The train was diverted via Leeds.",
    "I pay a fee of five euros a month.",
    "The seat was near the toilets.",
)


def test_facts_are_hardly_ever_called_praise_or_blame() -> None:
    found = dict(zip(FACTS, _labels(list(FACTS)), strict=True))
    spoken = {text: label for text, label in found.items() if label in ("positive", "negative")}
    assert len(spoken) <= (1 - FACTS_QUIET_AT_LEAST) * len(FACTS), spoken


MEANT = {
    "My only complaint is that we had to leave": "positive",
    "Our only regret was having to leave": "positive",
    "Wish we had stayed longer": "positive",
    "I wish I had bought it sooner": "positive",
    "It could have been worse": "neutral",
    "Cured my back pain": "positive",
    "It got rid of the stains": "positive",
    "The filter eliminated the smell": "positive",
    "It failed to disappoint": "positive",
    "My knee no longer hurts": "positive",
    "They blocked the fraudulent payment": "positive",
    "The engineer fixed it": "positive",
    "They got it fixed": "positive",
    "They gave me my money back": "positive",
    "They answer my questions": "neutral",
    "I got an appointment the same day": "neutral",
    "Thank God we only stayed one night": "negative",
    "Luckily we only stayed one night": "negative",
    "They failed to respond": "negative",
    "It no longer works": "negative",
    "A complete lack of communication": "negative",
    "The lack of cleanliness was plain to see": "negative",
    "The room should have been cleaner": "negative",
    "The staff could have been more helpful": "negative",
    "They cancelled our flight": "negative",
    "The site is down": "negative",
    "The food was cold": "negative",
    "We had to wait an hour": "negative",
    "My knee pain is gone": "positive",
    "They took my problem seriously": "positive",
    "Shame we could not stay longer": "positive",
    "Nobody rushed us": "positive",
    "The staff do their job well": "positive",
    "Glad we did not book two nights": "negative",
    "They were unable to help": "negative",
    "You have to wait forever": "negative",
    "They said they would call back but never did": "negative",
}


def test_the_end_of_the_phrase_decides_what_is_meant() -> None:
    assert dict(zip(MEANT, _labels(list(MEANT)), strict=True)) == MEANT
