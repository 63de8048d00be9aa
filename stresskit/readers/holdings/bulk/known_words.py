"""The words that rules about names know; all others only tell securities apart.

Two names that differ in words of no meaning are alike to every rule. The words here are
all that stand in the patterns of ``classes``, ``labels``, ``options`` and ``identity``;
a test holds them against those.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.identifiers import currency_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A word that holds one of these is known, ...
_INSIDE = (
    "aandelen acciones account accrued accumulation actions activa activity acwi "
    "admiral aktien alternative america andere anlagen anleihe asia asien asset "
    "australian avalanche azioni balance bank barrier beteiligungen bill bond bonos "
    "borrowed borrowing british btps bund call canadian cardano cash certificates "
    "chainlink coin collateral commodities commodity compte conto convertible "
    "corporate corrente corriente courant courus crypto cuenta currencies currency "
    "current danish darlehen debit debt depotvolumen depotwert derivate derivative "
    "deutschland developed direct diverse dollar domestic edelmetalle efectivo "
    "emerging equities equity equivalent estate etfs ether euro excess feeder fija "
    "fixed fondi fondos fonds foreign forward franc franken fund future geldmarkt "
    "german gesamt gilt global gold government govt grade grand hedge high hong "
    "hypothek immobilien income index indian inst interest international investment "
    "isin japan kassa kasse kong konten konto korean kredit krona krone less "
    "liabilities liquid listed loan lombard long margin market metals mini mittel "
    "mixed money msci multi mutual nordamerika north norwegian note oblig oeic "
    "option other overdraft pacific palladium participations patrimoine patrimonio "
    "payable pending physical platin polkadot portefeuille portfolio position pound "
    "precious premium prestito private products produkte puts razem real receivable "
    "rekening renta renten repo reverse rohstoffe rupee schweiz securities "
    "settlement shares short sicav silber silver singapore solana somma somme "
    "sonstige sous south spdr spot states sterling stock strike structured "
    "strukturierte suma summa summe swap swedish sweep swiss taiwan term totaal "
    "total treasury treps trsy trust ucits unit valeur valor value variable "
    "vermogen waarde wertpapiere world xetra xtrackers yield zealand zertifikate "
    "zinsen"
).split()
# ... and so is one that is one of these, or begins or ends as here.
_WHOLE = (
    "and anl apr aug bnb btp ccy cfd chf csh cut dec em etc etf etn etp eu eur fcp "
    "fd feb fnd fut futr fwd fx gbp in jan jpy jul jun mar may mkt mm nav navin net "
    "new nov oat oct or oro pall pl put sep sub tlb uk us usa usd won xrp yen"
).split()
_AT_AN_END = ("fnd", "fd", "mm", "anl")
_KNOWN = re.compile(
    "|".join(
        [
            *_INSIDE,
            f"^(?:{'|'.join(_WHOLE)})$",
            *(f"^{part}|{part}$" for part in _AT_AN_END),
        ]
    )
)
_WORD = re.compile(r"\w+")
_LONGEST = 5


def is_known(word: str) -> bool:
    """Say whether a rule could ask for a word, or for a part of it.

    Parameters
    ----------
    word : str
        Letters and digits.

    Examples
    --------
    >>> is_known("Bankhaus"), is_known("Lufthansa"), is_known("3M")
    (True, False, True)
    """
    if len(word) == 1 or not (word.isascii() and word.isalpha()):
        return True
    # In small letters a pattern is searched several times as fast as in any.
    return _KNOWN.search(word.lower()) is not None or currency_of(word) is not None


def plainer(shapes: list[str]) -> tuple[list[str], NDArray[np.int32]]:
    """Take words out of names that no rule knows, so that more of them are alike.

    Parameters
    ----------
    shapes : list of str
        Distinct names.

    Returns
    -------
    tuple of list of str and array of int
        The distinct ones that are left, and which of them each name has become.

    Examples
    --------
    >>> plainer(["Deutsche Bank AG", "Comerica Bank SE"])[0]
    ['xxxxx Bank xx']
    """
    words = _Words()
    number: dict[str, int] = {}
    to = [
        number.setdefault(_WORD.sub(lambda m: words[m[0]], s), len(number))
        for s in shapes
    ]
    return list(number), np.array(to, np.int32)


class _Words(dict[str, str]):
    """Known words as they are; all others as letters of no meaning.

    A rule can ask for three letters, whatever they are: short words keep their length.
    """

    def __missing__(self, word: str) -> str:
        self[word] = word if is_known(word) else "x" * min(len(word), _LONGEST)
        return self[word]
