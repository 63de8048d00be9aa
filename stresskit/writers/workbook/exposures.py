"""The Exposures sheet: the matrix the P&L is computed from, and its shocks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from stresskit.writers.workbook.book import area, cell, column
from stresskit.writers.workbook.layout import FIRST, HEAD, Exp, Layout, Opt, Pos, Scen
from stresskit.writers.workbook.positions import money_width
from stresskit.writers.workbook.styles import SMALL_SHARE, three_digits

if TYPE_CHECKING:
    from stresskit.model import Instrument, PositionResult
    from stresskit.writers.workbook.book import Book, Sheet

LABELS = (
    "Id",
    "Name",
    "Main segment",
    "Region",
    "Issuer",
    "Stressed exposure",
    "Beta",
    "Error of beta",
    "Error of the place",
    "Own disper-sion",
    "Own disper-sion, replay",
    "Own-name return",
    "Own dispersion, issuer",
    "Market return",
    "Own name used",
    "Currency return",
    "Own dispersion, money",
    "Segment return",
    "Return by other factors",
    "Local return",
    "Return used",
    "Growth of errors",
    "Error of the line, money",
    "Held in its currency",
    "At stake at most",
    "Money that errors act on",
    "Money that other factors act on",
    "Error by other factors, money",
    "Convexity",
    "Daily leverage",
    "Own sd of a day",
    "Error of betas, issuer",
    "Error of places, issuer",
    "Own dispersion without segment, issuer",
)
NO_MAIN_SEGMENT = "none"
SHORT_SUM = 40  # lines of one issuer that are added up one by one
PAGE = 230  # characters across one page that can still be read


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Exposures", model=True)
    width = money_width(layout)
    used = len(layout.figures.used)
    widths = [10, 24, 15, 8, 12, width, 6, 6, 6, 7, 7, 8, width, 8, 8, 8, width]
    widths += [9, 8, 8, 8, 7, width]
    widths += [width] * 5 + [8, 8, 8] + [width] * 3
    widths += [8.5] * (used + len(layout.figures.others))
    sheet.widths(widths)
    # One page would be too small to read: the matrix runs over several.
    sheet.raw.fit_to_pages(math.ceil(sum(widths) / PAGE), 0)
    sheet.raw.repeat_columns(0, 1)
    sheet.title(
        "Exposures",
        "How much of each segment's abnormal return a position takes (sensitivity), "
        "and what follows from it; an empty cell is zero. Betas and sensitivities may "
        "be overridden here. Money in {unit}.",
        layout.last_column + 1,
    )
    _top_rows(sheet, layout)
    sheet.header(HEAD, LABELS, left=4, height=92)
    for number, k in enumerate(layout.figures.used):
        name = layout.figures.segment_ids[k]
        sheet.text(HEAD, Exp.SEGMENTS + number, name, "head_up")
    for number, other in enumerate(layout.figures.others):
        col = layout.other_column(number)
        sheet.text(HEAD, col, other.id, "head_up")
        moved = f"=Scenario!{cell(layout.other_first + number, Scen.SCALED)}"
        sheet.formula(Exp.SHOCK, col, moved, other.move, "ret:formula|0.000%")
    for number in range(len(layout.rows)):
        _facts(sheet, layout, number)
        _formulas(sheet, layout, number)
    _instruments(sheet, layout)
    if layout.rows:
        sheet.raw.autofilter(HEAD, 0, layout.last, layout.last_column)
    sheet.raw.freeze_panes(FIRST, 2)
    sheet.raw.repeat_rows(HEAD)


def _top_rows(sheet: Sheet, layout: Layout) -> None:
    """Write shocks, their errors, money exposed and dispersion per segment."""
    f = layout.figures
    labels = {
        Exp.SHOCK: "Shock at this severity",
        Exp.SLOPE: "Standard error of that shock",
        Exp.EXPOSED: "Money exposed ({unit})",
        Exp.EXPOSED_ERROR: "Money that errors act on ({unit})",
        Exp.CLUSTER: "Own dispersion of its members, summed ({unit})",
    }
    for row, label in labels.items():
        sheet.say(row, Exp.SEGMENTS - 8, label, "text:plain")
    clusters: dict[str, float] = {}
    for r, d in zip(layout.rows, f.dispersion, strict=True):
        name = r.exposure.main_segment or NO_MAIN_SEGMENT
        clusters[name] = clusters.get(name, 0.0) + float(d)
    for number, k in enumerate(f.used):
        col = Exp.SEGMENTS + number
        source = layout.segment_first + k
        money = _own_column(layout, Exp.MONEY)
        this = _own_column(layout, col)
        sheet.formula(
            Exp.SHOCK,
            col,
            f"=Scenario!{cell(source, Scen.SCALED)}",
            float(f.scaled[k]),
            "ret",
        )
        sheet.formula(
            Exp.SLOPE,
            col,
            f"=Scenario!{cell(source, Scen.SLOPE)}",
            float(f.slope_error[k]),
            "ret",
        )
        sheet.formula(
            Exp.EXPOSED,
            col,
            f"=SUMPRODUCT({money},{this})",
            float(f.exposed[k]),
            _short(layout, float(f.exposed[k])),
        )
        at_risk = float(f.exposed_error[k])
        sheet.formula(
            Exp.EXPOSED_ERROR,
            col,
            f"=SUMPRODUCT({_own_column(layout, Exp.ERROR_MONEY)},{this})",
            at_risk,
            _short(layout, at_risk),
        )
        sheet.formula(
            Exp.CLUSTER,
            col,
            f"=SUMIF({_own_column(layout, Exp.MAIN)},{cell(HEAD, col)},"
            f"{_own_column(layout, Exp.D)})",
            clusters.get(f.segment_ids[k], 0.0),
            _short(layout, clusters.get(f.segment_ids[k], 0.0)),
        )


def _short(layout: Layout, value: float) -> str:
    shown = three_digits(value, shares=layout.shares, language=layout.language)
    return f"money:formula|{shown}"


def _own_column(layout: Layout, col: int) -> str:
    return layout.exposures(col).removeprefix("Exposures!")


def _facts(sheet: Sheet, layout: Layout, number: int) -> None:
    r = layout.rows[number]
    e, at = r.exposure, FIRST + number
    sheet.text(at, Exp.ID, r.position.id, "text:data")
    sheet.text(at, Exp.NAME, r.position.name, "text:data")
    sheet.text(at, Exp.MAIN, e.main_segment or NO_MAIN_SEGMENT, "text:data")
    shares = [
        f"{name} {layout.language.share(share)}"
        for name, share in e.market_shares.items()
    ]
    sheet.text(at, Exp.REGION, ", ".join(shares) or e.region, "text:data")
    sheet.number(at, Exp.MONEY, r.stressed_exposure, "money:data")
    sheet.number(at, Exp.BETA, e.beta, "num:input")
    sheet.number(at, Exp.BETA_SD, e.beta_sd, "num:data")
    sheet.text(at, Exp.ISSUER, e.issuer, "text:data")
    sheet.number(at, Exp.MAPPING_SD, e.mapping_sd, "ret:data")
    sheet.number(at, Exp.DISPERSION, e.dispersion, "ret:data")
    sheet.number(at, Exp.REPLAY, e.dispersion_replay, "ret:data")
    sheet.number(at, Exp.OWN, e.own_name, f"ret:data|{SMALL_SHARE}")
    f = layout.figures
    sheet.number(at, Exp.HELD, float(f.held[number]), "money:data")
    open_ = float(f.other_error_predicted[number])
    sheet.formula(
        at,
        Exp.OTHER_ERROR,
        f"={open_!r}*{others_open(layout)}",
        float(f.other_error[number]),
        "money",
    )
    sheet.number(at, Exp.CONVEXITY, e.convexity, "num:data")
    sheet.number(at, Exp.LEVERAGE, e.leverage, "num:data")
    sheet.number(at, Exp.SPECIFIC, e.specific_sd, "ret:data")
    if f.optional[number]:
        for col, values in ((Exp.OTHER_VALUE, f.other_value), (Exp.LIMIT, f.limit)):
            sheet.number(at, col, float(values[number]), "money:data")
        moved = f"=Options!{cell(layout.option_row(number), Opt.ERROR_MONEY)}"
        sheet.formula(at, Exp.ERROR_MONEY, moved, float(f.error_money[number]), "money")
    for place, other in enumerate(f.others):
        load = float(other.loadings[number])
        if load:
            sheet.number(at, layout.other_column(place), load, "sens:data")
    sensitivities = layout.figures.sensitivities[number].tolist()
    for place, k in enumerate(layout.figures.used):
        # An empty cell is zero, and leaves the eye and the file what matters.
        if sensitivities[k]:
            sheet.number(at, Exp.SEGMENTS + place, sensitivities[k], "sens:input")


def _leg(layout: Layout, region: str, share: float) -> str:
    """Return a region's market leg, times its share where there are several."""
    leg = f"Scenario!{_scaled(layout.region_row(region))}"
    return leg if share == 1.0 else f"{share!r}*{leg}"


def _formulas(sheet: Sheet, layout: Layout, number: int) -> None:
    f, at = layout.figures, FIRST + number
    n = at + 1
    r = layout.rows[number]
    own = f"{column(Exp.OWN)}{n}"
    row = layout.matrix_row(at)
    money = f"{column(Exp.ERROR_MONEY)}{n}"
    market = f"{column(Exp.MARKET)}{n}"
    spread, slope = f"{column(Exp.D)}{n}", f"{column(Exp.SLOPE_OWN)}{n}"
    local = f"{column(Exp.LOCAL)}{n}"
    used = (
        f'IF(ScenarioMode="replay",{column(Exp.REPLAY)}{n},{column(Exp.DISPERSION)}{n})'
    )
    error = (
        f"SQRT({spread}^2+({money}*{column(Exp.BETA_SD)}{n}*{market})^2"
        f"+({money}*{column(Exp.MAPPING_SD)}{n}*{slope})^2"
        f"+{money}^2*SUMPRODUCT(({row}*{layout.top_row(Exp.SLOPE)})^2)"
        f"+{column(Exp.OTHER_ERROR)}{n}^2)"
    )
    later = layout.result.scenario.day
    if later:
        # A jump does not grow with time; what companies do from day to day does.
        specific = f"{column(Exp.SPECIFIC)}{n}"
        spread_of = f"SQRT(({used}*{slope})^2+{later}*{specific}^2)"
    else:
        spread_of = f"{used}*{slope}"
    if r.exposure.leverage < 0:
        spread_of = f"-({spread_of})"
    if not f.optional[number]:
        base = f"Positions!{column(Pos.BASE)}{n}"
        whole = f"{column(Exp.MONEY)}{n}" if r.exposure.moves else base
        sheet.formula(at, Exp.LIMIT, f"={whole}", float(f.limit[number]), "money")
        for col in (Exp.ERROR_MONEY, Exp.OTHER_VALUE):
            moved = f"={column(Exp.MONEY)}{n}"
            sheet.formula(at, col, moved, float(f.money[number]), "money")
    own_part = "" if f.optional[number] else f"+{column(Exp.OTHER)}{n}"
    formulas = [
        (
            Exp.MARKET,
            "+".join(_leg(layout, n, s) for n, s in r.exposure.markets.items()),
            f.market[number],
            "ret",
        ),
        (
            Exp.OWN_USED,
            f'IF(ScenarioMode="replay",{scale(own)},0)',
            f.own_name[number],
            f"ret:formula|{SMALL_SHARE}",
        ),
        (Exp.FX, _fx(layout, r), f.fx[number], "ret"),
        (Exp.OTHER, _other(layout, number), f.other_return[number], "ret"),
        (Exp.USED, _used(layout, number), f.return_used[number], "ret"),
        (
            Exp.D,
            f"{money}*{spread_of}",
            f.dispersion[number],
            "money",
        ),
        (
            Exp.SEGMENT_RETURN,
            f"SUMPRODUCT({row},{layout.top_row(Exp.SHOCK)})",
            f.segment_return[number],
            "ret",
        ),
        (
            Exp.LOCAL,
            (
                f"{column(Exp.BETA)}{n}*{market}+{column(Exp.SEGMENT_RETURN)}{n}"
                f"+{column(Exp.OWN_USED)}{n}{own_part}"
            ),
            f.local[number],
            "ret",
        ),
        *_issuers(layout, number),
        (
            Exp.SLOPE_OWN,
            (
                f"IF(Severity=0,0,MIN(IF(Severity<1,1,1E+99),Severity*"
                f"MAX(0.000000000001,1+{local})^((Severity-1)/Severity)))"
            ),
            f.slope[number],
            "num",
        ),
        (Exp.ERROR, error, f.error[number], "money"),
    ]
    for col, formula, value, style in formulas:
        sheet.formula(at, col, f"={formula}", float(value), style)


def _issuers(layout: Layout, number: int) -> list[tuple[int, str, float, str]]:
    """Return the columns of what an issuer's lines err together, with formulas.

    A line of a long list refers to the issuer's first, which adds the lines up.
    """
    f, r = layout.figures, layout.rows[number].exposure
    rows = layout.issuer_rows[r.issuer]
    money, market = column(Exp.ERROR_MONEY), column(Exp.MARKET)
    beta, place = column(Exp.BETA_SD), column(Exp.MAPPING_SD)
    slope, spread = column(Exp.SLOPE_OWN), column(Exp.D)

    def whole(*columns: int) -> str:
        return "*".join(_own_column(layout, c) for c in columns)

    same = (
        f"({_own_column(layout, Exp.ISSUER)}={column(Exp.ISSUER)}{FIRST + number + 1})"
    )
    signs = f"(({_own_column(layout, Exp.LEVERAGE)}>0)*2-1)"
    none = f'({_own_column(layout, Exp.MAIN)}="{NO_MAIN_SEGMENT}")'
    alone = [k for k in rows if not layout.rows[k].exposure.main_segment]
    kinds = (
        (Exp.NET, rows, f.net, f"{spread}#", whole(Exp.D), False),
        (
            Exp.NET_BETA,
            rows,
            f.net_beta,
            f"{money}#*{beta}#*{market}#",
            f"{whole(Exp.ERROR_MONEY, Exp.BETA_SD, Exp.MARKET)}*{signs}",
            True,
        ),
        (
            Exp.NET_PLACE,
            rows,
            f.net_place,
            f"{money}#*{place}#*{slope}#",
            f"{whole(Exp.ERROR_MONEY, Exp.MAPPING_SD, Exp.SLOPE_OWN)}*{signs}",
            True,
        ),
        (
            Exp.NET_ALONE,
            alone,
            f.net_alone,
            f"{spread}#",
            f"{none}*{whole(Exp.D)}",
            False,
        ),
    )
    found = []
    for col, lines, values, term, total, turned in kinds:
        if number not in lines:
            formula = "0"
        else:
            long = f"SUMPRODUCT({same}*{total})"
            formula = _added(layout, number, lines, col, term, long, turned=turned)
        found.append((col, formula, float(values[number]), "money"))
    return found


def _added(
    layout: Layout,
    number: int,
    rows: list[int],
    col: int,
    term: str,
    long: str,
    *,
    turned: bool,
) -> str:
    """Return the formula of a sum over an issuer's lines, with the line's own sign."""

    def sign(k: int) -> int:
        return -1 if turned and layout.rows[k].exposure.leverage < 0 else 1

    own, first = sign(number), rows[0]
    if number != first:
        minus = "-" if own != sign(first) else ""
        return f"{minus}{column(col)}{FIRST + first + 1}"
    if len(rows) > SHORT_SUM:
        return f"{'-' if own < 0 else ''}{long}"
    terms = (
        ("-" if sign(k) != own else "+") + term.replace("#", str(FIRST + k + 1))
        for k in rows
    )
    return "".join(terms).removeprefix("+")


def scale(value: str, severity: str = "Severity") -> str:
    """Return the formula that scales a return at severity 1 to a severity."""
    exponent = f"IF({value}<0,{severity},MIN({severity},1))"
    return f"EXP({exponent}*LN(1+{value}))-1"


def _scaled(row: int) -> str:
    return cell(row, Scen.SCALED)


def others_open(layout: Layout) -> str:
    """Return the formula of how far other factors stay open; no day replayed does."""
    scenario = layout.result.scenario
    if scenario.others:
        return "MIN(Severity,1)" if scenario.others == "predictive" else "0"
    return 'IF(ScenarioMode="replay",0,MIN(Severity,1))'


def _fx(layout: Layout, r: PositionResult) -> str:
    """Return the formula of a position's currency return, in its currencies' shares."""
    own = {r.position.currency: 1.0} if r.position.currency else {}
    terms = []
    for currency, share in (r.exposure.currencies or own).items():
        if currency in layout.currencies:
            row = layout.fx_first + layout.currencies.index(currency)
            at = f"Scenario!{_scaled(row)}"
            terms.append(at if share == 1.0 else f"{share!r}*{at}")
    return "+".join(terms) or "0"


def _other(layout: Layout, number: int) -> str:
    """Return the formula of the return by other factors, convexity included."""
    others, n = layout.figures.others, FIRST + number + 1
    if not others:
        return "0"
    first, last = layout.other_column(0), layout.other_column(len(others) - 1)
    loads = f"{column(first)}{n}:{column(last)}{n}"
    moves = area(Exp.SHOCK, first, Exp.SHOCK, last)
    formula = f"SUMPRODUCT({loads},{moves})"
    for place, other in enumerate(others):
        if other.kind == "rate" and other.loadings[number]:
            moved = cell(Exp.SHOCK, layout.other_column(place))
            formula += f"+0.5*{column(Exp.CONVEXITY)}{n}*{moved}^2"
    return formula


def _used(layout: Layout, number: int) -> str:
    """Return the formula of what the money moves by: compounded over a path."""
    f, n = layout.figures, FIRST + number + 1
    local, leverage = f"{column(Exp.LOCAL)}{n}", f"{column(Exp.LEVERAGE)}{n}"
    if f.sessions == 1 or f.daily[number] == 1.0:
        return local
    k = f.sessions
    daily = f"{leverage}*((1+MAX(-1,{local}/{leverage}))^(1/{k})-1)"
    return f"MAX(0,1+{daily})^{k}-1"


def _instruments(sheet: Sheet, layout: Layout) -> None:
    """Write what orders are in, under the positions and in the same columns."""
    if not layout.instruments:
        return
    first = layout.instrument_first
    sheet.section(first - 2, 0, layout.last_column, "Instruments that orders are in")
    note = "Their return is floored at -100%. A return without a formula is as run."
    sheet.say(first - 1, 0, note, "note")
    for number, instrument in enumerate(layout.instruments):
        _instrument(sheet, layout, first + number, instrument)


def _instrument(sheet: Sheet, layout: Layout, at: int, i: Instrument) -> None:
    import numpy as np

    f, e, n = layout.figures, i.exposure, at + 1
    sens = np.array([i.sensitivities.get(k, 0.0) for k in f.segment_ids])
    move = float(sens @ f.scaled)
    scaled = {r.name: r.scaled for r in f.regions}
    markets = [(name, share) for name, share in e.markets.items() if name in scaled]
    market = sum(share * scaled[name] for name, share in markets)
    replay = layout.result.scenario.mode == "replay"
    own = scaled_own(e.own_name, layout.result.scenario.severity) if replay else 0.0
    local = max(-1.0, i.beta * market + move + own)
    sheet.text(at, Exp.ID, i.ticker, "text:data")
    sheet.text(at, Exp.NAME, i.data.name, "text:data")
    sheet.text(at, Exp.REGION, " ".join(e.markets), "text:data")
    sheet.number(at, Exp.BETA, i.beta, "num:data")
    sheet.number(at, Exp.OWN, e.own_name, "ret:data")
    for place, k in enumerate(f.used):
        sheet.number(at, Exp.SEGMENTS + place, float(sens[k]), "sens:data")
    legs = "+".join(_leg(layout, name, share) for name, share in markets) or "0"
    sheet.formula(at, Exp.MARKET, f"={legs}", market, "ret")
    moved = f"=SUMPRODUCT({layout.matrix_row(at)},{layout.top_row(Exp.SHOCK)})"
    sheet.formula(at, Exp.SEGMENT_RETURN, moved, move, "ret")
    used = f'=IF(ScenarioMode="replay",{scale(f"{column(Exp.OWN)}{n}")},0)'
    sheet.formula(at, Exp.OWN_USED, used, own, "ret")
    if not math.isclose(local, i.local_return, rel_tol=1e-9, abs_tol=1e-12):
        # Currencies, rates or a path of daily leverage are in it: as run.
        sheet.number(at, Exp.LOCAL, i.local_return, "ret:data")
        return
    formula = (
        f"=MAX(-1,{column(Exp.BETA)}{n}*{column(Exp.MARKET)}{n}"
        f"+{column(Exp.SEGMENT_RETURN)}{n}+{column(Exp.OWN_USED)}{n})"
    )
    sheet.formula(at, Exp.LOCAL, formula, local, "ret")


def scaled_own(own: float, severity: float) -> float:
    """Return an own-name return at a severity, as the formula gives it."""
    exponent = severity if own < 0 else min(severity, 1.0)
    return math.exp(exponent * math.log1p(own)) - 1.0
