"""Check digits against python-stdnum, and in the middle of sentences."""

import random
import string

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.it import codicefiscale, iva

from cxresearch.privacy import redact_comments
from cxresearch.privacy.checksums import (
    IBAN_LENGTHS,
    has_luhn,
    is_card,
    is_fiscal_code,
    is_iban,
    is_vat_number,
)

DIGITS, CAPITALS = st.sampled_from(string.digits), st.sampled_from(string.ascii_uppercase)
# IBAN registry (SWIFT), the example of each country.
EXAMPLES = (
    "IT60X0542811101000000123456",
    "GB82WEST12345698765432",
    "NL91ABNA0417164300",
    "IE29AIBK93115212345678",
    "SM86U0322509800000000270100",
    "MT84MALT011000012345MTLCAST001S",
    "FR1420041010050500013M02606",
    "DE89370400440532013000",
    "ES9121000418450200051332",
    "CH9300762011623852957",
    "AT611904300234573201",
    "BE68539007547034",
    "PL61109010140000071219812874",
    "PT50000201231234567890154",
    "RO49AAAA1B31007593840000",
    "SE4550000000058398257466",
    "NO9386011117947",
    "GR1601101250000000012300695",
    "HR1210010051863000160",
    "LU280019400644750000",
)
SENTENCES = (
    "Rimborsate su {} entro lunedì, grazie",
    "{} è quello giusto",
    "I paid from {} twice, 12.50 each",
    "non funziona ({}).",
    "see {}, please",
)


def make_iban(country: str, rng: random.Random) -> str:
    """A right IBAN of digits only after its country, as the structure of most allows."""
    body = "".join(rng.choices(string.digits, k=IBAN_LENGTHS[country] - 4))
    check = 98 - int("".join(str(int(sign, 36)) for sign in f"{body}{country}00")) % 97
    return f"{country}{check:02d}{body}"


@given(st.text(DIGITS, min_size=2, max_size=22))
def test_luhn_agrees_with_stdnum(digits: str) -> None:
    assert has_luhn(digits) == luhn.is_valid(digits)


@given(st.text(DIGITS, min_size=11, max_size=11))
def test_vat_numbers_agree_with_stdnum(digits: str) -> None:
    assert is_vat_number(digits) == iva.is_valid(digits)


@given(
    st.text(CAPITALS, min_size=6, max_size=6),
    st.sampled_from(["85T10A562", "61D41H501", "8RTMLALSN", "99B29F20R", "70L31Z40N"]),
)
def test_control_letters_of_fiscal_codes_agree_with_stdnum(name: str, rest: str) -> None:
    right = [letter for letter in string.ascii_uppercase if is_fiscal_code(name + rest + letter)]
    assert right == [codicefiscale.calc_check_digit(name + rest)]


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_of_the_registry_are_right_and_one_wrong_digit_is_seen(text: str) -> None:
    assert is_iban(text)
    assert iban.is_valid(text, check_country=False)
    for place in (4, 8, len(text) - 1):
        if text[place].isdigit():
            wrong = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
            assert not is_iban(wrong)
            assert not iban.is_valid(wrong, check_country=False)


@pytest.mark.parametrize("country", ["DE", "FR", "ES", "CH", "AT", "BE", "PL", "DK"])
def test_ibans_agree_with_stdnum(country: str) -> None:
    text = make_iban(country, random.Random(country))  # noqa: S311
    assert is_iban(text)
    assert iban.is_valid(text, check_country=False)
    assert not is_iban(text + "0")
    assert not is_iban(text[:-1])


def test_a_card_needs_a_brand_as_well() -> None:
    assert is_card("378282246310005")
    assert luhn.is_valid("9999999999999995")
    assert not is_card("9999999999999995")
    assert not is_card("0000000000000000")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_right_number_is_found_in_a_sentence(sentence: str) -> None:
    rng = random.Random(sentence)  # noqa: S311
    made = [make_iban(rng.choice([*IBAN_LENGTHS]), rng) for _ in range(100)]
    for _ in range(100):
        body = "4" + "".join(rng.choices(string.digits, k=14))
        made.append(body + luhn.calc_check_digit(body))
        body = "".join(rng.choices("BCDFGLMNPRSTVZ", k=6)) + f"{rng.randint(10, 99)}T10A562"
        made.append(body + codicefiscale.calc_check_digit(body))
        body = f"{rng.randint(1_000_000, 9_999_999)}{rng.randint(1, 100):03d}"
        made.append(body + luhn.calc_check_digit(body))
    fours = [" ".join(text[i : i + 4] for i in range(0, len(text), 4)) for text in made[:100]]
    said = pl.DataFrame({"comment": [sentence.format(text) for text in [*made, *fours]]})
    redacted = redact_comments(said, country="IT")["comment"].to_list()
    pattern = r"\[(?:iban|card|fiscal code|vat number|phone) \d+\]"
    shape = sentence.replace("(", r"\(").replace(")", r"\)").format(pattern)
    assert [text for text in redacted if not pl.Series([text]).str.contains(f"^{shape}$")[0]] == []
