"""What did we know of each person when we asked for an answer?

Unit of observation: an invitation. Used are what happened before it was sent (how long the customer
had been one, the contacts of the days before) and the declared attributes that are not protected.

It cannot say why somebody stays silent, nor what an attribute was when asking: attributes are as of
the export, and one that changed since (a closed contract, say) may owe its value to the answer.
"""

from collections.abc import Sequence

import polars as pl

from cxresearch.study import Study
from cxresearch.transforms.scales import Table

CONTACT_FACTS = ("n_contacts", "n_unresolved", "longest_wait_minutes")
"""Facts from the interactions of the days before; 0 (no wait: null) where there were none."""


def describe_invited(
    invitations: Table,
    *,
    study: Study,
    customers: Table | None = None,
    interactions: Table | None = None,
    days: int = 90,
) -> pl.DataFrame:
    """Each invitation with the hard data known when it was sent, attributes as of the export.

    Parameters
    ----------
    invitations
        `contract.Invitations`.
    study
        Declares the attributes; protected ones are left out.
    customers, interactions
        `contract.Customers`, `contract.Interactions`; None where the study has none.
    days
        How far back contacts count.

    Returns
    -------
    pl.DataFrame
        The invitation's columns, then those of `facts_known`. A wait that went on is counted as
        long as it had lasted; tenure_days is null for who joined later.
    """
    facts = invitations.lazy()
    if customers is not None:
        names = _attributes(study)
        passed = pl.col("at") - pl.col("joined_at")
        tenure = pl.when(passed >= pl.duration()).then(passed.dt.total_days()).alias("tenure_days")
        known = customers.lazy().select("customer_id", "joined_at", *names)
        facts = facts.join(known, on="customer_id", how="left").with_columns(tenure)
        facts = facts.drop("joined_at")
    if interactions is not None:
        facts = facts.join(
            _contacts_before(invitations, interactions, days=days), on="invitation_id", how="left"
        ).with_columns(pl.col(CONTACT_FACTS[:2]).fill_null(0))
    return facts.sort("at", "invitation_id").collect()


def facts_known(facts: pl.DataFrame, *, study: Study) -> list[str]:
    """The columns of `describe_invited` that may tell who answers, those never filled left out."""
    names = [*_attributes(study), "tenure_days", *CONTACT_FACTS, "channel", "touchpoint"]
    return [name for name in names if name in facts.columns and facts[name].n_unique() > 1]


def _attributes(study: Study) -> Sequence[str]:
    return [name for name, part in study.attributes.items() if part.role != "protected"]


def _contacts_before(invitations: Table, interactions: Table, *, days: int) -> pl.LazyFrame:
    asked = invitations.lazy().select(
        "invitation_id", "customer_id", pl.col("at").alias("asked_at")
    )
    contacts = interactions.lazy().filter(pl.col("kind") == "contact")
    before = pl.col("at").is_between(
        pl.col("asked_at") - pl.duration(days=days), pl.col("asked_at"), closed="left"
    )
    # A contact may be closed after the invitation: then nobody knew yet how it ended.
    ended = pl.col("closed_at") < pl.col("asked_at")
    passed = (pl.col("asked_at") - pl.col("at")).dt.total_seconds() / 60
    wait = pl.col("wait_minutes")
    waited = pl.when(wait > passed).then(passed).otherwise(wait)
    return (
        asked.drop_nulls("customer_id")
        .join(contacts, on="customer_id")
        .filter(before)
        .group_by("invitation_id")
        .agg(
            pl.len().cast(pl.Int64).alias("n_contacts"),
            (ended & ~pl.col("is_resolved")).sum().cast(pl.Int64).alias("n_unresolved"),
            waited.max().alias("longest_wait_minutes"),
        )
    )
