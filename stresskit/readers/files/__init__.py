"""Files to grids of cells, whatever their names say they are."""

from stresskit.readers.files.grids import Grid, Source, column_letters, read_source

__all__ = ["Grid", "Source", "column_letters", "read_source"]
