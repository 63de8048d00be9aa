"""Members of an archive, unpacked with a limit."""

from __future__ import annotations

import io
import zipfile

from stresskit.readers.files.kinds import MAX_UNPACKED_BYTES


class Archive:
    """An archive whose members are found whatever the case of their names."""

    def __init__(self, content: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(content))
        self._names = {
            n.casefold().replace("\\", "/").lstrip("/"): n for n in self._zip.namelist()
        }

    def names(self) -> list[str]:
        """Give the names of the members in small letters."""
        return list(self._names)

    def read(self, name: str) -> bytes | None:
        """Unpack a member, or None where there is none.

        Parameters
        ----------
        name : str
            Name of the member, in any case.

        Raises
        ------
        ValueError
            If it is larger than it says.
        """
        found = self._names.get(name.casefold().lstrip("/"))
        if found is None:
            return None
        with self._zip.open(found) as member:
            # A member can be larger than the directory says.
            content = member.read(MAX_UNPACKED_BYTES + 1)
        if len(content) > MAX_UNPACKED_BYTES:
            raise ValueError(f"{name} unpacks to too much")
        return content
