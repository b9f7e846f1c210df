"""A study folder to begin with: the two files, commented and valid, and the schemas beside them."""

import shutil
from pathlib import Path

from cxresearch.errors import StudyError

STUDY, EXPERIENCE = "study.yml", "experience.yml"
SCHEMAS = ".schemas"
_PACKAGE = Path(__file__).parents[2]
_TEMPLATES = Path(__file__).parent


def write_starter(folder: Path | str) -> list[Path]:
    """Write a commented study to fill in.

    Parameters
    ----------
    folder
        The study's folder; made where it does not exist.

    Returns
    -------
    list of Path
        The files to edit. They are valid as they stand; the data file they name is still missing.

    Raises
    ------
    StudyError
        The folder already holds a study: nothing is overwritten.
    """
    folder = Path(folder)
    start_folder(folder)
    paths = []
    for name in (STUDY, EXPERIENCE):
        text = (_TEMPLATES / f"starter_{name}").read_text(encoding="utf-8")
        (folder / name).write_text("\n".join(head_of(name)) + "\n" + text, encoding="utf-8")
        paths.append(folder / name)
    return paths


def start_folder(folder: Path) -> None:
    """Make the folder and put the schemas there, or refuse to touch a study.

    Raises
    ------
    StudyError
        A study is already there, or the folder cannot be made.
    """
    for name in (STUDY, EXPERIENCE):
        if (folder / name).exists():
            raise StudyError(
                f"{folder / name} already exists",
                allowed="a folder without study.yml and experience.yml",
                next_step="choose another folder, or move the study away first",
            )
    try:
        (folder / SCHEMAS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(
            f"the folder {folder} cannot be made: {error.strerror}",
            allowed="a folder you may write to",
            next_step="choose another folder",
        ) from error
    for schema in (_PACKAGE / "schemas").glob("*.schema.json"):
        shutil.copyfile(schema, folder / SCHEMAS / schema.name)


def head_of(name: str) -> list[str]:
    """The line by which an editor finds the schema of a file."""
    return [f"# yaml-language-server: $schema={SCHEMAS}/{Path(name).stem}.schema.json"]
