"""The page in a real browser, as a user goes through it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from examples_run import ROOT
from served import served

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("STRESSKIT_CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)
# Only with the time of a run fixed are two runs the same file.
EPOCH = "1738000000"
HOLDINGS = """Demo fund
As of 2025-01-24
Ticker,Name,Market Value (USD)
NVDA,NVIDIA CORP,600000
VST,VISTRA CORP,300000
ZZZQ,UNHEARD OF HOLDINGS PLC,100000
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Run the service with its time fixed."""
    os.environ["SOURCE_DATE_EPOCH"] = EPOCH
    try:
        with served(tmp_path_factory.mktemp("served")) as service:
            yield service.address
    finally:
        del os.environ["SOURCE_DATE_EPOCH"]


@pytest.fixture(scope="module")
def browser():
    """Start Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture
def page(browser, address):
    """Open a page, and let nothing go wrong in it unseen."""
    context = browser.new_context(base_url=address, accept_downloads=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert wrong == []


@pytest.fixture
def holdings(tmp_path):
    """Write a file with a company nobody knows."""
    path = tmp_path / "holdings.csv"
    path.write_text(HOLDINGS)
    return path


def test_from_upload_to_workbook(page, holdings, tmp_path):
    """Upload, see the issue, correct a place, run, move the slider, take the files."""
    page.goto("/")
    page.set_input_files("#file", holdings)
    page.get_by_role("button", name="Read the file").click()
    page.wait_for_url("**/runs/run_*")

    stranger = page.locator("tbody", has_text="UNHEARD OF HOLDINGS PLC")
    assert stranger.get_by_text("not covered").count() == 1
    stranger.locator("td.do a").click()
    page.locator("[name=segment_1]").select_option("MEMORY")
    page.locator("[name=share_1]").fill("50")
    page.locator("[name=reason]").fill("Annual report")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("by you", exact=True).wait_for()

    page.locator("[name=mandate]").select_option("none")
    page.get_by_role("button", name="Run", exact=True).click()
    slider = page.get_by_role("slider")
    slider.wait_for()
    before = page.locator("h1").inner_text()
    slider.focus()
    with page.expect_response("**/figures?severity=2*"):
        for _ in range(10):
            slider.press("ArrowRight")
    page.wait_for_url("**severity=2")
    after = page.locator("h1").inner_text()

    files = {}
    for label, name in (("workbook", "report.xlsx"), ("JSON", "result.json")):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=re.compile(label)).first.click()
        files[name] = Path(waiting.value.path()).read_bytes()

    asked = by_command_line(holdings, tmp_path)
    shown = [share_of(before), share_of(after)]
    assert shown == [f"{float(share_of(asked[s])):#.3g}" for s in ("1", "2")]
    written = json.loads((tmp_path / "result.json").read_text())
    assert json.loads(files["result.json"]) == written
    assert files["report.xlsx"] == (tmp_path / "report.xlsx").read_bytes()


def by_command_line(holdings, folder):
    """Ask the same with the same override; return what the terminal says."""
    overrides = folder / "overrides.csv"
    overrides.write_text(
        "id,isin,ticker,name,beta,by,on,reason,segments\n"
        "p3,,ZZZQ,UNHEARD OF HOLDINGS PLC,,local,2025-01-27,Annual report,MEMORY=0.5\n"
    )
    said = {}
    written = ("-o", folder / "report.xlsx", "--json", folder / "result.json")
    for severity in ("1", "2"):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "stresskit", "stress", str(holdings)),
                *("--overrides", str(overrides), "--no-hedge"),
                *("--severity", severity),
                *(written if severity == "1" else ()),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "SOURCE_DATE_EPOCH": EPOCH,
                # A sum by several threads differs in its last digit.
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            check=True,
        )
        said[severity] = done.stdout
    return said


def share_of(text):
    """Return the share of the value in a first sentence; a page has three digits."""
    return re.search(r"\(([\d.]+)%\)", text)[1]


def test_a_file_that_is_too_large_is_not_even_sent(page, tmp_path):
    """The browser says so at the field; the page stays."""
    path = tmp_path / "large.csv"
    path.write_bytes(bytes(20_000_001))
    page.goto("/")
    page.set_input_files("#file", path)
    page.get_by_role("button", name="Read the file").click()

    said = page.eval_on_selector("#file", "field => field.validationMessage")
    assert "at most 20 MB" in said
    assert page.url.endswith("/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_without_moving_sideways(browser, address, scheme):
    """At 360 pixels no page is wider than the screen, in both colour schemes."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": 360, "height": 740},
        color_scheme=scheme,
    )
    page = context.new_page()
    page.goto("/")
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    page.get_by_role("button", name=re.compile("technology-heavy")).click()
    page.wait_for_url("**/runs/run_*")
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    page.locator("[name=mandate]").select_option("none")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("slider").wait_for(timeout=60_000)
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    context.close()

    assert widths == [360, 360, 360]


def test_all_of_it_by_keyboard_and_without_scripts(browser, address, holdings):
    """Without JavaScript the same way leads from upload to workbook."""
    context = browser.new_context(base_url=address, java_script_enabled=False)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto("/")
    page.set_input_files("#file", holdings)
    page.locator("#file").press("Tab")
    page.get_by_role("button", name="Read the file").press("Enter")
    page.wait_for_url("**/runs/run_*")
    page.locator("[name=mandate]").select_option("none")
    page.get_by_role("button", name="Run", exact=True).press("Enter")
    # The page of a run that is under way loads itself again.
    link = page.get_by_role("link", name="Download the workbook")
    link.wait_for()
    with page.expect_download() as waiting:
        link.press("Enter")
    start = Path(waiting.value.path()).read_bytes()[:2]
    context.close()

    assert start == b"PK"
