"""The sample company: a fictional Italian rail operator with planted, named stories."""

from .company import SEED, SampleCompany, make_sample
from .stories import STORIES, Story
from .write import write_sample

__all__ = ["SEED", "STORIES", "SampleCompany", "Story", "make_sample", "write_sample"]
