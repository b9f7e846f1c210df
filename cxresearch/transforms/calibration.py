"""How much surer is an estimate because the answers were raked to known shares?

Unit of observation: an answer with its raked weight. What the margins explain of the answers is no
longer left to chance, which the fixed-weight interval ignores (it is then about a quarter too
wide). Only for weights raked on these very margins.

It cannot know whether the known shares were right.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.errors import ParameterError, require_columns
from cxresearch.transforms.cells import Reading, join_cells, make_answers
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table

Codes = NDArray[np.int64]


def with_calibration(
    cells: pl.DataFrame, table: Table, reading: Reading, *, margins: Sequence[str]
) -> pl.DataFrame:
    """The cells of `summarise_cells` with the effective n that raking on `margins` leaves.

    Raises
    ------
    DataError
        A margin's column is missing.
    ParameterError
        There is no weight.
    """
    if reading.weight is None:
        raise ParameterError(
            f"answers calibrated on {', '.join(margins)} without a weight",
            allowed="the weight that `rake` made from these margins",
            next_step='weight="weight"',
        )
    require_columns(table, *margins)
    answers = make_answers(table, reading).filter(pl.col("x").is_not_null())
    known = "person" in answers.collect_schema()
    person = pl.struct("person", "_anonymous") if known else pl.int_range(pl.len())
    codes = {"person": person} | {f"margin {name}": pl.col(name) for name in margins}
    rows = answers.select(
        *(*reading.by, "x", "w"),
        *(code.rank("dense").fill_null(0).alias(name) for name, code in codes.items()),
    ).collect()
    index = cells.with_row_index("_cell").select("_cell", *reading.by, "mean")
    rows = join_cells(rows, index, reading.by)
    cell, people, *categories = (rows[name].cast(pl.Int64).to_numpy() for name in ("_cell", *codes))
    gain = gain_of_calibration(
        residual=(rows["x"] - rows["mean"]).to_numpy(),
        weights=rows["w"].to_numpy(),
        cells=cell,
        n_cells=cells.height,
        people=people - 1,
        margins=categories,
    )
    return cells.with_columns(pl.col("n_effective") * pl.Series(gain))


def gain_of_calibration(
    *,
    residual: Array,
    weights: Array,
    cells: Codes,
    n_cells: int,
    people: Codes,
    margins: Sequence[Codes],
) -> Array:
    """How many times more an answer tells once the known margins are taken into account.

    Parameters
    ----------
    residual
        What an answer counts less the weighted mean of its cell.
    weights
        Raked weights.
    cells, n_cells, people
        Cell of each answer, number of cells, person of each answer, from 0.
    margins
        Category of each answer in every margin raked on, from 0.

    Returns
    -------
    Array
        One factor a cell by which its effective n grows; about 1 or more, never below 1 / (share
        of degrees of freedom left).

    Notes
    -----
    Linearisation on the residuals of the generalised regression estimator (Deville & Sarndal 1992,
    JASA 87): the deviations of a cell are regressed on the margins over the whole sample, and what
    the margins explain is no longer uncertain.
    """
    if weights.size == 0:
        return np.ones(n_cells)
    indicators = [np.eye(int(codes.max()) + 1)[codes] for codes in margins]
    design = np.hstack([block if i == 0 else block[:, 1:] for i, block in enumerate(indicators)])
    n_people = int(people.max(initial=-1)) + 1
    normal = design.T @ (weights[:, None] * design)
    cross = np.zeros((design.shape[1], n_cells))
    np.add.at(cross.T, cells, (weights * residual)[:, None] * design)
    slopes = np.linalg.pinv(normal) @ cross
    explained = np.zeros((n_people, design.shape[1]))
    np.add.at(explained, people, weights[:, None] * design)
    pairs, pair_of = np.unique(people * n_cells + cells, return_inverse=True)
    totals = np.bincount(pair_of, weights=weights * residual)
    owner, cell = np.divmod(pairs, n_cells)
    own = np.bincount(cell, weights=totals**2, minlength=n_cells)
    mixed = np.zeros((n_cells, design.shape[1]))
    np.add.at(mixed, cell, totals[:, None] * explained[owner])
    left = (
        own
        - 2 * np.einsum("dp,pd->d", mixed, slopes)
        + np.einsum("pd,pq,qd->d", slopes, explained.T @ explained, slopes)
    )
    lost = max(n_people - design.shape[1], 1) / n_people
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = own / left * lost
    return np.where((own > 0) & (left > 1e-9 * own), gain, 1.0)
