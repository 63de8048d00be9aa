"""The run of a book: find what is held, price it once, sum in shards, set side by side.

What is done is kept part by part, so that a killed run goes on where it was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stresskit.asking import AskedHedge, key_of
from stresskit.book.crew import each as each_of_crew
from stresskit.book.files.folder import COMPARISON
from stresskit.book.lock import only_one
from stresskit.book.table import lines as rowwise
from stresskit.book.table import work
from stresskit.book.table.apart import (
    Alone,
    AloneAnswer,
    Failure,
    cell_of,
    killed,
    run_alone,
    told_of,
)
from stresskit.book.table.engines import ENGINES, Duck, Pandas
from stresskit.book.table.hedges import (
    HEDGES,
    Apart,
    breaching,
    desk_of,
    hedged,
    suggestions,
    table_of,
    with_run,
)
from stresskit.book.table.league import lines_of, summary_of
from stresskit.book.table.lines import PORTFOLIO, POSITION
from stresskit.book.table.owners import Owners
from stresskit.book.table.parts import SCHEMA, Parts, holds, read_manifest, settle
from stresskit.book.table.positions import positions, unit_table
from stresskit.book.table.reports import (
    NOBODY,
    REPORTS,
    WORDS,
    chosen,
    file_of,
    named_in,
    report_one,
)
from stresskit.book.table.results import (
    ALONE,
    BOOK,
    ORE,
    PORTFOLIOS,
    POSITIONS,
    SEGMENTS,
    Named,
    Question,
    by_line,
    by_portfolio,
    by_segment,
    ore_table,
)
from stresskit.book.table.shards import Shard, cut, each
from stresskit.clock import now
from stresskit.core.stress.units import joined, some_of
from stresskit.errors import HoldingsError, InputError, MappingError, OutputError
from stresskit.hedging import checked_families
from stresskit.stressing import check_own_currency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from stresskit.asking import Files
    from stresskit.book.files.work import Request
    from stresskit.book.table.engines import Engine
    from stresskit.book.table.source import Source
    from stresskit.model.batch import BatchSummary

Pricing: TypeAlias = "Future[work.Summing | None]"
MAIN = "main"
SHARD_ROWS = 1_250_000
ALONE_AT_ONCE = 500
# Fewer runs than this are done before a process has begun.
WORTH_A_PROCESS = 20
MEMORY = 5 * 2**28
PROFILES = (ORE,)


class Progress(Protocol):
    """What is told while a book runs."""

    def step(self, name: str) -> None:
        """Say what begins."""

    def start(self, total: int, kept: int) -> None:
        """Say how many rows there are to do, and how many were done before."""

    def advance(self, rows: int) -> None:
        """Say that rows are done."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How a book is run, and what is written.

    ``engine`` is ``duckdb``, ``pandas`` or ``spark``, ``master`` the cluster of the
    last; ``positions`` asks for a row per position, ``profile`` for a named form of
    them; ``reports`` says who gets a workbook (see ``reports.chosen``); ``jobs`` is how
    much is done at a time.
    """

    engine: str = "duckdb"
    master: str | None = None
    positions: bool = False
    profile: str | None = None
    reports: str = NOBODY
    jobs: int = 1
    shard_rows: int = SHARD_ROWS

    def check(self) -> None:
        """Refuse words that are not known, before any work.

        Raises
        ------
        InputError
            If there is one.
        """
        for option, given, known in (
            ("engine", self.engine, ENGINES),
            ("profile", self.profile or ORE, PROFILES),
        ):
            if given not in known:
                raise InputError(
                    f"--{option} {given!r} is not known.",
                    hint=f"Known: {', '.join(known)}.",
                    code=option,
                )
        if self.master is not None and self.engine != "spark":
            raise InputError(
                f"--master is for --engine spark, and the engine is {self.engine}.",
                hint="Add --engine spark, or leave --master out.",
                code="master",
            )
        if self.reports not in WORDS:
            named_in(self.reports)

    def settings(self) -> dict[str, str]:
        """Return what of it results depend on."""
        return {
            "engine": self.engine,
            "positions": "yes" if self.positions else "no",
            "profile": self.profile or "",
            "reports": self.reports,
        }


@dataclass(frozen=True, kw_only=True)
class BookOutcome:
    """How a book's run ended.

    ``portfolios`` were answered and ``failed`` were not; ``kept`` parts of ``parts``
    were done by an earlier run.
    """

    manifest: dict[str, Any]
    summary: BatchSummary
    failed: tuple[Failure, ...]
    parts: int
    kept: int


def run_book(
    source: Source,
    folder: Path,
    request: Request,
    wanted: Wanted,
    progress: Progress,
) -> BookOutcome:
    """Stress all portfolios of a table, and set them side by side.

    Parameters
    ----------
    source
        The table.
    folder
        Where results go; it is made.
    request
        What every portfolio is run with.
    wanted
        How, and what is written.
    progress
        Is told what is done.

    Raises
    ------
    InputError
        If the table cannot be read, has no rows, or is another at the end.
    MappingError
        If overrides name positions otherwise than by their ISINs.
    OutputError
        If the folder cannot be written to, or another run has it.
    ComputationError
        If memory or the disk do not suffice.
    """
    wanted.check()
    _check_overrides(request.files)
    if source.folder.resolve().is_relative_to(folder.resolve()):
        raise OutputError(
            f"{folder} holds the book: results would stand among its files.",
            hint="Give another folder with -o.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be made: {error.strerror}.",
            hint="Give another folder with -o.",
        ) from error
    if len(source.files) > 1 and folder.resolve().is_relative_to(
        source.folder.resolve()
    ):
        raise OutputError(
            f"{folder} is in the folder of the book: results would be read as part of "
            "it the next time.",
            hint="Give a folder beside it with -o.",
        )
    with only_one(folder):
        return _Run(source, folder, request, wanted, progress).run()


@dataclass
class _Run:
    """One run of a book, under the lock of its folder."""

    source: Source
    folder: Path
    request: Request
    wanted: Wanted
    progress: Progress
    parts_done: int = 0
    parts_kept: int = 0
    failures: list[Failure] = field(default_factory=list)
    alone: set[str] = field(default_factory=set)
    unwritten: list[Failure] = field(default_factory=list)

    def run(self) -> BookOutcome:
        settle(self.folder)
        self.progress.step("Hashing the files")
        inputs = self.source.hashes()
        settings = self._settings()
        run_id = _run_id(settings, inputs)
        self.scenarios = (self.request.main, *self.request.more)
        amount, share = self.request.limit
        labels = tuple(s.label or MAIN for s in self.scenarios)
        self.asked = Question(
            run_id, labels, self.request.main.factor.chain, amount, share
        )
        before = read_manifest(self.folder)
        same = before is not None and before["run_id"] == run_id
        if before is not None and same and holds(self.folder, before):
            return self._kept(before)
        self.parts = Parts(self.folder, run_id)
        with closing(self._engine()) as engine:
            self.progress.step("Finding what is held")
            self.held = work.held_in(engine, self.source, self.request.files)
            self.request = replace(self.request, files=self.held.files)
            if self.wanted.reports not in WORDS:
                every = self.held.portfolios.column(PORTFOLIO).to_pylist()
                chosen(self.wanted.reports, [n for n in every if n], [])
            self.progress.step(f"Pricing {len(self.held.instruments):,} instruments")
            base = self.request.files.base_currency
            if not len(self.held.portfolios):
                raise InputError(
                    f"{self.source.name} has no rows.",
                    hint="Give a book with a row per position.",
                    code="empty",
                )
            self.owners = Owners(self.held.portfolios, base, self.request.files.as_of)
            # Lines need no prices: they are joined while these are made.
            with ThreadPoolExecutor(1) as pool:
                pricing = pool.submit(self._priced)
                facts = self._sum(engine, pricing)
                summing = pricing.result()
            self.instruments = None if summing is None else summing.instruments
            facts += self._alone(engine, facts)
            files = [name for one in facts for name in one["files"]]
            for dataset in (PORTFOLIOS, SEGMENTS, POSITIONS, ORE):
                self.parts.clear(dataset, files)
            nobody = self.owners.nobody
            if nobody is not None:
                self.failures.append(nobody)
            facts += self._side_by_side(engine, settings)
        return self._finish(settings, inputs, facts)

    def _priced(self) -> work.Summing | None:
        """Price what is held; None where nothing can be, and all are asked alone."""
        files = self.request.files
        try:
            found = work.priced(files, self.held, self.scenarios, check_own_currency)
            return work.Summing(found)
        except HoldingsError as error:
            if error.code != "no-value":
                raise
            return None

    # What is asked ------------------------------------------------------------

    def _settings(self) -> dict[str, str]:
        dated = self.request.files.as_of is not None or "as_of" in self.source.columns
        columns = (f"{k}={v}" for k, v in sorted(self.source.columns.items()))
        return {
            **self.request.settings(),
            **self.wanted.settings(),
            # Contracts without a date are valued as of the day of the run.
            "day": "" if dated else now().date().isoformat(),
            "columns": ", ".join(columns),
            "table": self.source.table or "",
        }

    def _kept(self, manifest: dict[str, Any]) -> BookOutcome:
        failed = tuple(Failure(**f) for f in manifest["failed"])
        unwritten = tuple(Failure(**f) for f in manifest["reports_not_written"])
        count = int(manifest["parts"])
        created = dt.datetime.fromisoformat(manifest["created"])
        summary = self._summary(self.folder, failed, manifest["settings"], created)
        summary = self._with_hedges(summary, [{"best": manifest["hedged"]}])
        return BookOutcome(
            manifest=manifest,
            summary=summary,
            failed=(*failed, *unwritten),
            parts=count,
            kept=count,
        )

    def _engine(self) -> Engine:
        if self.wanted.engine == "pandas":
            return Pandas(self.source)
        if self.wanted.engine == "spark":
            from stresskit.book.table.spark import Spark

            return Spark(self.source, self.wanted.master)
        # What is found hangs on no order, so that all processors may look.
        return Duck(self.source, MEMORY, self.parts.work, self.wanted.jobs)

    # In shards ----------------------------------------------------------------

    def _sum(self, engine: Engine, pricing: Pricing) -> list[dict[str, Any]]:
        """Sum what is not done yet; return the facts of all shards in their order."""
        one = self.wanted.engine != "duckdb"
        rows = sum(self.held.portfolios.column("rows").to_pylist())
        shards = cut(self.held.portfolios, rows if one else self.wanted.shard_rows)
        facts = {s.number: self._done(s) for s in shards}
        todo = [s for s in shards if facts[s.number] is None]
        self.parts_kept += len(shards) - len(todo)
        self.progress.step("Stressing")
        left = sum(s.rows for s in todo)
        whole = sum(s.rows for s in shards)
        self.progress.start(whole, whole - left)
        do: Callable[[Shard], dict[str, Any] | None] = partial(
            self._with_duck, pricing=pricing
        )
        if one:
            do = partial(self._shard, engine, pricing=pricing)
        for shard, done in each(todo, do, 1 if one else self.wanted.jobs):
            facts[shard.number] = done
            self.progress.advance(shard.rows)
        self.parts_done += len(shards)
        return [found for s in shards if (found := facts[s.number]) is not None]

    def _done(self, shard: Shard) -> dict[str, Any] | None:
        """Return the facts of a shard that is done, cut as it is now."""
        facts = self.parts.facts(_part(shard))
        same = facts is not None and facts["cut"] == [shard.first, shard.last]
        return facts if same else None

    def _with_duck(self, shard: Shard, pricing: Pricing) -> dict[str, Any] | None:
        with closing(Duck(self.source, MEMORY, self.parts.work)) as engine:
            return self._shard(engine, shard, pricing=pricing)

    def _shard(
        self, engine: Engine, shard: Shard, *, pricing: Pricing
    ) -> dict[str, Any] | None:
        """Answer the portfolios of a shard and write its part; None without prices."""
        rows = work.described(engine, self.source, shard)
        lines = work.lines_of(engine, rows, self.held)
        summing = pricing.result()
        if summing is None:
            return None
        names, sums, counts = summing.sums(engine, lines)
        answers = summing.answers(sums)
        apart = (counts["apart"] > 0) | np.isin(names, list(self.owners.uneven))
        own = np.flatnonzero(~apart)
        left = [names[n] for n in np.flatnonzero(apart)]
        named = self.owners.named([names[n] for n in own], counts["rows"][own], BOOK)
        name, files = _part(shard), {}
        if self.wanted.positions or self.wanted.profile:
            files = self._positions(engine, rows, left, name, summing)
        kept = some_of(answers, own)
        tables = {
            PORTFOLIOS: by_portfolio(self.asked, named, kept),
            SEGMENTS: by_segment(self.asked, named, kept),
        }
        facts = {
            "cut": [shard.first, shard.last],
            "rows": shard.rows,
            "portfolios": len(own),
            "apart": left,
        }
        return self.parts.put(name, tables, facts, files)

    def _positions(
        self,
        engine: Engine,
        rows: rowwise.Frame,
        left: Sequence[str],
        name: str,
        summing: work.Summing,
    ) -> dict[str, str]:
        """Write the positions of a shard, and ORE's form of them."""
        numbered = work.numbered(engine, rows, self.held)
        stated = self.request.files.as_of
        frame = positions(
            numbered,
            engine.put(unit_table(summing.instruments, self.asked.labels)),
            engine.put(pa.table({PORTFOLIO: pa.array(left, pa.string())})),
            run_id=self.asked.run_id,
            as_of=stated.isoformat() if stated else None,
        )
        spare = self.parts.work / f".{name}.tmp"
        engine.write(frame, spare)
        files = self.parts.taken(spare, POSITIONS, name)
        if self.wanted.profile == ORE:
            files |= self._ore(name)
        return files

    def _ore(self, name: str) -> dict[str, str]:
        """Write the positions of a part in ORE's five columns."""
        from pyarrow import csv, dataset

        spare = self.parts.work / f".{name}.csv.tmp"
        read = dataset.dataset(self.parts.path(POSITIONS, name), format="parquet")
        with spare.open("wb") as file:
            file.write(b"#TradeId,ScenarioLabel,Base NPV,Scenario NPV,Sensitivity\n")
            options = csv.WriteOptions(include_header=False, quoting_style="needed")
            for batch in read.to_batches():
                csv.write_csv(ore_table(pa.table(batch)), file, options)
        return self.parts.taken(spare, ORE, name)

    # By themselves ------------------------------------------------------------

    def _alone(
        self, engine: Engine, facts_of_shards: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Run what stands apart by itself; return the facts of the parts."""
        names = sorted(name for one in facts_of_shards for name in one["apart"])
        if self.instruments is None:
            names = sorted(self.owners.names)
        self.alone = set(names)
        chunks = [
            names[at : at + ALONE_AT_ONCE] for at in range(0, len(names), ALONE_AT_ONCE)
        ]
        found = []
        for number, chunk in enumerate(chunks):
            part = f"alone-{number:04d}"
            facts = self.parts.facts(part)
            self.parts_done += 1
            if facts is not None and facts["names"] == chunk:
                self.parts_kept += 1
            else:
                self.progress.step(f"Running {len(names):,} portfolios alone")
                facts = self._chunk(engine, part, chunk)
            found.append(facts)
            self.failures += [Failure(**f) for f in facts["failed"]]
        return found

    def _chunk(self, engine: Engine, part: str, chunk: list[str]) -> dict[str, Any]:
        read = self._read_alone(engine, chunk)
        wrong = {n: f for n in chunk if (f := self.owners.failure(n))}
        todo = [read[n] for n in chunk if n not in wrong]
        run = partial(run_alone, self.request.files, self.scenarios)
        done: dict[str, AloneAnswer | Failure] = dict(wrong)
        jobs = min(self.wanted.jobs, 1 + len(todo) // WORTH_A_PROCESS)
        with closing(each_of_crew(run, killed, todo, jobs)) as running:
            done |= {ran.portfolio: ran for ran in running}
        answered = [a for n in chunk if isinstance(a := done[n], AloneAnswer)]
        failed = [x for n in chunk if isinstance(x := done[n], Failure)]
        tables: dict[str, pa.Table] = {}
        if answered:
            named = Named(
                [a.portfolio for a in answered],
                [a.currency for a in answered],
                [a.as_of for a in answered],
                np.array([a.rows for a in answered], dtype=np.int64),
                ALONE,
            )
            whole = joined([a.answers for a in answered])
            tables[PORTFOLIOS] = by_portfolio(self.asked, named, whole)
            tables[SEGMENTS] = by_segment(self.asked, named, whole)
            if self.wanted.positions or self.wanted.profile:
                ids = POSITION in self.source.columns
                lines = [by_line(self.asked, a, ids=ids) for a in answered]
                tables[POSITIONS] = pa.concat_tables(lines).unify_dictionaries()
        facts = {
            "names": chunk,
            "portfolios": len(answered),
            "rows": sum(len(alone.rows) for alone in read.values()),
            "failed": [vars(f) for f in failed],
            "issues": [told for a in answered for told in a.issues],
        }
        done_whole = self.parts.put(part, tables, facts)
        if tables and self.wanted.profile == ORE:
            files = {**done_whole["files"], **self._ore(part)}
            done_whole = self.parts.close(part, files, facts)
        return done_whole

    def _read_alone(self, engine: Engine, chunk: list[str]) -> dict[str, Alone]:
        """Return portfolios with their rows as the table has them."""
        wanted = engine.put(pa.table({PORTFOLIO: pa.array(chunk, pa.string())}))
        table = engine.collect(engine.texts().join(wanted, on=PORTFOLIO))
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        context: dict[str, tuple[str | None, str | None]] = {}
        for row in table.to_pylist():
            name = row.pop(PORTFOLIO)
            base = row.pop("base_currency", None) or self.request.files.base_currency
            context[name] = base, row.pop("as_of", None)
            rows[name].append({k: cell_of(k, v) for k, v in row.items()})
        return {
            name: Alone(name, *context[name], tuple(own)) for name, own in rows.items()
        }

    # Side by side -------------------------------------------------------------

    def _side_by_side(
        self, engine: Engine, settings: dict[str, str]
    ) -> list[dict[str, Any]]:
        """Write the reports of who was chosen, and the workbook that compares all."""
        from stresskit.writers.comparison import write_comparison

        self.progress.step("Setting portfolios side by side")
        created = self.parts.begun()
        failed = tuple(self.failures)
        summary = self._summary(self.parts.work, failed, settings, created)
        hedges = self._hedges(engine, summary)
        facts = self._reports(engine, summary)
        reported = {one["portfolio"]: name for one in facts for name in one["files"]}
        lines = tuple(
            replace(line, output=reported.get(line.name, "")) for line in summary.lines
        )
        self.summary = self._with_hedges(replace(summary, lines=lines), hedges)
        path = self.parts.work / COMPARISON
        write_comparison(path, self.summary, presentation=self.request.presentation)
        return [*facts, *hedges, {"files": self.parts.hashed(path)}]

    def _summary(
        self,
        folder: Path,
        failed: tuple[Failure, ...],
        settings: Mapping[str, str],
        created: dt.datetime,
    ) -> BatchSummary:
        factor = self.request.main.factor
        return summary_of(
            lines_of(folder, self.asked, self.source.name, failed),
            self.asked,
            settings,
            title=f"{factor.title} ({key_of(factor)})",
            created=created,
            hedged=self.request.mandate is not None,
        )

    def _hedges(self, engine: Engine, summary: BatchSummary) -> list[dict[str, Any]]:
        """Look for hedges for all who breach the limit; return the facts of the part.

        Raises
        ------
        InputError
            If the mandate has no family that is a linear program.
        """
        asked = self._asked_hedge()
        names = sorted(x.name for x in summary.done if summary.breaches(x))
        if asked is None or not names:
            return []
        self.parts_done += 1
        facts = self.parts.facts(HEDGES)
        if facts is not None:
            self.parts_kept += 1
            return [facts]
        self.progress.step(f"Looking for hedges for {len(names):,} portfolios")
        rows = work.described(engine, self.source)
        held, files = self.held, self.request.files
        alone = {n for n in names if n in self.alone}
        own = breaching(engine, rows, held, [n for n in names if n not in alone])
        desk = desk_of(own, asked, files, self.scenarios, held, self.instruments)
        read = self._read_alone(engine, sorted(alone)) if alone else {}
        apart = [Apart(n, a.content(), a.files(files)) for n, a in read.items()]
        found = list(hedged([*own, *apart], desk, jobs=self.wanted.jobs))
        best = suggestions(found)
        tables = {HEDGES: with_run(table_of(found), self.asked.run_id)}
        return [self.parts.put(HEDGES, tables, {"best": best})]

    def _asked_hedge(self) -> AskedHedge | None:
        request = self.request
        if request.mandate is None:
            return None
        return AskedHedge(
            target=request.target,
            mandate=request.mandate,
            families=checked_families((), request.mandate),
            instruments=None,
            factors=request.factors,
        )

    def _with_hedges(
        self, summary: BatchSummary, facts: Sequence[Mapping[str, Any]]
    ) -> BatchSummary:
        """Return the lines with what is suggested for each."""
        best = {name: own for one in facts for name, own in one["best"].items()}
        lines = []
        for line in summary.lines:
            title, residual = best.get(line.name, ("", None))
            share = residual
            if residual is not None and line.value:
                share = residual / abs(line.value)
            lines.append(replace(line, hedge=title, hedged_pct=share))
        return replace(summary, lines=tuple(lines))

    def _reports(self, engine: Engine, summary: BatchSummary) -> list[dict[str, Any]]:
        """Write the reports that are not there yet; return the facts of each."""
        done = summary.done
        breaching = [x.name for x in done if summary.breaches(x)]
        names = chosen(self.wanted.reports, [x.name for x in done], breaching)
        parts = {name: f"report-{file_of(name)}" for name in names}
        facts = {name: self.parts.facts(part) for name, part in parts.items()}
        todo = [name for name in names if facts[name] is None]
        self.parts_done += len(names)
        self.parts_kept += len(names) - len(todo)
        if todo:
            self.progress.step(f"Writing {len(todo):,} reports")
            folder = self.parts.folder(REPORTS)
            run = partial(report_one, self.request, folder)
            tasks = list(self._read_alone(engine, todo).values())
            jobs = self.wanted.jobs
            with closing(each_of_crew(run, killed, tasks, jobs)) as running:
                for ran in running:
                    if isinstance(ran, Failure):
                        self.unwritten.append(ran)
                        continue
                    name, files = ran.portfolio, self.parts.hashed(folder / ran.file)
                    facts[name] = self.parts.close(
                        parts[name], files, {"portfolio": name}
                    )
        return [found for name in names if (found := facts[name]) is not None]

    def _check_unchanged(self, inputs: Mapping[str, str]) -> None:
        """Refuse to vouch for files that are others than those that were hashed.

        Raises
        ------
        InputError
            If one is.
        """
        self.progress.step("Hashing the files again")
        now_there = self.source.hashes()
        others = [name for name, known in inputs.items() if now_there[name] != known]
        if others:
            self.parts.remove()
            raise _changed(f"{others[0]} is another file now")

    # The end ------------------------------------------------------------------

    def _finish(
        self,
        settings: dict[str, str],
        inputs: dict[str, str],
        facts: list[dict[str, Any]],
    ) -> BookOutcome:
        files: dict[str, str] = {}
        for one in facts:
            files |= one["files"]
        names = sorted({name.partition("/")[0] for name in files})
        found = self.instruments
        self._check_unchanged(inputs)
        every = (PORTFOLIOS, SEGMENTS, POSITIONS, ORE, HEDGES, REPORTS)
        manifest = {
            "schema": SCHEMA,
            "run_id": self.asked.run_id,
            "created": self.parts.begun().isoformat(),
            "inputs": inputs,
            "settings": settings,
            "unused_columns": list(self.source.unused),
            "rows": int(pc.sum(self.held.portfolios.column("rows")).as_py()),
            "portfolios": sum(one.get("portfolios", 0) for one in facts),
            "instruments": len(self.held.instruments),
            "failed": [vars(f) for f in self.failures],
            "reports_not_written": [vars(f) for f in self.unwritten],
            "issues": [
                *(told_of(i) for i in (found.issues if found is not None else ())),
                *(told for one in facts for told in one.get("issues", ())),
            ],
            "hedged": {k: v for one in facts for k, v in one.get("best", {}).items()},
            "parts": self.parts_done,
            "outputs": names,
            "not_written": [name for name in every if name not in names],
            "files": dict(sorted(files.items())),
        }
        self.progress.step("Moving results to their place")
        self.parts.finish(manifest)
        return BookOutcome(
            manifest=manifest,
            summary=self.summary,
            failed=(*self.failures, *self.unwritten),
            parts=self.parts_done,
            kept=self.parts_kept,
        )


def _check_overrides(files: Files) -> None:
    """Refuse overrides that may be meant for one client and fit another's line.

    Raises
    ------
    MappingError
        If a row names its position otherwise than by its ISIN.
    """
    if files.overrides is None:
        return
    from stresskit.readers import read_overrides

    rows, _ = read_overrides(files.overrides)
    others = [o.where for o in rows if not o.isin]
    if others:
        raise MappingError(
            f"{len(others)} overrides name no ISIN, the first in {others[0]}: in a "
            "book an id, a name or a ticker may be that of several clients' lines.",
            hint="Name the positions by their ISINs.",
            code="overrides",
        )


def _changed(what: str) -> InputError:
    return InputError(
        f"The book was changed while it was run: {what}.",
        hint="Run it again once its files are whole.",
        code="changed",
    )


def _part(shard: Shard) -> str:
    return f"{shard.number:04d}"


def _run_id(settings: Mapping[str, str], inputs: Mapping[str, str]) -> str:
    """Return an id: the same question on the same files has the same."""
    text = json.dumps([settings, inputs], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
