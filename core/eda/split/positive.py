"""Which of two classes is the positive one, by convention: the words and codings for yes against those for no."""

from __future__ import annotations

import unicodedata

# Positive first. Only what is yes or no by itself: of good and bad, either may be what is looked for.
_PAIRS = """
    yes/no y/n true/false t/f 1/0 1/-1 positive/negative pos/neg +/- on/off present/absent presence/absence
    sí/no s/n verdadero/falso v/f positivo/negativo oui/non o/n vrai/faux positif/négatif ja/nein j/n wahr/falsch w/f
    positiv/negativ sim/não verdadeiro/falso si/no vero/falso ja/nee waar/onwaar ja/nej sant/falskt ja/nei sann/usann
    kyllä/ei tak/nie ano/ne da/ne da/nu evet/hayır igen/nem taip/ne jā/nē jah/ei да/нет так/ні истина/ложь ναι/όχι
    हाँ/नहीं हां/नहीं ya/tidak có/không 是/否 はい/いいえ 예/아니오 네/아니요 نعم/لا כן/לא
"""


def _plain(word: str) -> str:
    """Return `word` without case, accents and what stands around it: True. is true, and Não nao."""
    folded = unicodedata.normalize("NFKD", word.casefold()).replace("\N{MINUS SIGN}", "-")
    letters = "".join(char for char in folded if unicodedata.category(char) != "Mn")
    return letters.strip(" .!\t\"'\N{NO-BREAK SPACE}")


# Yes of one language meets no of another (si, NO; true, no): words in full are taken together, single letters by pair.
_COUPLES = {tuple(_plain(word) for word in pair.split("/")) for pair in _PAIRS.split()}
_YES = {yes for yes, no in _COUPLES if len(yes) > 1 or yes.isdigit()}
_NO = {no for yes, no in _COUPLES if len(no) > 1 or no.isdigit()}


def positive_of(first: str, second: str) -> str | None:
    """Return the positive one of two classes, or None where there is no convention."""
    for positive, negative in ((first, second), (second, first)):
        yes, no = _plain(positive), _plain(negative)
        if (yes, no) in _COUPLES or (yes in _YES - _NO and no in _NO - _YES):
            return positive
    return None
