"""Files to grids of cells, whatever their names say they are.

``kinds`` names a file's format by its content, ``source`` opens it, ``cage`` runs
every parser but the one of delimited text in a process of its own.
"""

from stresskit.readers.files.given import (
    Given,
    file_name,
    file_sha256,
    file_stem,
    file_suffix,
    opened,
)
from stresskit.readers.files.grids import Grid, Source, column_letters
from stresskit.readers.files.source import read_source

__all__ = [
    "Given",
    "Grid",
    "Source",
    "column_letters",
    "file_name",
    "file_sha256",
    "file_stem",
    "file_suffix",
    "opened",
    "read_source",
]
