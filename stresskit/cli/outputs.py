"""What a command may write, said before any work."""

from __future__ import annotations

from pathlib import Path

from stresskit.errors import OutputError


def check_outputs(
    inputs: tuple[Path | None, ...],
    output: Path | None,
    json: Path | None,
    orders: Path | None = None,
) -> None:
    """Refuse, before any work, what cannot be written or would replace an input."""
    from stresskit.writers.atomic import check_target

    if output is not None:
        check_target(output, suffix=".xlsx")
    if json is not None and str(json) != "-":
        check_target(json, suffix="")
    if orders is not None:
        check_target(orders, suffix=".csv")
    if output is not None and json is not None and output.resolve() == json.resolve():
        raise OutputError(
            f"Report and JSON cannot both be {output}.", hint="Give two file names."
        )
    if orders is not None and json is not None and orders.resolve() == json.resolve():
        raise OutputError(
            f"Orders and JSON cannot both be {orders}.", hint="Give two file names."
        )
    read = {path.resolve() for path in inputs if path is not None}
    for path in (output, json, orders):
        if path is not None and path.resolve() in read:
            raise OutputError(
                f"{path} is a file this command reads; it would be replaced.",
                hint="Give another file name.",
            )
