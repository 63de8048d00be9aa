"""Who may call: tokens are made here, and only their hashes are ever kept."""

from __future__ import annotations

import hashlib
import secrets

PREFIX = "sk_"
BYTES = 32


def new_token() -> tuple[str, str]:
    """Return a new secret and its hash; the secret is shown once and kept nowhere.

    The prefix lets scanners of repositories and logs find a token that leaked.

    Returns
    -------
    text : str
        ``sk_`` and 43 URL-safe characters, 32 random bytes.
    token_hash : str
        What the ledger keeps (see ``hash_of``).

    Examples
    --------
    >>> text, token_hash = new_token()
    >>> len(text), token_hash == hash_of(text)
    (46, True)
    """
    text = PREFIX + secrets.token_urlsafe(BYTES)
    return text, hash_of(text)


def hash_of(text: str) -> str:
    """Return the SHA-256 of a token, in hex.

    A slow, salted hash guards secrets that people choose, which can be guessed. This
    one has 256 random bits: no list of guesses and no table reaches it, two tokens are
    never alike, and a plain hash can be looked up in an index within a request.

    Examples
    --------
    >>> hash_of("sk_")[:8]
    'acaec903'
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
