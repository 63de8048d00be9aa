from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from pages_made import (
    EXAMPLES,
    HOSTILE,
    LIMITS,
    NAMES,
    PAGES,
    USER,
    Read,
    Run,
    choices,
    example,
    faults_of,
    run_of,
)

from stresskit.web.page import Chosen, Correction, Problem, Step, User, View
from stresskit.web.page.render import HERE, STATIC

Answer = tuple[dict[str, Any], list[dict[str, Any]]]


def shown(
    result: dict[str, Any],
    levels: list[dict[str, Any]] | None = None,
    view: View | None = None,
    **run: Any,
) -> str:
    """Return the page of a result."""
    return PAGES.result(
        run_of(result, **run), result, levels or [], view or View(), csrf="c", user=USER
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_every_example_is_well_formed_and_safe(name: str) -> None:
    """No fault of form, label, table or policy in a whole result with hedges."""
    page = shown(example(name))

    assert faults_of(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_pictures_tables_and_result_have_the_same_figures(name: str) -> None:
    """What the waterfall draws is in the table, adds up, and is the result's."""
    result = example(name)
    read = Read(shown(result))

    steps = read.table("P&L by source").rows[1:]
    amounts = [float(row[1].replace("−", "-").replace(",", "")) for row in steps]
    pnl = result["summary"]["pnl"]
    assert amounts[-1] == pytest.approx(pnl, abs=0.51)
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=0.5 * len(amounts))
    assert steps[-1][0] == "P&L"
    bars = drawn(shown(result), "waterfall")
    assert [row[:2] for row in steps] == [list(bar[:2]) for bar in bars]
    scale = max(w for _, _, w in bars) / max(abs(a) for a in amounts)
    assert [w for _, _, w in bars] == pytest.approx(
        [abs(a) * scale for a in amounts], abs=0.05
    )
    segments = read.table("P&L by segment").rows[1:]
    of_bars = drawn(shown(result), "segments")
    assert [row[:2] for row in segments] == [list(bar[:2]) for bar in of_bars]


def drawn(page: str, id_: str) -> list[tuple[str, str, float]]:
    """Return a picture's bars: label, figure, width in percent."""
    start = page.index(f'aria-labelledby="{id_}-title')
    picture = page[start : page.index("</svg>", start)]
    words = re.findall(r'<text class="(?:label|figure)[^>]*>([^<]*)<', picture)
    widths = re.findall(r'<rect class="bar-of[^>]* width="([\d.]+)%"', picture)
    labels = [w.replace("&amp;", "&") for w in words[::2]]
    rows = zip(labels, words[1::2], widths, strict=True)
    return [(label, figure, float(width)) for label, figure, width in rows]


def test_the_sentence_is_the_terminal_s_in_three_digits() -> None:
    """Headline, band and coverage as the summary has them, with true minus signs."""
    result = example("us-growth")
    text = " ".join(Read(shown(result)).text.split())

    assert (
        "A portfolio would lose 263,000 USD (8.22%) in deepseek-2025-01-27@3 at "
        "severity 1 (factor mode). 90% band given the scenario −313,000 to −213,000 "
        "USD." in text
    )
    assert "89% of the value and 89% of the risk are known (green)." in text


def test_the_slider_changes_sentences_pictures_and_positions(growth: Answer) -> None:
    """Every figure of the fragment is the level's, and it says what stays as run."""
    result, levels = growth
    fragment = PAGES.figures(run_of(result), result, levels, View(severity=2.0))

    level = next(v for v in levels if v["severity"] == 2.0)
    total = f"−{abs(level['summary']['pnl']):,.0f}"
    assert faults_of(fragment, whole=False) == []
    assert Read(fragment).table("P&L by source").rows[-1][1] == total
    assert "as run, at severity 1." in fragment
    worst = min(level["by_position"], key=lambda p: p["pnl"])["pnl"]
    assert Read(fragment).table("Positions").rows[1][1] == f"−{abs(worst):,.0f}"


def test_a_severity_of_zero_moves_nothing(growth: Answer) -> None:
    """The page speaks of no change, and divides by no zero."""
    result, levels = growth
    page = shown(result, levels, View(severity=0.0))

    assert faults_of(page) == []
    assert "would keep its value in" in page
    assert "Together no change." in page


def test_without_levels_there_is_no_slider() -> None:
    """A result alone is shown as run."""
    assert 'type="range"' not in shown(example("us-growth"))


def test_weights_are_shown_as_shares_of_the_value(weights: Answer) -> None:
    """A file of weights is answered in percent, nowhere in money."""
    result, levels = weights
    page = shown(result, levels)

    assert faults_of(page) == []
    assert "% of its value in" in page
    table = Read(page).table("P&L by source")
    assert "in % of the value" in table.caption
    assert table.rows[0] == ["Source", "P&L"]


def test_nothing_covered_and_no_segment_is_still_a_page() -> None:
    """Empty tables say so; the light is red and in words."""
    result = example("us-growth")
    result["by_segment"] = []
    result["summary"]["coverage_ratio"] = 0.0
    result["summary"]["coverage"] |= {"by_value": 0.0, "by_risk": 0.0, "light": "red"}
    for row in result["by_position"]:
        row |= {"covered": False, "description": {}, "segments": {}}
    result["attribution"] |= {"segments": 0.0}
    page = shown(result)

    assert faults_of(page) == []
    assert "Nothing in the portfolio is exposed to this event." in page
    assert "Only 0% of the gross value is covered." in page
    assert page.count("not covered") == len(result["by_position"])


def test_gains_are_told_from_losses_without_colour() -> None:
    """Losses have a minus, gains a hatched bar; the words say which."""
    page = shown(example("multi-asset"))

    waterfall = page[page.index('id="waterfall-words"') :].split("</svg>")[0]
    assert "a gain of" in waterfall.split("</desc>")[0]
    for bar in re.findall(r"<rect class=\"bar-of[^>]*>", waterfall):
        assert ("url(#waterfall-hatch)" in bar) == ("gain" in bar)


def test_a_gain_says_that_there_is_nothing_to_take_away() -> None:
    """No hedge is suggested against a gain; none asked for is told apart."""
    result = example("us-growth") | {"hedges": []}

    assert "nothing is suggested" in shown(result)
    assert "No hedges were asked for" in shown(result | {"hedge_plan": None})


def test_hostile_text_is_escaped_cut_and_kept_whole_in_titles() -> None:
    """No text of a user becomes a tag, an attribute, a template or a control."""
    result = copy.deepcopy(example("us-growth"))
    for row, text in zip(result["by_position"], HOSTILE, strict=False):
        row |= {"name": text, "matched": text, "basis": text, "suggestions": [text]}
        row["identifiers"]["ticker"] = text
    for row, text in zip(result["by_segment"], HOSTILE, strict=False):
        row["title"] = text
    fields = ("message", "fix", "sheet", "column", "value")
    result["issues"] = [
        {"severity": "warning", "money": 1.0, "row": 1} | dict.fromkeys(fields, t)
        for t in HOSTILE
    ]
    for text in HOSTILE:
        page = shown(result, view=View.of({"text": text}), name=text, input_name=text)
        hostile = [
            *("<script>alert", "<img", "\x00", "\x1b", "\u202e", "' autofocus onfocus")
        ]

        assert faults_of(page) == []
        assert [h for h in hostile if h in page] == []
    assert f'title="{"A" * 32_000}"' in shown(result)
    assert "{{7*7}}{% raise %}" in shown(result)


def test_the_first_page_works_as_a_plain_form() -> None:
    """A multipart form with its token, the limits in words, runs, examples."""
    runs = [
        run_of(example("us-growth"), name=HOSTILE[0]),
        Run(status="failed", input_name=HOSTILE[1], factor=None),
    ]
    error = Problem(title="No", errors=[{"message": HOSTILE[0], "sheet": "S"}])
    page = PAGES.home(
        runs, csrf="t", user=USER, limits=LIMITS, examples=EXAMPLES, error=error
    )

    assert faults_of(page) == []
    assert 'action="/runs" enctype="multipart/form-data"' in page
    assert "up to 20 MB" in page
    assert "−262,989 USD" in page
    forms, tokens = page.count('method="post"'), page.count('name="csrf" value="t"')
    assert forms == tokens


def test_who_may_only_read_sees_no_upload() -> None:
    """The role decides what is offered."""
    reader = User(may_run=False)
    page = PAGES.home([], csrf="t", user=reader, limits=LIMITS, examples=EXAMPLES)

    assert 'type="file"' not in page


Drafted = tuple[dict[str, Any], dict[str, Any]]


def test_the_preview_begins_with_issues_in_the_file_s_coordinates(
    drafted: Drafted,
) -> None:
    """Errors first, then warnings; each with place, cell, fix and money."""
    holdings, mapping = copy.deepcopy(drafted)
    found = {"message": "m", "fix": "f", "sheet": "S", "row": 7, "column": "C"}
    holdings["issues"] = [
        {"severity": "warning", "value": "12 x", "money": 5.0, **found},
        {"severity": "error", "value": None, "money": None, **found},
    ]
    page = PAGES.preview(
        Run(status="draft"),
        holdings,
        mapping,
        choices(),
        Chosen(),
        csrf="c",
        user=USER,
        errors={"severity": "Give a number.", "": "Look below."},
    )

    assert faults_of(page) == []
    assert page.index(">Errors") < page.index(">Warnings") < page.index("places-capt")
    assert "sheet S, row 7, column C" in page
    assert "12 x" in page
    assert 'aria-invalid="true" aria-describedby="q-severity-wrong"' in page
    assert 'name="value"' in page


def test_many_issues_show_the_most_money_first_and_the_rest_on_demand(
    drafted: Drafted,
) -> None:
    """What has no amount is about the whole file, and stands before all."""
    holdings, mapping = copy.deepcopy(drafted)
    stakes = [*range(1, 10), None]
    holdings["issues"] = [
        {"severity": "warning", "message": f"m{s};", "fix": "", "money": s}
        for s in stakes
    ]
    mapping["issues"] = []
    page = PAGES.preview(
        Run(status="draft"), holdings, mapping, choices(), Chosen(), csrf="c", user=USER
    )

    assert faults_of(page) == []
    assert re.findall(r">m(\w+);", page) == ["None", *"987654321"]
    assert page.index(">m5;") < page.index("4 more</summary>") < page.index(">m4;")


def test_a_correction_comes_back_as_typed_with_what_is_wrong(
    drafted: Drafted,
) -> None:
    """The form stays open, the fields keep their text, the error is tied to one."""
    holdings, mapping = drafted
    correction = Correction(
        position="p2",
        segments=[("MEMORY", "sixty")],
        errors={"share_1": "Give a percentage."},
    )
    draft = Run(status="draft")
    row = PAGES.mapping_row(
        draft, holdings, mapping, choices(), "p2", csrf="c", correction=correction
    )

    table = f"<table><caption>Rows</caption>{row}</table>"
    assert faults_of(table, whole=False) == []
    assert 'value="sixty"' in row
    assert 'aria-describedby="row-2-share-1-wrong"' in row
    assert '<option value="MEMORY" selected>' in row


def test_a_corrected_row_says_by_you_and_takes_the_focus(drafted: Drafted) -> None:
    """After saving, the row is shown as it is now."""
    holdings, mapping = copy.deepcopy(drafted)
    mapping["positions"][0] |= {"source": "override", "description": {"MEMORY": 1.0}}
    draft = Run(status="draft")
    row = PAGES.mapping_row(draft, holdings, mapping, choices(), "p1", csrf="c")

    assert "by you" in row
    assert "Memory 100%" in row
    assert "autofocus" in row
    assert "<form" not in row


def test_progress_is_polled_and_reloads_without_scripts() -> None:
    """Words and a measure; who waits is told how many are before."""
    run = Run(status="running", summary={"name": "Fund"})
    page = PAGES.progress(
        run, Step(words="Placing", number=2, of=5), csrf="c", user=USER
    )

    assert faults_of(page) == []
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "Step 2 of 5" in page
    assert "2 runs are before" in PAGES.progress_fragment(Step(ahead=2))


def test_failure_sign_in_and_problem_say_what_to_do() -> None:
    """Each page is whole and names the fix."""
    failed = PAGES.failed(
        Run(status="failed"),
        Problem(title=HOSTILE[0], detail=HOSTILE[1], fix="Do this."),
        csrf="c",
        user=USER,
    )
    problem = PAGES.problem(404, "No such run", "It is gone.", "Look elsewhere.")
    sign_in = PAGES.sign_in(csrf="c", error="Not known.", next_='"><x>')

    for page in (failed, problem, sign_in):
        assert faults_of(page) == []
    assert "Do this." in failed
    assert "Look elsewhere." in problem
    assert "Not known." in sign_in
    assert "<b>" in PAGES.notice("Gone", "It is gone.")


def test_htmx_is_the_file_that_is_written_down() -> None:
    """The copy is unchanged, and injects no style."""
    import hashlib

    content = (STATIC / "htmx.min.js").read_bytes()
    noted = (STATIC / "README.md").read_text(encoding="utf-8")
    base = (HERE / "templates" / "base.html").read_text(encoding="utf-8")

    assert hashlib.sha256(content).hexdigest() in noted
    assert '"includeIndicatorCSS": false' in base
    assert b'meta[name="htmx-config"]' in content
    assert b"includeIndicatorCSS" in content


def contrast(a: str, b: str) -> float:
    """Return the contrast of two colours by WCAG 2."""
    channels = [[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in (a, b)]
    light, dark = sorted(
        (
            0.05
            + sum(
                w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
                for w, c in zip((0.2126, 0.7152, 0.0722), colour, strict=True)
            )
            for colour in channels
        ),
        reverse=True,
    )
    return light / dark


@pytest.mark.parametrize("scheme", [0, 1])
def test_words_and_marks_stand_out_in_both_schemes(scheme: int) -> None:
    """4.5 to 1 for text, 3 to 1 for the edges of fields, on every ground."""
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    grounds = ("paper", "sheet", "wash", "loss-wash", "warn-wash")
    texts = ("ink", "muted", "link", "loss", "gain", "warn", "primary")
    low = [
        (text, ground)
        for text in texts
        for ground in grounds
        if contrast(colours[text], colours[ground]) < 4.5
    ]

    assert low == []
    assert contrast(colours["on-primary"], colours["primary"]) >= 4.5
    assert min(contrast(colours["strong"], colours[g]) for g in grounds[:2]) >= 3


def test_templates_have_no_style_or_script_of_their_own() -> None:
    """Nothing that the policy forbids is written anywhere."""
    forbidden = re.compile(r"\sstyle=|\son\w+=|hx-on|javascript:|js:|\|\s*safe")
    found = [
        path.name
        for path in Path(HERE / "templates").glob("*.html")
        if forbidden.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []
