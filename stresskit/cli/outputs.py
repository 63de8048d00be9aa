"""What a command may write, said before any work."""

from __future__ import annotations

from pathlib import Path

from stresskit.errors import OutputError


def check_outputs(
    inputs: tuple[Path | None, ...],
    output: Path | None,
    json: Path | None,
    orders: Path | None = None,
    pdf: Path | None = None,
    *,
    more: tuple[Path, ...] = (),
) -> None:
    """Refuse, before any work, what cannot be written or would replace an input."""
    from stresskit.writers.atomic import check_target

    named = (
        ("Report", output, ".xlsx"),
        ("JSON", None if json is None or str(json) == "-" else json, ""),
        ("Orders", orders, ".csv"),
        ("PDF", pdf, ".pdf"),
        *((f"--write {path}", path, "") for path in more),
    )
    given = [(name, path, suffix) for name, path, suffix in named if path is not None]
    taken: dict[Path, str] = {}
    for name, path, suffix in given:
        check_target(path, suffix=suffix)
        other = taken.setdefault(path.resolve(), name)
        if other != name:
            raise OutputError(
                f"{other} and {name} cannot both be {path}.",
                hint="Give two file names.",
            )
    if pdf is not None:
        from stresskit.writers.pdf import find_office

        find_office()
    read = {path.resolve() for path in inputs if path is not None}
    for _, path, _ in given:
        if path.resolve() in read:
            raise OutputError(
                f"{path} is a file this command reads; it would be replaced.",
                hint="Give another file name.",
            )
