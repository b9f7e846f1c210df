"""The two ways of installing agree, and the lock names no host."""

import re
import tomllib

import pytest

from cxresearch.study import read_yaml


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]


def _by_name(requirements: list[str]) -> dict[str, str]:
    pairs = [re.fullmatch(r"([A-Za-z0-9._-]+)(.*)", line).groups() for line in requirements]
    return {name.lower(): versions for name, versions in pairs}


def test_conda_and_pip_install_the_same_ranges(root, project):
    conda = read_yaml(root / "environment.yml")["dependencies"]
    pip = next(entry["pip"] for entry in conda if isinstance(entry, dict))
    listed = [entry for entry in conda if isinstance(entry, str) and entry != "pip"]
    listed += [entry for entry in pip if not entry.startswith("--")]
    found = _by_name(listed)
    nbval = _by_name(project["optional-dependencies"]["test"])["nbval"]
    expected = _by_name(project["dependencies"])
    expected |= {"python": project["requires-python"], "nbval": nbval}
    assert found == expected


def test_the_lock_holds_every_dependency_within_its_range(root, project):
    from packaging.requirements import Requirement

    lock = (root / "requirements.lock").read_text("utf-8")
    pinned = dict(re.findall(r"^([a-z0-9._-]+)==([^ \\;]+)", lock, flags=re.MULTILINE))
    for line in project["dependencies"] + project["optional-dependencies"]["test"]:
        wanted = Requirement(line)
        name = re.sub(r"[-_.]+", "-", wanted.name.lower())
        assert wanted.specifier.contains(pinned[name]), line


def test_the_lock_is_hashed_and_names_no_host(root):
    lock = (root / "requirements.lock").read_text("utf-8")
    assert not re.search(r"https?://|index-url", lock)
    packages = re.findall(r"^[a-z0-9._-]+==", lock, flags=re.MULTILINE)
    assert len(packages) > 50
    assert lock.count("--hash=sha256:") >= len(packages)


def test_nothing_that_is_installed_at_run_time_brings_pandas(root):
    assert not re.search(
        r"^pandas==", (root / "requirements.lock").read_text("utf-8"), re.MULTILINE
    )
