"""Write the JSON Schemas and, in a checkout, the reference of keys.

Run it with `python -m cxresearch.study` after a change to the models.
"""

from cxresearch.study.schemas import FOLDER, reference, write_schemas

if __name__ == "__main__":
    write_schemas()
    docs = FOLDER.parents[1] / "docs"
    if docs.is_dir():
        (docs / "study.md").write_text(reference(), encoding="utf-8")
