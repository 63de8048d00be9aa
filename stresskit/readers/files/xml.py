"""XML parts read piece by piece, with nothing outside them touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from stresskit.errors import HoldingsError


class Target(Protocol):
    """What is told of the elements of a document, one after the other."""

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        """Note that an element begins."""

    def end(self, tag: str) -> None:
        """Note that an element ends."""

    def data(self, text: str) -> None:
        """Note a piece of text."""


def feed(content: bytes, target: Target, *, part: str) -> None:
    """Tell a target of every element of an XML document.

    Parameters
    ----------
    content : bytes
        The document.
    target : Target
        Listener.
    part : str
        Name of the document, for messages.

    Raises
    ------
    HoldingsError
        If it is not well-formed, or declares entities or another document.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException as error:
        raise HoldingsError(
            f"{part} declares entities or a document type, which is not read.",
            hint="Save the file again in a spreadsheet program.",
            code="damaged",
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise HoldingsError(
            f"{part} is damaged: {error}.",
            hint="Copy or download the file again.",
            code="damaged",
        ) from error


def local(tag: str) -> str:
    """Give the name of a tag or attribute without its namespace.

    Parameters
    ----------
    tag : str
        Name in the form ``{namespace}name``.

    Examples
    --------
    >>> local("{http://example.org}row"), local("row")
    ('row', 'row')
    """
    return tag[tag.rfind("}") + 1 :]
