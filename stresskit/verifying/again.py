"""The run of a report made again, with what was noticed on the way."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.asking import Files, compared, key_of, limited, placed
from stresskit.core.record import (
    factor_of,
    mandate_hash,
    run_id,
    scenario_of,
    theme_hash,
)
from stresskit.errors import InputError
from stresskit.verifying.recorded import read_said
from stresskit.verifying.sides import SideFiles, check_sides, named, sha256_of

if TYPE_CHECKING:
    from stresskit.model import (
        Factor,
        HedgePlan,
        Portfolio,
        Presentation,
        Scenario,
        StressResult,
    )
    from stresskit.readers.report import Report

# What may be another without another answer, or is said in its own words.
EXPLAINED = ("id", "created", "packages", "asked", "version")


class Again:
    """A run made again: ``reasons`` make the report differ, ``remarks`` do not."""

    def __init__(self, report: Report, holdings: Path, sides: SideFiles, folder: Path):
        """Read the record, and compare the files with those it names.

        Raises
        ------
        InputError
            If the record cannot be read, or a file is not there.
        """
        self.said = read_said(report.record, report.run)
        self.reasons: list[str] = list(report.doubts)
        self.remarks: list[str] = []
        self._check_record()
        self._check_holdings(holdings)
        self.sides, reasons, remarks = check_sides(self.said, sides, folder)
        self.reasons += reasons
        self.remarks += remarks
        # What a report calls a portfolio may be the name of its file.
        self.holdings = named(holdings, self.said.file, folder)

    def _check_record(self) -> None:
        from stresskit import __version__

        run = self.said.run
        if run_id(run) != run.get("id"):
            self.reasons.append(
                "The record on the run log was changed: the id of the run does not "
                "belong to it."
            )
        if run.get("version") != __version__:
            self.remarks.append(
                f"The report was made by stresskit {run.get('version')}; this is "
                f"{__version__}, whose figures may differ where the method changed."
            )

    def _check_holdings(self, holdings: Path) -> None:
        recorded, found = self.said.run.get("input_sha256", ""), sha256_of(holdings)
        if found != recorded:
            self.reasons.append(
                f"{holdings.name} is not the file the report was made from: its "
                f"SHA-256 is {found[:16]}..., of the report's {recorded[:16]}..., "
                "and it is compared with what this one gives."
            )

    def scenarios(self) -> list[Scenario]:
        """Return the scenarios of the run, the main one first.

        Raises
        ------
        FactorError
            If a factor or its revision is not here.
        """
        from stresskit.factors import load_factor
        from stresskit.factors.folders import check_id

        loaded: dict[str, Factor] = {}

        def load(name: str) -> Factor:
            if name not in loaded:
                own = self.sides.factor if not loaded else None
                # A record is not to lead to any other folder.
                check_id(name.partition("@")[0])
                loaded[name] = load_factor(own or name, factors=self.sides.factors)
            return loaded[name]

        scenarios = []
        for text in self.said.scenarios:
            name, sha256 = factor_of(text)
            factor = load(name)
            if factor.sha256 != sha256 or key_of(factor) != name:
                said = (
                    f"The factor here is {key_of(factor)} with SHA-256 "
                    f"{factor.sha256[:16]}..., the report's is {name} with "
                    f"{sha256[:16]}..., and both are compared."
                )
                if said not in self.reasons:
                    self.reasons.append(said)
            scenarios.append(scenario_of(text, load))
        return scenarios

    def stressed(
        self, main: Scenario, more: tuple[Scenario, ...]
    ) -> tuple[Portfolio, StressResult]:
        """Read, place and stress as the run did.

        Raises
        ------
        InputError
            If a file cannot be read so; the message says first what differs.
        """
        try:
            return self._run(main, more)
        except InputError as error:
            if not self.reasons:
                raise
            raise InputError(
                f"{' '.join(self.reasons)} It cannot be used as the report's was: "
                f"{error}",
                hint=error.hint,
                code=error.code,
            ) from error

    def _run(
        self, main: Scenario, more: tuple[Scenario, ...]
    ) -> tuple[Portfolio, StressResult]:
        from stresskit.stressing import simulate, stress

        said = self.said
        portfolio = self._read()
        places = placed(self.files, portfolio, (main, *more))
        result = stress(
            portfolio,
            places[key_of(main.factor)],
            main,
            value=said.value,
            scenarios=more,
            exposures_of=places,
            created=said.created,
        )
        if said.draws:
            result = replace(result, distribution=simulate(result))
        if said.loss is not None:
            result = limited(result, *said.loss)
        if said.benchmark and self.sides.benchmark is not None:
            result = compared(result, self.files, self.sides.benchmark)
        return portfolio, result

    @property
    def files(self) -> Files:
        """What the portfolio is read and placed with."""
        sides, asked = self.sides, self.said.asked
        return Files(
            base_currency=asked.get("base_currency"),
            fx=sides.fx,
            prices=sides.prices,
            as_of=self.said.as_of,
            overrides=sides.overrides,
            funds=sides.funds,
            today=self.said.created.date(),
        )

    def _read(self) -> Portfolio:
        from stresskit.pipeline import read_holdings

        sides, asked, files = self.sides, self.said.asked, self.files
        rates = self.said.rates if {"fx", "fx_file"} & set(asked) else None
        recorded = asked.get("columns", "")
        pairs = recorded if "=" in recorded and not Path(recorded).exists() else None
        return read_holdings(
            self.holdings,
            sheet=asked.get("sheet"),
            table=asked.get("table"),
            columns=sides.columns or pairs,
            password=sides.password,
            base_currency=files.base_currency,
            fx=sides.fx or rates,
            prices=files.prices,
            as_of=files.as_of,
        )

    def plan(self, result: StressResult, portfolio: Portfolio) -> HedgePlan | None:
        """Search for the hedges as the run did; None where it had none.

        Raises
        ------
        InputError
            If the mandate or the instruments cannot be used.
        """
        from stresskit.hedging import hedge, load_mandate

        said, sides = self.said.hedges, self.sides
        if said is None or not sides.hedges:
            return None
        if sides.mandate is not None:
            given = load_mandate(sides.mandate, factors=sides.factors)
            given = replace(given, robust=said.mandate.robust)
            if mandate_hash(given) != mandate_hash(said.mandate):
                self.reasons.append(
                    f"The mandate {given.name} has other limits than the one the "
                    f"hedges were searched within ({said.mandate.name})."
                )
        # The record holds every limit: the file is not needed.
        plan = hedge(
            result,
            target=said.target,
            mandate=said.mandate,
            instruments=sides.instruments,
            place=partial(self.files.place, portfolio),
            families=said.families,
            factors=sides.factors,
        )
        if plan.instruments_sha256 != said.instruments:
            self.reasons.append(
                "The hedges were chosen from another table of instruments (SHA-256 "
                f"{said.instruments[:16]}...): give it with --instruments FILE."
            )
        return plan

    def presentation(self) -> Presentation:
        """Return how the report looks, in the neutral theme where its own is missing.

        Raises
        ------
        InputError
            If a word of it is not known.
        """
        from stresskit.presenting import present, theme_files

        said, sides = self.said.look, self.sides
        name = sides.theme or said["theme"]
        # A record is not to lead to any other file.
        known = sides.theme or name in theme_files(factors=sides.factors)
        shown = present(
            **{k: v for k, v in said.items() if k not in ("theme", "theme_sha256")},
            theme=name if known else "neutral",
            factors=sides.factors,
        )
        if theme_hash(shown.theme) != said["theme_sha256"]:
            self.reasons.append(
                f"The report's theme {name} ({said['theme_sha256'][:16]}...) is not "
                "the one here: give its file with --theme FILE."
            )
        return shown

    def check_run(self, result: StressResult) -> None:
        """Say what else the record of the run says in another way than this run."""
        recorded, found = self.said.run, result.run
        if recorded.get("packages") != found["packages"]:
            self.remarks.append(
                f"Calculated and written then with {recorded.get('packages')}; now "
                f"with {found['packages']}."
            )
        odd = [
            k for k in found if k not in EXPLAINED and recorded.get(k, "") != found[k]
        ]
        # Of a file that is another one or missing the reason was given.
        if odd and not self.reasons:
            self.reasons.append(
                f"The record says otherwise of {', '.join(odd)} than this run: "
                f"{recorded.get(odd[0], '')[:80]!r} there, {found[odd[0]][:80]!r} here."
            )
