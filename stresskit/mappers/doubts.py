"""What the user must know where codes and names of a row do not say one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.model import Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.mappers.directory import Listing
    from stresskit.model import Fund, Position, Security

LABELS = {"wkn": "WKN", "valor": "valor"}
# A ticker and nothing beside it. From so many on they are one fault of the file.
TICKER_ALONE = "ticker-alone"
MANY, SHOWN = 4, 10


def unlike_name(position: Position, item: Security | Fund, by: str, said: str) -> Issue:
    """Return the issue of a code that was believed beside an unlike name."""
    return Issue(
        code="name-differs",
        severity="warning",
        message=f"The {by} is that of {item.name}, {said}; the {by} was believed.",
        fix="Correct the row if it is the other company.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )


def another_name(position: Position, listing: Listing) -> Issue:
    """Return the issue of a ticker at its exchange beside another company's name."""
    return Issue(
        code="name-differs",
        severity="warning",
        message=f"The ticker {position.identifiers.ticker} at its exchange is that of "
        f"{listing.item.name}; the name beside it, {position.name}, is another one. "
        "The ticker was not used.",
        fix="Give an ISIN, or correct the ticker or the name.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )


def ambiguous(
    position: Position,
    candidates: Sequence[Listing],
    *,
    named: bool,
    currency: str | None,
) -> Issue:
    """Return the issue of a ticker that several securities have, or none confirms."""
    names = ", ".join(
        dict.fromkeys(f"{x.item.name} ({x.ticker}:{x.mic})" for x in candidates)
    )
    ticker = position.identifiers.ticker
    if named:
        why = f"{position.name}: the ticker {ticker} is that of {names}, and the name "
        why += "beside it does not say so"
    else:
        why = (
            f"The ticker {ticker} alone does not say which security is meant ({names})"
        )
    return Issue(
        code="ticker-ambiguous" if named or currency else TICKER_ALONE,
        severity="warning",
        message=f"{why}; it was not used.",
        fix="Give an ISIN, or the exchange or the currency beside the ticker "
        "(--base-currency for all).",
        sheet=position.sheet,
        row=position.row,
        value=position.identifiers.ticker,
        money=position.market_value,
    )


def gathered(issues: Sequence[Issue]) -> list[Issue]:
    """Return the issues with many tickers that stand alone told as one, in front."""
    alone = [i for i in issues if i.code == TICKER_ALONE]
    if len(alone) < MANY:
        return list(issues)
    tickers = list(dict.fromkeys(str(i.value) for i in alone))
    names = ", ".join(tickers[:SHOWN]) + (", ..." if len(tickers) > SHOWN else "")
    told = Issue(
        code=TICKER_ALONE,
        severity="warning",
        message=f"{len(alone)} lines have a ticker and neither a name, an exchange nor "
        f"a currency to say whose it is ({names}); the tickers were not used.",
        fix="Give --base-currency CCY if they trade in one currency (USD for New York "
        "and Nasdaq), or add a column of ISINs, names, exchanges or currencies.",
        money=sum(i.money or 0.0 for i in alone) or None,
    )
    return [told, *(i for i in issues if i.code != TICKER_ALONE)]


def numbers_disagree(
    position: Position, label: str, first: Listing, other: str, second: Listing
) -> Issue:
    """Return the issue of two codes that name two companies."""
    second_label = LABELS.get(other, other.upper())
    return Issue(
        code="numbers-disagree",
        severity="warning",
        message=f"{position.name}: the {label} is that of {first.item.name}, the "
        f"{second_label} that of {second.item.name}; the {label} was believed.",
        fix="Correct the number that is wrong.",
        sheet=position.sheet,
        row=position.row,
        value=str(getattr(position.identifiers, other)),
        money=position.market_value,
    )
