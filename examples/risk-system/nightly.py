"""The nightly job of a risk system: post portfolios, keep results, check limits.

Needs `pip install 'portfolio-stresskit[client]'` and nothing else.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import hashlib
import json
import os
import sqlite3
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from stresskit.client import Client, Options, Run
from stresskit.errors import HoldingsError, StresskitError

HERE = Path(__file__).resolve().parent
FINE, BAD_INPUT, BREACH, AWAY = 0, 2, 3, 5
# What no other portfolio would fare better with.
NOT_NOW = {"no-answer", "busy", "starting", "too-many", "ledger"}
ASKED: Options = {
    "factor": "deepseek-2025-01-27",
    "no_hedge": True,
    "draws": False,
    "scenarios": [],
    "loss_limit": "none",
}
TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    day TEXT, portfolio TEXT, run_id TEXT NOT NULL UNIQUE, created TEXT,
    factor TEXT, revision INTEGER, factor_sha256 TEXT, version TEXT,
    input_sha256 TEXT, result_sha256 TEXT, currency TEXT, base_value REAL,
    pnl REAL, pnl_pct REAL, low REAL, high REAL, coverage REAL,
    PRIMARY KEY (day, portfolio));
CREATE TABLE IF NOT EXISTS positions (
    day TEXT, portfolio TEXT, position TEXT, name TEXT, base_value REAL, pnl REAL,
    low REAL, high REAL, beta REAL, covered INTEGER,
    PRIMARY KEY (day, portfolio, position));
CREATE TABLE IF NOT EXISTS segments (
    day TEXT, portfolio TEXT, segment TEXT, title TEXT, exposure REAL, shock REAL,
    pnl REAL, PRIMARY KEY (day, portfolio, segment));
CREATE TABLE IF NOT EXISTS alerts (
    day TEXT, portfolio TEXT, rule TEXT, allowed REAL, found REAL, message TEXT,
    PRIMARY KEY (day, portfolio, rule));
"""
Limits = dict[str, dict[str, float]]
Alert = tuple[str, float | None, float | None, str]


class Unusable(Exception):
    """What the job was given cannot be used; the message says what to do."""


def read_limits(file: Path) -> Limits:
    known = ("loss", "loss_share", "coverage")
    try:
        limits = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unusable(f"{file} cannot be read: {error}.") from error
    for portfolio, its in limits.items():
        if not isinstance(its, dict):
            raise Unusable(f"{file}: {portfolio} stands outside a [portfolio].")
        for rule, bound in its.items():
            number = isinstance(bound, int | float) and not isinstance(bound, bool)
            if rule not in known or not number:
                raise Unusable(
                    f"{file}, [{portfolio}]: {rule} = {bound!r} is no limit. Give "
                    f"numbers for {', '.join(known)}."
                )
    return limits


def read_portfolio(file: Path) -> dict[str, Any]:
    """Return a portfolio as the service takes it."""
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            content = json.loads(text)
            if not isinstance(content, dict) or "positions" not in content:
                raise Unusable(f"{file} holds no `positions`.")
            return content
        return {"name": file.stem, "positions": list(positions_of(text))}
    except (OSError, ValueError, KeyError) as error:
        wrong = f"{type(error).__name__}: {error}"
        raise Unusable(f"{file} cannot be read ({wrong}).") from error


def positions_of(text: str) -> Iterator[dict[str, Any]]:
    for row in csv.DictReader(text.splitlines(), strict=True):
        given = {k: row[k] for k in ("ticker", "isin") if row[k]}
        yield {
            "id": row["position"],
            "name": row["name"],
            "identifiers": given,
            "asset_class": row["asset_class"],
            "quantity": float(row["quantity"]),
            "price": float(row["price"]),
            "currency": row["currency"],
        }


def key_of(portfolio: str, day: str, content: dict[str, Any], attempt: int) -> str:
    """Return the key under which the same portfolio of a day is computed once.

    A portfolio that was corrected on the same day is another question.
    """
    asked = json.dumps([content, ASKED], sort_keys=True).encode()
    return f"{portfolio}-{day}-{attempt}-{hashlib.sha256(asked).hexdigest()[:16]}"


def asked(client: Client, content: dict[str, Any], key: str) -> Run:
    about = {k: v for k, v in content.items() if k not in {"schema", "positions"}}
    run = client.submit(content["positions"], ASKED, key=key, **about)
    # The service or its process ended over it, perhaps after this job had given up.
    return client.again(run.id) if run.status == "interrupted" else run


def breaches(result: dict[str, Any], limits: dict[str, float]) -> Iterator[Alert]:
    summary = result["summary"]
    currency = summary["currency"]
    loss, share = -summary["pnl"], -summary["pnl_pct"]
    coverage = summary["coverage_ratio"]
    most = limits.get("loss")
    if most is not None and loss > most:
        said = f"loses {loss:,.0f} {currency}; the limit is {most:,.0f} {currency}."
        yield "loss", most, loss, said
    most = limits.get("loss_share")
    if most is not None and share > most:
        said = f"loses {share:.1%} of its value; the limit is {most:.1%}."
        yield "loss_share", most, share, said
    least = limits.get("coverage")
    if least is not None and coverage < least:
        said = f"{coverage:.1%} of its value is placed; at least {least:.1%} must be."
        yield "coverage", least, coverage, said


class Store:
    """The risk system's own tables; a day's portfolio is there once."""

    def __init__(self, file: Path, day: str):
        self._day = day
        try:
            self._db = sqlite3.connect(file)
            self._db.executescript(TABLES)
        except sqlite3.Error as error:
            raise Unusable(f"The database {file} cannot be used: {error}.") from error

    def close(self) -> None:
        self._db.close()

    def keep(
        self, portfolio: str, run: Run, result: dict[str, Any], found: list[Alert]
    ) -> None:
        """Put a result in place of what the day had before, in one transaction."""
        s, band = result["summary"], result["summary"]["band"] or {}
        factor = run.factor or {}
        with self._db:
            for table in ("runs", "positions", "segments"):
                self._clear(table, portfolio)
            self._insert(
                *("runs", portfolio, run.id, run.created),
                *(factor.get("id"), factor.get("revision"), factor.get("sha256")),
                *(run.version, run.input_sha256, run.result_sha256),
                *(s["currency"], s["base_value"], s["pnl"], s["pnl_pct"]),
                *(band.get("low"), band.get("high"), s["coverage_ratio"]),
            )
            for p in result["by_position"]:
                self._insert(
                    *("positions", portfolio, p["id"], p["name"], p["base_value"]),
                    *(p["pnl"], p["low"], p["high"], p["beta"], p["covered"]),
                )
            for g in result["by_segment"]:
                self._insert(
                    *("segments", portfolio, g["segment"], g["title"]),
                    *(g["exposure"], g["shock"], g["pnl"]),
                )
            self._alert(portfolio, found)

    def alert(self, portfolio: str, message: str) -> None:
        """Say that the day has no result of a portfolio."""
        with self._db:
            self._alert(portfolio, [("no-result", None, None, message)])

    def _alert(self, portfolio: str, found: list[Alert]) -> None:
        self._clear("alerts", portfolio)
        for alert in found:
            self._insert("alerts", portfolio, *alert)

    def _clear(self, table: str, portfolio: str) -> None:
        its = f"DELETE FROM {table} WHERE day = ? AND portfolio = ?"  # noqa: S608 - our own words
        self._db.execute(its, (self._day, portfolio))

    def _insert(self, table: str, portfolio: str, *values: Any) -> None:
        row = (self._day, portfolio, *values)
        marks = ", ".join("?" * len(row))
        self._db.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - our own words


class Night:
    """One run of the job, and what it ends in."""

    def __init__(self, client: Client, store: Store, limits: Limits):
        self._client, self._store, self._limits = client, store, limits
        self.ends: set[int] = set()

    def work(self, files: list[Path], day: str, attempt: int) -> None:
        waiting: dict[str, Run] = {}
        for file in files:
            with self._guarded(file.stem):
                content = read_portfolio(file)
                key = key_of(file.stem, day, content, attempt)
                waiting[file.stem] = asked(self._client, content, key)
        for portfolio, run in waiting.items():
            with self._guarded(portfolio):
                self._collect(portfolio, run)
        for portfolio in sorted(self._limits.keys() - {f.stem for f in files}):
            self._failed(portfolio, "has limits, and there is no file of it.")

    @contextmanager
    def _guarded(self, portfolio: str) -> Iterator[None]:
        """Let the others go on when a portfolio fails, unless the service is away."""
        try:
            yield
        except (Unusable, TimeoutError) as error:
            self._failed(portfolio, str(error))
        except StresskitError as error:
            if error.code in NOT_NOW:
                raise
            said = f"{error} {error.hint}".strip()
            issues = error.issues if isinstance(error, HoldingsError) else ()
            for i in issues[:5]:
                said += (
                    f"\n  position {i.row}, {i.column}: {i.message} {i.fix}".rstrip()
                )
            self._failed(portfolio, said)

    def _failed(self, portfolio: str, message: str) -> None:
        self.ends.add(BAD_INPUT)
        self._store.alert(portfolio, message)
        print(f"ERROR {portfolio}: {message}", file=sys.stderr)

    def _collect(self, portfolio: str, run: Run) -> None:
        result = self._client.wait(run.id)
        limits = self._limits.get(portfolio)
        found = list(breaches(result, limits or {}))
        self._store.keep(portfolio, self._client.run(run.id), result, found)
        s = result["summary"]
        print(
            f"{portfolio:8} {s['currency']} {s['base_value']:>12,.0f} "
            f"{s['pnl']:>10,.0f} {s['pnl_pct']:>7.2%}  {s['coverage_ratio']:.0%} placed"
        )
        for _, _, _, said in found:
            self.ends.add(BREACH)
            print(f"ALERT {portfolio}: {said}", file=sys.stderr)
        if not limits:
            self.ends.add(BAD_INPUT)
            said = f"is stored and not checked: give limits in [{portfolio}]."
            print(f"ERROR {portfolio}: {said}", file=sys.stderr)


def files_of(folder: Path) -> list[Path]:
    files = sorted(f for f in folder.glob("*") if f.suffix in {".csv", ".json"})
    if not files:
        raise Unusable(f"There is no portfolio (.csv, .json) in {folder}.")
    return files


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    say, env = parser.add_argument, os.environ.get
    local = "http://127.0.0.1:8000"
    say("--service", default=env("STRESSKIT_SERVICE", local), help="its address")
    say("--portfolios", type=Path, default=HERE / "portfolios", help="folder of them")
    say("--limits", type=Path, default=HERE / "limits.toml", help="what may be lost")
    say("--database", type=Path, default=Path("risk.db"), help="where results are kept")
    say("--day", type=dt.date.fromisoformat, help="YYYY-MM-DD; today unless said")
    say("--attempt", type=int, default=1, help="2 computes a failed day once more")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    a = arguments(given)
    day = str(a.day or dt.date.today())  # noqa: DTZ011 - the day of whoever runs it
    try:
        limits, files = read_limits(a.limits), files_of(a.portfolios)
        with (
            closing(Store(a.database, day)) as store,
            Client(a.service, token=os.environ.get("STRESSKIT_TOKEN")) as client,
        ):
            night = Night(client, store, limits)
            night.work(files, day, a.attempt)
    except (Unusable, sqlite3.Error) as error:
        print(f"ERROR {error}", file=sys.stderr)
        return BAD_INPUT
    except StresskitError as error:
        print(f"ERROR {error} {error.hint}".rstrip(), file=sys.stderr)
        print("Run the job again: what is missing is added.", file=sys.stderr)
        return AWAY
    return next((end for end in (BREACH, BAD_INPUT) if end in night.ends), FINE)


if __name__ == "__main__":
    sys.exit(main())
