"""Where a line or a subtitle may end: best after a sentence, worst between an article and its noun.

What a word leads (`the` its noun, `because` its clause) is known for a few languages; in others punctuation and
silences alone decide. Chinese and Japanese break anywhere but before closing and after opening punctuation (kinsoku),
in Japanese best where a particle ends.
"""

from enum import IntEnum
from typing import Final

from callscribe.transcript.graphemes import clusters, is_ideographic

_SENTENCE_ENDS: Final = tuple(".!?…。\uff01\uff1f।॥؟\u06d4")
_CLAUSE_ENDS: Final = (",", ";", ":", "\u2013", "—", "、", "\uff0c", "\uff1b", "\uff1a", "،", "؛")
_CLOSING: Final = "\"'”’»)]}」』】〉》）"  # noqa: RUF001 - the marks themselves
_NOT_FIRST: Final = frozenset(
    "、。，．！？；：）」』】〉》〕｝ー々ゝゞヽヾ…‥・％ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ,.!?:;)]}%”’»"  # noqa: RUF001 - the marks themselves
)
_NOT_LAST: Final = frozenset("（「『【〈《〔｛([{“‘«＄￥")  # noqa: RUF001 - the marks themselves

_LEADING: Final = {
    language: frozenset(words.split())
    for language, words in {
        "en": """a an the this that these those my your his her its our their and or but nor so because if when while
            where which who whose that than as of to in on at by for from with without into onto over under about
            between through during after before until since not very no mr. mrs. ms. dr. prof. i we they he she""",
        "de": """der die das den dem des ein eine einen einem einer eines mein dein sein ihr unser euer und oder aber
            denn weil dass ob wenn als während wo der welche welcher in im an am auf bei beim für von vom mit ohne zu
            zum zur aus nach über unter durch um vor seit bis nicht sehr kein keine herr frau dr. prof. ich wir sie
            er es""",
        "fr": """le la les un une des du de ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur
            leurs et ou mais donc or ni car que qui quand si comme où dont à au aux en dans sur sous par pour avec sans
            chez entre vers depuis pendant ne très pas m. mme dr. je tu il elle nous vous ils elles on""",
        "es": """el la los las un una unos unas lo este esta estos estas mi tu su sus nuestro nuestra y e o u pero sino
            porque que quien cuando si como donde de del a al en con sin por para sobre entre hasta desde no muy sr.
            sra. dr. yo él ella nosotros ellos se""",
        "it": """il lo la i gli le un uno una questo questa mio mia tuo tua suo sua nostro nostra e o ma perché che chi
            quando se come dove di del della dei delle a al alla in nel nella con senza su sul per tra fra da dal dalla
            non molto sig. dott. io noi loro si""",
        "pt": """o a os as um uma uns umas este esta meu minha seu sua nosso nossa e ou mas porque que quem quando se
            como onde de do da dos das em no na nos nas com sem por para sobre entre até desde não muito sr. sra. dr.
            eu nós ele ela""",
        "nl": """de het een deze dit die dat mijn jouw zijn haar ons onze hun en of maar want omdat dat als wanneer
            terwijl waar die van in op aan bij voor met zonder naar uit over onder door om na tot sinds niet heel geen
            ik wij we zij ze hij""",
    }.items()
}
"""Language → words that belong to what follows: a line is broken before them, never after them."""


class Break(IntEnum):
    """What stands on both sides of a place to break, the best first."""

    SENTENCE = 0
    CLAUSE = 1
    PHRASE = 2
    """Before a word that leads a phrase, or after a particle that ends one."""
    WORD = 3
    CLINGING = 4
    """Between a word and what it leads, or inside a word."""


def break_between(before: str, after: str, *, glued: bool = False, language: str = "") -> Break:
    """How good a place it is between two displayed words. `glued`: no space stands between them; `language`: the first
    part of a locale, as in `en-US`.
    """
    leading = _LEADING.get(language, frozenset())
    word = before.casefold()
    if word in leading:
        return Break.CLINGING
    bare = before.rstrip(_CLOSING) or before
    if bare.endswith(_SENTENCE_ENDS):
        return Break.SENTENCE
    if bare.endswith(_CLAUSE_ENDS):
        return Break.CLAUSE
    if glued:
        return _break_inside(before, after)
    return Break.PHRASE if after.casefold() in leading else Break.WORD


def stays_with(before: str, after: str) -> bool:
    """Whether one of two words is only punctuation of the other, set off by a space as in French. Dots alone are a pause."""
    return _NOT_LAST.issuperset(before) or (_NOT_FIRST.issuperset(after) and after.strip(".…") != "")


def unspaced(word: str) -> list[str]:
    """The pieces of a word between which a line may be broken, where it is Chinese or Japanese; else the word itself."""
    if word.isascii():
        return [word]
    pieces: list[str] = []
    last = ""
    for cluster in clusters(word):
        if last and _breakable(last, cluster):
            pieces.append(cluster)
        elif pieces:
            pieces[-1] += cluster
        else:
            pieces = [cluster]
        last = cluster
    return pieces


def _breakable(last: str, following: str) -> bool:
    if last in _NOT_LAST or following in _NOT_FIRST:
        return False
    return is_ideographic(last) or is_ideographic(following)


def _break_inside(before: str, after: str) -> Break:
    if not (is_ideographic(before[-1]) or is_ideographic(after)):
        return Break.CLINGING
    if _hiragana(before[-1]) and not _hiragana(after[0]):
        return Break.PHRASE
    katakana = "\u30a0" <= before[-1] <= "\u30ff" and "\u30a0" <= after[0] <= "\u30ff"
    return Break.CLINGING if katakana or _hiragana(before[-1]) else Break.WORD


def _hiragana(character: str) -> bool:
    return "\u3041" <= character <= "\u309f"
