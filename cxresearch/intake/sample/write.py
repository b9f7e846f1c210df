"""How does a sample company become a study folder?"""

from importlib.resources import files
from pathlib import Path
from typing import Literal

from cxresearch.errors import ParameterError, did_you_mean

from .company import SampleCompany

FORMATS = ("parquet", "csv")


def write_sample(
    company: SampleCompany,
    folder: Path | str,
    *,
    format: Literal["parquet", "csv"] = "parquet",  # noqa: A002  the word of the command line
) -> Path:
    """Write study.yml, experience.yml and the tables of `company`; existing files are replaced.

    Parameters
    ----------
    company
        As `make_sample` returns it. Its truth is not written.
    folder
        Made if it does not exist.
    format
        `parquet` (zstd) or `csv` (comma, UTF-8, instants with their offset).

    Returns
    -------
    Path
        The study folder.

    Raises
    ------
    ParameterError
        If the format is neither.
    """
    if format not in FORMATS:
        raise ParameterError(
            f"format '{format}' is unknown.{did_you_mean(format, FORMATS)}",
            allowed=", ".join(FORMATS),
            next_step="correct --format",
        )
    folder = Path(folder)
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for name, table in company.tables.items():
        path = folder / "tables" / f"{name}.{format}"
        if format == "csv":
            table.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")
        else:
            table.write_parquet(path, compression="zstd", compression_level=9)
    for name in ("study.yml", "experience.yml"):
        text = (files("cxresearch.intake.sample") / name).read_text(encoding="utf-8")
        if name == "study.yml":
            text = text.replace(".parquet", f".{format}")
        (folder / name).write_text(text, encoding="utf-8")
    return folder
