"""Workbooks protected by a password, opened with it."""

from __future__ import annotations

import io

from stresskit.errors import HoldingsError, MissingExtra


def decrypted(content: bytes, password: str | None) -> bytes:
    """Open a protected workbook with its password.

    Parameters
    ----------
    content : bytes
        The file.
    password : str or None
        Its password.

    Raises
    ------
    HoldingsError
        If there is no password or a wrong one, or the protection is not known.
    MissingExtra
        If the extra ``files`` is not installed.
    """
    if password is None:
        raise HoldingsError(
            "The workbook is protected by a password.",
            hint="Give it with --password, or in the environment as "
            "STRESSKIT_PASSWORD.",
            code="encrypted",
        )
    try:
        import msoffcrypto
        from msoffcrypto.exceptions import InvalidKeyError
    except ImportError as error:
        raise MissingExtra(
            "Opening a workbook with a password needs the package msoffcrypto-tool.",
            hint="Install it: pip install 'portfolio-stresskit[files]'.",
        ) from error
    out = io.BytesIO()
    try:
        book = msoffcrypto.OfficeFile(io.BytesIO(content))
        book.load_key(password=password)
        book.decrypt(out)
    except InvalidKeyError as error:
        raise _wrong() from error
    # The library raises whatever damaged bytes lead to.
    except Exception as error:
        if "password" in str(error).lower():
            raise _wrong() from error
        raise HoldingsError(
            f"The protected workbook cannot be opened: {type(error).__name__}.",
            hint="Open it in a spreadsheet program and save a copy without password.",
            code="damaged",
        ) from error
    return out.getvalue()


def _wrong() -> HoldingsError:
    return HoldingsError(
        "The password does not open the workbook.",
        hint="Check it: capital and small letters differ.",
        code="encrypted",
    )
