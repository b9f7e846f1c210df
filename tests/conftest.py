"""Fixtures every test may ask for."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

collect_ignore_glob = ["oracles/*.py"]  # scripts of other environments, run by `make oracles`


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real survey and churn files, kept outside the project because of their licences."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not at {folder}")
    return folder


CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium, headless."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Open a file offline; the page knows what it requested and which errors it reported."""
    contexts = []

    def go(path: Path, *, width: int = 1280, **settings):
        context = chromium.new_context(
            offline=True, viewport={"width": width, "height": 844}, **settings
        )
        contexts.append(context)
        page = context.new_page()
        page.requested, page.errors = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda line: line.type == "error" and page.errors.append(line.text))
        page.goto(path.resolve().as_uri())
        if settings.get("java_script_enabled", True) and page.query_selector("[data-chart]"):
            page.wait_for_selector("html[data-charts=drawn]", state="attached")
        return page

    yield go
    for context in contexts:
        context.close()
