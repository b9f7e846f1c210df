"""The sample company: nothing its invented persons left in a text survives preparation."""

import re

import polars as pl
import pytest

from cxresearch.intake.sample import SampleCompany, make_sample
from cxresearch.privacy import Redacted, redact_tables

WRITTEN = {"email": "email", "phone": "phone", "iban": "iban", "cf": "fiscal code", "name": "name"}


@pytest.fixture(scope="module")
def company() -> SampleCompany:
    return make_sample(seed=11, n_customers=2_000)


@pytest.fixture(scope="module")
def redacted(company: SampleCompany) -> Redacted:
    tables = {"responses": company.responses, "interactions": company.interactions}
    return redact_tables(tables, keep=["Rete Azzurra"], language="it")


def texts(responses: pl.DataFrame, interactions: pl.DataFrame) -> pl.Series:
    return pl.concat([responses["comment"], interactions["message"].alias("comment")]).drop_nulls()


@pytest.mark.parametrize("kind", WRITTEN)
def test_no_data_of_an_invented_person_survives(
    company: SampleCompany, redacted: Redacted, kind: str
) -> None:
    values = sorted(set(company.truth["identities"][kind]), key=len, reverse=True)
    pattern = rf"(?:{'|'.join(map(re.escape, values))})(?:\W|$)"
    n_before = texts(company.responses, company.interactions).str.count_matches(pattern).sum()
    left = texts(**redacted.tables).str.count_matches(pattern).sum()
    counted = redacted.redactions.filter(pl.col("kind") == WRITTEN[kind])["n"].sum()
    assert n_before >= 10
    assert left == 0
    assert counted >= n_before


def test_amounts_trains_delays_and_towns_survive(
    company: SampleCompany, redacted: Redacted
) -> None:
    kept = r"(?:treno|train) \d{4}|\d+ (?:minut|euro)\w*|\d{1,2}:\d\d|Milano|Roma Termini|Verona"
    before = texts(company.responses, company.interactions).str.count_matches(kept).sum()
    after = texts(**redacted.tables).str.count_matches(kept).sum()
    assert before > 1_000
    assert after == before


def test_most_comments_are_left_word_for_word(company: SampleCompany, redacted: Redacted) -> None:
    before = company.responses["comment"].drop_nulls()
    after = redacted.tables["responses"]["comment"].drop_nulls()
    assert (before == after).mean() > 0.9
