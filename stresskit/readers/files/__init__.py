"""Files to grids of cells, whatever their names say they are.

``kinds`` names a file's format by its content, ``source`` opens it, ``cage`` runs
every parser but the one of delimited text in a process of its own.
"""

from stresskit.readers.files.grids import Grid, Source, column_letters
from stresskit.readers.files.source import read_source

__all__ = ["Grid", "Source", "column_letters", "read_source"]
