"""Words of rows that are no positions: totals, classes of assets, cash."""

from __future__ import annotations

import re

from stresskit.core.identifiers import currency_of

_WORD = (
    r"(grand[ -]?|sub[ -]?|over)?total(e|s|en|i)?|summe|gesamt(summe|wert|bestand|"
    r"vermögen|depot|betrag|portfolio)?|zwischensumme|insgesamt|somme|sous[ -]total|"
    r"totaal|subtotaal|suma|somma|subtotale|合計|小計|総合計|総計|合计|总计|小计|합계|총계|소계|"
    r"summa|razem|łącznie|net assets|"
    r"total net assets|nettovermögen|fondsvermögen|(portfolio|account|fund) total"
)
# These head positions too (a fund named Vermögen): only alone are they totals.
_WHOLE = (
    r"vermögen|depotwert|depotvolumen|portfolio ?value|account value|patrimoine|"
    r"patrimonio|valeur totale|valor total|valore totale|patrimonio total[e]?|"
    r"portefeuille|total portefeuille|totale waarde|vermogen|net asset value|nav"
)
_EXACT = re.compile(rf"({_WORD}|{_WHOLE})\s*[:.]?", re.IGNORECASE)
_STARTS = re.compile(
    rf"({_WORD})\b[:\s(-].*|.*[\s(-](sub[ -]?)?total\)?\s*:?|"
    rf"({_WHOLE})\s*(\(?[a-z]{{3}}\)?|in [a-z]{{3}})\s*:?",
    re.IGNORECASE,
)
_SUBTOTAL = re.compile(r"sub|zwischen|sous|小計", re.IGNORECASE)
_CLASS_WORDS = re.compile(
    r"equit|stock|share|bond|fixed|cash|asset|portfolio|fund|account|holding|value|"
    r"investment|securit|aktien|fond|titoli|título|titres|valores|wertpapier|anleihen|renten|liquid|depot|wert|action|obligation|"
    r"positions|market|etf|option|derivative|vermögen|portefeuille|patrimo|"
    r"\b(usd|eur|gbp|chf)\b",
    re.IGNORECASE,
)
_CASH = re.compile(
    r"\b(cash|money market|margin|collateral|liquid\w*|konto\w*|kasse|dollars?|euro|"
    r"usd|eur|gbp|chf|jpy|account|compte|rekening|conto|cuenta|\w+konto|barmittel|"
    r"geldmarkt\w*|lombard\w*)\b",
    re.IGNORECASE,
)
_REGION = (
    r"(us|u\.s\.|uk|eu|em|global|world|international|european?|europa|"
    r"emerging markets?|"
    r"north american?|nordamerika|usa|schweiz|swiss|deutschland|german|japan(ese)?|"
    r"asia|asien|pacific|developed|foreign|domestic|listed|direct|other|sonstige|"
    r"corporate|government|investment grade|high yield)"
)
_FIRM = (
    r"equit(y|ies)|stocks?|shares|aktien|fixed[ -]?income|bonds?|anleihen|renten|"
    r"obligationen|actions|obligations|acciones|renta (fija|variable)|bonos|azioni|"
    r"obbligazioni|aandelen|obligaties|etfs?|funds|fonds|investmentfonds|mutual funds|"
    r"securities|wertpapiere|beteiligungen|participations|fondi|fondos|beleggingsfondsen"
)
_LOOSE = (
    r"alternatives?( investments?)?|alternative anlagen|derivat(iv)?es?|derivate|"
    r"options?|optionen|commodit(y|ies)|rohstoffe|real (estate|assets)|immobilien|"
    r"private equity|private (markets|debt)|hedge funds|precious metals|edelmetalle|"
    r"gold|crypto\w*|"
    r"kryptowährungen|structured products|strukturierte produkte|others?|sonstige[s]?|"
    r"diverse[s]?|zertifikate|certificates|mixed|multi[ -]asset"
)
_MONEY = (
    r"cash( (and|&|/) (cash )?equivalents?)?|liquidit(y|ät|és|à|eiten)|liquidités|"
    r"liquide mittel|liquid assets|money market|geldmarkt|flüssige mittel|barmittel|"
    r"kassa|cash positions?|bank accounts?|konten|kontoguthaben|efectivo|tesorería|"
    r"trésorerie|liquiditeiten|currencies|währungen"
)
_QUALIFIED = r"({r}[ /&-]*)*({w})([ /&-]+({w}|{r}))*\s*[:.]?"
_BREAKDOWN = re.compile(
    r"(information )?technology|it|financials?|financial services|health ?care|"
    r"consumer (discretionary|staples|cyclical|defensive)|industrials?|energy|"
    r"materials|basic materials|utilities|communication( services)?|telecom\w*|"
    r"real estate|software|semiconductors?|banks?|technologie|gesundheitswesen|"
    r"finanzen|finanzwesen|industrie|energie|versorger|rohstoffe|konsumgüter|"
    r"(north|latin|south) america|nordamerika|europe|europa|asia( pacific)?|asien|"
    r"emerging markets|schwellenländer|united (states|kingdom)|usa|us|uk|germany|"
    r"deutschland|france|frankreich|japan|switzerland|schweiz|china|canada|"
    r"netherlands|australia|taiwan|(south )?korea|india|brazil|italy|spain|sweden|"
    r"other( countries| sectors)?|others?|sonstige|rest of world|"
    r"not (classified|rated)|"
    r"unclassified|unrated|n\.?r\.?|aaa|aa[+-]?|a[+-]?|bbb[+-]?|bb[+-]?|b[+-]?|ccc|"
    r"(over |under |[<>] ?)?\d+ ?(-|to|–|bis) ?\d+ ?(years?|yrs?|jahre|months?|%)|"
    r"top (\d+|five|ten|twenty)( holdings| positions)?|"
    r"large cap|mid cap|small cap|growth|value|long|short|"
    r"gross|net|net exposure|gross exposure",
    re.IGNORECASE,
)
_DERIVATIVE = re.compile(
    r"swap|futures?\b|forwards?\b|derivat|\boptions?\b|\bcfds?\b|contracts?\b|hedg|"
    r"termingeschäft|optionen|先物|オプション",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\btop\b|largest|biggest|größte|groesste|principa(les|ux|li)|majeures|"
    r"grootste|主要|上位",
    re.IGNORECASE,
)
_FIRM_LABEL, _LOOSE_LABEL, _MONEY_LABEL = (
    re.compile(_QUALIFIED.format(r=_REGION, w=words), re.IGNORECASE)
    for words in (_FIRM, _LOOSE, _MONEY)
)


def is_total(label: str) -> bool:
    """Say whether a label is nothing but the word for a total.

    Parameters
    ----------
    label : str
        Label of a row.

    Examples
    --------
    >>> is_total("Gesamtvermögen"), is_total("Total SA")
    (True, False)
    """
    return _EXACT.fullmatch(label) is not None


def sounds_total(label: str) -> bool:
    """Say whether a label is a total's or starts or ends like one.

    Parameters
    ----------
    label : str
        Label of a row.

    Examples
    --------
    >>> sounds_total("Total SA"), sounds_total("TotalEnergies SE")
    (True, False)
    """
    return is_total(label) or _STARTS.fullmatch(label) is not None


def is_subtotal(label: str) -> bool:
    """Say whether a label is that of a part's total.

    Parameters
    ----------
    label : str
        Label of a row.
    """
    return _SUBTOTAL.search(label) is not None


def names_what_is_added(label: str) -> bool:
    """Say whether a label holds a word for what totals add up.

    Parameters
    ----------
    label : str
        Label of a row.

    Examples
    --------
    >>> names_what_is_added("Total equities"), names_what_is_added("Total SA")
    (True, False)
    """
    return _CLASS_WORDS.search(label) is not None


def class_label(label: str) -> str | None:
    """Give ``firm``, ``loose`` or ``money`` if a label is that of a class of assets.

    A firm class holds securities; a loose one can be a single holding without a
    code, as money can.

    Parameters
    ----------
    label : str
        Label of a row.

    Examples
    --------
    >>> class_label("US Equities"), class_label("Real estate"), class_label("Cash")
    ('firm', 'loose', 'money')
    >>> class_label("Apple") is None
    True
    """
    kinds = (("firm", _FIRM_LABEL), ("loose", _LOOSE_LABEL), ("money", _MONEY_LABEL))
    return next((kind for kind, words in kinds if words.fullmatch(label)), None)


def names_part(label: str) -> bool:
    """Say whether a label heads the largest positions, which stand elsewhere too.

    Parameters
    ----------
    label : str
        Label of a block.

    Examples
    --------
    >>> names_part("Top 10 holdings"), names_part("Account 123")
    (True, False)
    """
    return _PART.search(label) is not None


def is_breakdown(label: str) -> bool:
    """Say whether a label names a sector, region, rating or term, not a security.

    Parameters
    ----------
    label : str
        Label of a row.

    Examples
    --------
    >>> is_breakdown("Information Technology"), is_breakdown("AAA"), is_breakdown("SAP")
    (True, True, False)
    """
    return _BREAKDOWN.fullmatch(label) is not None or (
        len(label) == 3 and label.isupper() and currency_of(label) is not None
    )


def says_derivative(label: str) -> bool:
    """Say whether a label's words are those of contracts.

    Parameters
    ----------
    label : str
        Title or header.

    Examples
    --------
    >>> says_derivative("Interest rate swaps"), says_derivative("Equities")
    (True, False)
    """
    return _DERIVATIVE.search(label) is not None


def says_cash(label: str) -> bool:
    """Say whether a label's words say cash, which often has no identifier.

    Parameters
    ----------
    label : str
        Label of a row.
    """
    return _CASH.search(label) is not None
