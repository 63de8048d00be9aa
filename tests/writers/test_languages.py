"""Reports in German and French: nothing forgotten, nothing miscalculated."""

from __future__ import annotations

import datetime as dt
import io
import re
import tomllib
from dataclasses import replace
from types import SimpleNamespace

import openpyxl
import pytest
from live_workbook import Live

from stresskit.model import HedgePlan, Presentation, StressResult
from stresskit.model.batch import FAILURES, BatchLine, BatchSummary
from stresskit.writers.comparison import comparison_bytes
from stresskit.writers.workbook import language as module
from stresskit.writers.workbook import workbook_bytes
from stresskit.writers.workbook.language import FOLDER, Language
from stresskit.writers.workbook.layout import Layout

CODES = ("de", "fr")
BLANK = re.compile(r"\{\w*\}")
SHEETS = (
    *("Summary", "Scenario", "Attribution", "Heat map", "Breakdowns", "Positions"),
    *("Exposures", "Options", "Scenarios", "Sensitivities", "Grid", "Hedges"),
    *("Hedge detail", "Order values", "Data quality", "Validation", "Assumptions"),
    *("Method", "Limitations", "Checks", "Run log"),
)
COMPARISON = (
    *("Summary", "League table", "Limits breached", "Distribution", "Segments"),
    *("Coverage", "Not done", "Run log"),
)


def catalogue(code: str) -> dict[str, dict[str, str]]:
    """Return a language's texts as its file has them."""
    return tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))


def pairs(code: str) -> list[tuple[str, str]]:
    """Return each text and pattern with what it becomes."""
    found = catalogue(code)
    return [*found["texts"].items(), *found["patterns"].items()]


def in_language(code: str, **look: object) -> Presentation:
    """Return the look of a report in a language."""
    return Presentation(language=code, **look)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["texts", "patterns"])
def test_both_catalogues_have_the_same_keys_in_the_same_order(part: str) -> None:
    """A text put into one language is put into the other."""
    german, french = (list(catalogue(code)[part]) for code in CODES)
    assert german == french


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_blanks_of_its_text(code: str) -> None:
    """Figures and names have their place in each translation."""
    odd = {
        text: said
        for text, said in pairs(code)
        if sorted(BLANK.findall(text)) != sorted(BLANK.findall(said))
    }
    assert odd == {}


@pytest.mark.parametrize("code", CODES)
def test_a_translation_can_stand_in_a_formula(code: str) -> None:
    """A double quote would end the text within a formula."""
    # A quote would end the literal; none is empty or longer than a cell takes.
    odd = [t for _, t in pairs(code) if '"' in t or not t.strip() or len(t) > 32767]
    assert odd == []


@pytest.mark.parametrize("code", CODES)
def test_a_translation_keeps_the_spaces_that_sentences_are_joined_by(code: str) -> None:
    """Sentences are put together as in English."""
    texts = catalogue(code)["texts"]
    odd = [k for k, v in texts.items() if k[0].isspace() != v[0].isspace()]
    odd += [k for k, v in texts.items() if k[-1].isspace() != v[-1].isspace()]
    assert odd == []


def test_french_has_a_thin_space_before_high_marks() -> None:
    """French marks have their space, and it does not break."""
    odd = [t for _, t in pairs("fr") if re.search(r"[^\W\d][;!?]|[\w)}] [:;!?]", t)]
    assert odd == []


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("names", [SHEETS, COMPARISON])
def test_sheets_have_valid_names_of_their_own(
    code: str, names: tuple[str, ...]
) -> None:
    """A sheet's name is short, without marks, and no other's."""
    texts = catalogue(code)["texts"]
    shown = [texts[name] for name in names]
    assert len({name.casefold() for name in shown}) == len(names)
    odd = [n for n in shown if len(n) > 31 or re.search(r"[\[\]:*?/\\'’]", n)]
    assert odd == []


def test_the_names_of_sheets_are_those_of_a_report(
    result: StressResult, plan: HedgePlan
) -> None:
    """The names tested are those that reports have."""
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(result, plan)))
    assert set(book.sheetnames) <= set(SHEETS)


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[Language]:
    """Return the languages that reports are written in, as they are written."""
    found: list[Language] = []
    begin = Language.__init__

    def kept(self: Language, *given: object, **named: object) -> None:
        begin(self, *given, **named)  # type: ignore[arg-type]
        found.append(self)

    monkeypatch.setattr(module.Language, "__init__", kept)
    return found


def missing(spoken: list[Language], code: str) -> set[str]:
    """Return our own texts that a language lacked."""
    told = [x for x in spoken if x.code == code]
    assert told
    return set().union(*(x.missing for x in told))


@pytest.mark.parametrize("code", CODES)
def test_no_text_is_missing(
    spoken: list[Language],
    code: str,
    result: StressResult,
    plan: HedgePlan,
    gains: StressResult,
    weights: StressResult,
    replay: StressResult,
) -> None:
    """Reports with and without a plan say everything in the language."""
    shown = in_language(code, client="A Client")
    workbook_bytes(result, plan, presentation=shown)
    for without in (result, gains, weights, replay):
        workbook_bytes(without, presentation=shown)
    assert missing(spoken, code) == set()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("whole", ["", "portfolios"])
def test_no_text_of_a_comparison_is_missing(
    spoken: list[Language], code: str, share: bool, whole: str
) -> None:
    """Comparisons of few and many, of failures and without any, say everything."""
    done = BatchLine(
        file="a.csv", output="", currency="USD", value=1e3, pnl=-200.0, pnl_pct=-0.2
    )
    weights = replace(done, value=None, pnl=None, light="red")
    failed = [replace(done, status=status) for status in FAILURES]
    many = BatchSummary(
        lines=(*[done] * 60, weights, *[replace(done, light="green")] * 1000, *failed),
        limit=0.1 if share else 105.0,
        limit_share=share,
        hedged=True,
        created=dt.datetime(2025, 2, 3, 9, 30),  # noqa: DTZ001 - no zone in xlsx
        left_out=(("notes.pdf", "no ending of holdings"),),
        whole=whole,
    )
    calm = replace(many, lines=(replace(done, pnl=1.0, pnl_pct=0.001, light="green"),))
    for summary in (many, replace(many, lines=(*many.lines, *failed)), calm):
        comparison_bytes(summary, presentation=in_language(code))
    assert missing(spoken, code) == set()


@pytest.mark.parametrize("code", CODES)
def test_no_text_of_other_branches_is_missing(
    spoken: list[Language], code: str, by_hand: SimpleNamespace
) -> None:
    """Rarer texts are there: stated events, variants, few drivers."""
    # An event stated by its author, and one told with other weights.
    still = by_hand.stress(*by_hand.holdings(), by_hand.Inputs())
    for changes in ({"stated": True}, {"variant": {"drivers": {"x": 1.5}}}):
        factor = replace(still.scenario.factor, basis="other@1", **changes)
        told = replace(still, scenario=replace(still.scenario, factor=factor))
        workbook_bytes(told, presentation=in_language(code))
    words = layout_of(still, code).sentences
    parts = [("AI accelerators", "Attribution!$B$55", -1.0)] * 3
    said = [words.drivers(parts[:n]).value for n in range(4)]
    assert len(set(said)) == 4
    assert missing(spoken, code) == set()


@pytest.mark.parametrize("code", CODES)
def test_every_formula_gives_its_value(
    code: str, result: StressResult, plan: HedgePlan
) -> None:
    """A translated report calculates what it shows."""
    live = Live(result, plan, in_language(code))
    assert live.differences(abs(result.base_value)) == []
    assert live["MasterCheck"] is True


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("which", ["gains", "weights", "replay"])
def test_every_formula_gives_its_value_in_other_reports(
    code: str, which: str, request: pytest.FixtureRequest
) -> None:
    """So do gains, weights and a replay."""
    given: StressResult = request.getfixturevalue(which)
    live = Live(given, None, in_language(code))
    assert live.differences(max(abs(given.base_value), 1.0)) == []


@pytest.mark.parametrize("code", CODES)
def test_a_country_called_like_a_region_is_found_again(
    code: str, by_hand: SimpleNamespace
) -> None:
    """The heat map's formulas compare heads with what Positions has."""
    positions, exposures = by_hand.holdings()
    countries = ["US", "FR"] * len(positions)
    named = [replace(p, country=c) for p, c in zip(positions, countries, strict=False)]
    given = by_hand.stress(named, exposures, by_hand.Inputs())
    assert Live(given, None, in_language(code)).differences(given.base_value) == []


def layout_of(result: StressResult, code: str) -> Layout:
    """Return where everything is in a report in a language."""
    from stresskit.writers.workbook.figures import compute

    shown, language = in_language(code), Language(code)
    return Layout(result, None, compute(result, None), shown, None, language)


def answer(result: StressResult, code: str) -> str:
    """Return the summary's sentence."""
    return layout_of(result, code).sentences.answer().value


def made(result: StressResult, pnl: float, low: float, high: float) -> StressResult:
    """Return the result with another answer; 2,000,000 before, all of it covered."""
    band = replace(result.band, low=low, high=high, level=0.9)
    return replace(
        result, pnl=pnl, base_value=2e6, currency="CHF", band=band, coverage_ratio=1.0
    )


def test_the_answer_of_a_loss(result: StressResult) -> None:
    """A loss reads as written out by hand."""
    loss = made(result, -123_456.0, -1_234_567.0, 98_765.0)
    assert answer(loss, "de") == (
        "Bei einem Ereignis dieser Art (Schwere 1,00) würde dieses Portfolio "
        "CHF\xa0123.000 (6,17\xa0% seines Werts) verlieren. Spanne zu 90\xa0%: Verlust "
        "von CHF\xa01,23 Mio. bis Gewinn von CHF\xa098.800, gegeben das Szenario."
    )
    assert answer(loss, "fr") == (
        "Lors d’un événement de ce type (sévérité 1,00), ce portefeuille perdrait "
        "CHF\xa0123\u202f000 (6,17\xa0% de sa valeur). La fourchette à 90\xa0%, "
        "scénario donné, est comprise entre une perte de CHF\xa01,23 M et un gain de "
        "CHF\xa098\u202f800."
    )


def test_the_answer_of_a_gain_replayed(replay: StressResult) -> None:
    """A gain of the same day reads as written out by hand."""
    gain = made(replay, 50_000.0, 0.0, 100_000.0)
    assert answer(gain, "de") == (
        "Bei einer Wiederholung desselben Tages (Schwere 1,50) würde dieses Portfolio "
        "CHF\xa050.000 (2,50\xa0% seines Werts) gewinnen. Spanne zu 90\xa0%: keine "
        "Veränderung bis Gewinn von CHF\xa0100.000, gegeben das Szenario."
    )
    assert answer(gain, "fr") == (
        "Si le même jour revenait (sévérité 1,50), ce portefeuille gagnerait "
        "CHF\xa050\u202f000 (2,50\xa0% de sa valeur). La fourchette à 90\xa0%, "
        "scénario donné, est comprise entre aucune variation et un gain de "
        "CHF\xa0100\u202f000."
    )


def test_the_answer_of_no_change_with_little_covered(result: StressResult) -> None:
    """No change and a caveat read as written out by hand."""
    still = replace(made(result, 0.0, -1e9, 1e9), coverage_ratio=0.62)
    assert answer(still, "de") == (
        "Bei einem Ereignis dieser Art (Schwere 1,00) würde dieses Portfolio seinen "
        "Wert behalten. Spanne zu 90\xa0%: Verlust von CHF\xa01,00 Mrd. bis "
        "Gewinn von CHF\xa01,00 Mrd., gegeben das Szenario. Nur 62\xa0% des "
        "Bruttowerts sind abgedeckt."
    )
    assert answer(still, "fr") == (
        "Lors d’un événement de ce type (sévérité 1,00), ce portefeuille garderait sa "
        "valeur. La fourchette à 90\xa0%, scénario donné, est comprise entre une perte "
        "de CHF\xa01,00 Md et un gain de CHF\xa01,00 Md. Seulement 62\xa0% de la "
        "valeur brute est traitée."
    )


def test_a_sentence_of_the_engine_is_told_with_the_marks_of_the_language() -> None:
    """Figures in a sentence change their marks."""
    text = (
        "A loss of 116,841 EUR takes this event at severity 6.73 (1 is the event "
        "itself: DeepSeek: doubt about AI data-centre spending)."
    )
    assert Language("de").data(text) == (
        "Ein Verlust von 116.841 EUR braucht dieses Ereignis mit Schwere 6,73 (1 ist "
        "das Ereignis selbst: DeepSeek: Zweifel an den Ausgaben für KI-Rechenzentren)."
    )


def test_a_list_in_a_sentence_is_told_piece_by_piece() -> None:
    """Names in a list are translated, each with its figure."""
    text = (
        "The likeliest way to lose 1,250 USD is Memory -12.3%; US Treasury yields "
        "+5 bp; Nobody Ltd: a distance of 19.1 from an ordinary day."
    )
    assert Language("fr").data(text) == (
        "La façon la plus vraisemblable de perdre 1\u202f250 USD\u202f: Mémoire "
        "-12,3\xa0%; Rendements des bons du Trésor américain +5 bp; Nobody Ltd. "
        "Distance d’un jour ordinaire\u202f: 19,1."
    )
    limits = Language("de").data(
        "Options can take away 39% of the loss, not 50%. Limited by: premium, cap of "
        "ANET (5.0%), number of tickets (4)."
    )
    assert limits == (
        "Optionen: erreichbar sind 39\xa0% des Verlusts, nicht 50\xa0%. Begrenzt "
        "durch: Prämie, Obergrenze ANET (5,0\xa0%), Zahl der Aufträge (4)."
    )


def test_an_option_of_a_command_keeps_its_point() -> None:
    """What is to be typed is not translated."""
    text = (
        "Ask for a smaller share (--hedge-target 0.48), or move the limit cap of VRT "
        "(5.0%) from 5.0% to 10.0%: that reaches 99%."
    )
    assert Language("de").data(text) == (
        "Einen kleineren Anteil verlangen (--hedge-target 0.48) oder die Limite "
        "verschieben, Obergrenze VRT (5,0\xa0%), von 5,0\xa0% auf 10,0\xa0%: Das "
        "erreicht 99\xa0%."
    )


@pytest.mark.parametrize("text", ["Nobody knows this.", "NVDA", "2024-12-31", ""])
def test_what_is_not_known_stays_as_it_is(text: str) -> None:
    """Names and unknown texts are left alone."""
    language = Language("de")
    assert language.data(text) == text
    assert language.untold == {text} - {""}
