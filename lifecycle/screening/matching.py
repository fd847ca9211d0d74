"""Whether two names may be the same: how they are read, how they are compared, and why they match.

Pure: no database, no settings, the same answer every time. A name is read into tokens (`read`), two names are compared
token by token whatever their order (`compare`), and `keys` says under which keys a name is looked for, so that few of
200,000 listed names have to be compared. docs/screening.md explains the rules, and what the threshold trades.
"""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from anyascii import anyascii
from rapidfuzz.distance import OSA

#: From this score on a pair is shown. Measured on the labelled set of tests/lifecycle/screening/labelled.py.
THRESHOLD = 84
#: Names longer than this are cut: nobody is called so, and the comparison is quadratic in tokens.
LONGEST = 300
MOST_TOKENS = 16
#: Entries that one name is compared with, the most promising first.
MOST_CANDIDATES = 120
#: A key that so many entries share tells little: it is left out while others find something.
COMMON = 6000


def _words(text: str) -> list[str]:
    return text.split()


# Words --------------------------------------------------------------------------------------------------------------
#: What says how an organisation is constituted. Written with or without it, the organisation is the same.
LEGAL_FORMS = frozenset(
    _words("""
        ltd limited llc inc incorporated corp corporation co plc llp lp lllp pllc jsc pjsc cjsc ojsc pte pty pvt sdn
        bhd gmbh ag kg ohg ug mbh kgaa ev eg sa sas sarl sasu snc sca scs eurl gie asbl srl spa sapa snc bv nv vof cv
        bvba cvba sprl ab hb oy oyj as asa aps ks ltda ltd limitada sl sll slu sac saa saic eirl sociedad anonima
        ooo oao zao pao ao nao tov too dooel doo dd ad kd ood eood sp zoo kft zrt nyrt bt sro oue uab
        sia tbk fzc fze fzco dmcc wll bsc saog saoc spc kk gk yk fmba psc pcl berhad anonim sirketi sirket sti
        mhdwdh mhdwd
    """)
)
#: The same in several words.
LEGAL_PHRASES: tuple[tuple[str, ...], ...] = tuple(
    sorted(
        (
            tuple(phrase.split())
            for phrase in (
                "limited liability company", "limited liability partnership", "public limited company",
                "joint stock company", "open joint stock company", "public joint stock company",
                "closed joint stock company", "private limited", "sociedad anonima", "sociedad limitada",
                "sociedad de responsabilidad limitada", "sociedade anonima", "societe anonyme",
                "societe a responsabilite limitee", "societe par actions simplifiee", "societa per azioni",
                "societa a responsabilita limitata", "aktiengesellschaft", "gesellschaft mit beschrankter haftung",
                "naamloze vennootschap", "besloten vennootschap",
                "obshchestvo s ogranichennoy otvetstvennostyu", "aktsionernoe obshchestvo",
                "publichnoe aktsionernoe obshchestvo", "otkrytoe aktsionernoe obshchestvo",
                "zakrytoe aktsionernoe obshchestvo", "sp z o o", "s a r l", "s r l", "s p a", "s a s", "l l c", "b v",
                "n v", "s a", "gu fen you xian gong si", "you xian ze ren gong si", "you xian gong si", "gong si",
                "dhat msywlyh mhdwdh", "dh m m", "s de r l de c v", "s de rl de cv", "s de r l", "s de rl", "sa de cv",
                "s a de c v",
            )
        ),
        key=len,
        reverse=True,
    )
)  # fmt: skip
#: What many organisations have in their names: alike or not, it says little. One word for each in every language.
_SAME_GENERIC = {
    "company": "companies compagnie societe soc compania companhia sociedad kompaniya kompania gesellschaft empresa"
    " shrkh entreprise enterprise enterprises obshchestvo firma firm corporation corporacion",
    "group": "groups groupe grupo gruppe gruppa mjmwh gruppo",
    "holding": "holdings kholding",
    "mining": "mines mine miniere minieres minera mineria minas mineracao bergbau gornaya gorno gornodobyvayushchaya"
    " gornorudnaya tdyn",
    "trading": "trade commerce commercial comercial handels torgovy torgovyy torgovaya tjrh",
    "resources": "resource ressources recursos",
    "minerals": "mineral minerales mineraux",
    "metals": "metal metales metaux metally",
    "gold": "oro zoloto",
    "exploration": "exploracion exploitation",
    "energy": "energie energia energiya",
    "industries": "industry industrial industria industrias industrie promyshlennaya",
    "services": "service servicios",
    "construction": "constructions construccion stroitelnaya",
    "transport": "transports transporte logistics logistique logistica",
    "international": "internacional internationale mezhdunarodnaya mezhdunarodnyy dwlyh",
    "national": "nacional nationale",
    "bank": "banque banco bnk",
    "foundation": "fondation fundacion stiftung fond mwssh",
    "association": "asociacion associacao verein",
    "investment": "investments investissement inversiones",
    "partners": "partnership partner",
    "organisation": "organization organizacion",
    "import": "", "export": "", "general": "", "fund": "", "trust": "", "institute": "", "agency": "", "society": "",
    "cooperative": "cooperativa", "union": "", "development": "", "ventures": "", "global": "", "world": "",
    "center": "centre centro", "office": "", "committee": "comite", "council": "", "ministry": "", "dom": "",
    "zavod": "", "kombinat": "",
}  # fmt: skip
_GENERIC_AS = {word: one for one, words in _SAME_GENERIC.items() for word in (one, *words.split())}
GENERIC = frozenset(_SAME_GENERIC)
#: Chinese words that stand for a generic one, longest first; they are no syllables of a name.
_HAN_WORDS = (
    ("股份有限公司", " gu fen you xian gong si "), ("有限责任公司", " you xian ze ren gong si "),
    ("有限公司", " you xian gong si "), ("有限責任公司", " you xian ze ren gong si "), ("公司", " gong si "),
    ("集团", " group "), ("集團", " group "), ("矿业", " mining "), ("礦業", " mining "), ("贸易", " trading "),
    ("貿易", " trading "), ("国际", " international "), ("國際", " international "), ("银行", " bank "),
    ("資源", " resources "), ("资源", " resources "), ("投资", " investment "), ("投資", " investment "),
    ("实业", " industries "), ("實業", " industries "), ("能源", " energy "),
)  # fmt: skip
#: Small words between the others, and Arabic articles and "son of".
PARTICLES = frozenset(
    _words("""
        the of for and de du des del della di da do dos das der den la le les el al ul ad ash as los las et und an bin
        ibn ben bint
    """)
)
#: Honorifics that lists and people put before a name.
TITLES = frozenset(
    _words("""
        mr mrs ms miss dr prof sheikh shaykh hajji haji hadji sir eng ing don dona monsieur madame
    """)
)

WEIGHT_GENERIC, WEIGHT_INITIAL = 0.3, 0.5
#: What a part costs that only the longer of two names has, where the shorter one matches with at least two parts.
MISSING_PART = 0.4
#: Below it two tokens have nothing to do with each other.
LEAST_ALIKE = 0.6

_APOSTROPHES = re.compile(r"['`’‘ʼʻ´]")
_DOTTED = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
#: "And" in Spanish, Portuguese and Slavic languages; capitals are initials.
_AND = re.compile(r"(?<=\s)[yei](?=\s)")
_WORDS = re.compile(r"[a-z0-9]+")
_ARABIC_ARTICLE = re.compile(r"(?<!\w)(?:وال|ال)(?=\w{2,})")
#: Arabic "for" with its article, before what a company does: "للتعدين", for mining.
_ARABIC_FOR = re.compile(r"(?<!\w)لل(?=\w{3,})")
_ABD = re.compile(r"^abd(?:u|a|e)l(?=[a-z]{3,})|^abd(?=(?:rahman|allah|ullah|aziz))")
_DIGRAPHS = (
    ("schtsch", "S"), ("shch", "S"), ("tsch", "C"), ("sch", "S"), ("tch", "C"), ("dzh", "J"), ("zh", "Z"),
    ("kh", "H"), ("sh", "S"),
    ("ch", "C"), ("ph", "f"), ("th", "t"), ("dh", "d"), ("gh", "g"), ("dj", "J"), ("ts", "C"), ("tz", "C"),
    ("cz", "C"), ("sz", "S"), ("ck", "k"), ("qu", "k"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ie", "i"),
    ("ij", "i"), ("iy", "i"),
)  # fmt: skip
_SOFT_C = re.compile(r"c(?=[eiy])")
_LETTERS = str.maketrans({"x": "ks", "q": "k", "w": "v", "y": "i", "c": "k", "S": "s", "C": "c", "J": "j", "Z": "z",
                          "H": "h"})  # fmt: skip
_REPEATED = re.compile(r"(.)\1+")
#: Of a repeated letter the letter, without reading a template each time.
_ONCE = itemgetter(1)
_VOWELS = re.compile(r"[aeiou]+")
_LOOSER = str.maketrans({"v": None, "p": "b", "g": "s", "j": "s", "z": "s", "c": "s", "h": None})


class Token(NamedTuple):
    """One part of a name. `folded`: the same sounds spelled one way; `sound`: its consonants; `loose`: for keys."""

    text: str
    folded: str
    sound: str
    loose: str
    weight: float
    is_number: bool
    #: Written without vowels, as Arabic and Hebrew are.
    is_bare: bool


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is compared."""

    tokens: tuple[Token, ...]
    #: Scripts it was written in other than Latin: cyrillic, arabic, han, …
    scripts: tuple[str, ...]
    #: Legal forms that were left out.
    legal: tuple[str, ...]
    #: It was written with accents or other marks.
    marked: bool

    @property
    def plain(self) -> str:
        """As it is compared, in Latin letters and without order: equal for names that are the same."""
        return " ".join(sorted(token.text for token in self.tokens))


@dataclass(frozen=True)
class Reason:
    """Why two names match: a code of `REASONS`, and the parts that it is about."""

    code: str
    ours: str = ""
    listed: str = ""


#: Codes of reasons; their words are in states.py.
REASONS = (
    "identical", "order", "script", "accents", "legal_form", "swapped", "one_letter", "letters", "sound", "initial",
    "joined", "missing_part", "other_number", "different",
)  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """How alike two names are, 0 to 100, and why."""

    score: int
    reasons: tuple[Reason, ...]


# Reading ------------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    if letter.isascii() or not letter.isalpha():
        return ""
    word = unicodedata.name(letter, "").split(" ")[0].split("-")[0].lower()
    return {"latin": "", "cjk": "han", "modifier": "", "fullwidth": ""}.get(word, word)


def _fold(text: str) -> str:
    """The same sounds spelled one way: Shevchenko, Schewtschenko and Chevtchenko come close to each other."""
    folded = _SOFT_C.sub("s", text)
    for written, one in _DIGRAPHS:
        if written in folded:
            folded = folded.replace(written, one)
    folded = _REPEATED.sub(_ONCE, folded.translate(_LETTERS))
    if len(folded) > 3 and folded.endswith("f"):
        folded = folded[:-1] + "v"
    return folded[:-1] if len(folded) > 3 and folded.endswith("h") else folded


@lru_cache(maxsize=50_000)
def _token(text: str, is_bare: bool) -> Token:
    is_number = any(c.isdigit() for c in text)
    folded = text if is_number else _fold(text)
    sound = text if is_number else _REPEATED.sub(_ONCE, _VOWELS.sub("", folded)) or folded
    loose = text if is_number else _REPEATED.sub(_ONCE, sound.translate(_LOOSER)) or folded
    weight = WEIGHT_GENERIC if text in GENERIC else WEIGHT_INITIAL if len(text) == 1 and not is_number else 1.0
    return Token(text, folded, sound, loose, weight, is_number, is_bare)


@lru_cache(maxsize=20_000)
def read(name: str) -> Name:
    """A name as it is compared: in Latin letters, without accents, legal forms, titles and small words."""
    return _read(name)


def _read(name: str) -> Name:
    text = name[:LONGEST]
    scripts: tuple[str, ...] = ()
    marked = False
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        scripts = tuple(sorted({found for letter in text if (found := _script(letter))}))
        marked = not scripts
        if "han" in scripts:
            for written, spoken in _HAN_WORDS:
                text = text.replace(written, spoken)
            text = "".join(f" {c} " if _script(c) == "han" else c for c in text)
        if "arabic" in scripts:
            text = _ARABIC_FOR.sub("", _ARABIC_ARTICLE.sub("", text))
        text = anyascii(text)
    text = _AND.sub(" ", text)
    text = _DOTTED.sub(_undotted, _APOSTROPHES.sub("", text).lower())
    words = _WORDS.findall(text)[:MOST_TOKENS]
    is_bare = bool({"arabic", "hebrew"} & set(scripts))
    kept, legal = _without_legal_forms(words)
    if "han" not in scripts:
        kept = [w for w in kept if w not in PARTICLES and w not in TITLES] or kept
    parts: list[str] = []
    for word in (_GENERIC_AS.get(word, word) for word in kept):
        begins = _ABD.match(word)
        parts += ["abd", word[begins.end() :]] if begins else ["abd"] if word in {"abdul", "abdel", "abdal"} else [word]
    return Name(tuple(_token(part, is_bare) for part in parts), scripts, legal, marked)


def _undotted(found: re.Match[str]) -> str:
    """S.A.R.L. is one word, J.R. are two initials."""
    letters = found[0].replace(".", "")
    return f" {letters} " if letters in LEGAL_FORMS else f" {' '.join(letters)} "


def _without_legal_forms(words: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The words without legal forms, and which were left out; everything where nothing else would be left."""
    kept: list[str] = []
    legal: list[str] = []
    at = 0
    while at < len(words):
        phrase = next((p for p in _PHRASES.get(words[at], ()) if tuple(words[at : at + len(p)]) == p), None)
        if phrase is not None:
            legal.append(" ".join(phrase))
            at += len(phrase)
            continue
        (legal if words[at] in LEGAL_FORMS else kept).append(words[at])
        at += 1
    return (kept, tuple(sorted(legal))) if kept else (list(words), ())


_PHRASES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    first: tuple(p for p in LEGAL_PHRASES if p[0] == first) for first in {p[0] for p in LEGAL_PHRASES}
}


# Comparing ----------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=50_000)
def _alike(a: Token, b: Token) -> tuple[float, str]:
    """How alike two tokens are, 0 to 1, and in which way. Symmetric."""
    if a.text == b.text:
        return 1.0, ""
    if a.is_number or b.is_number:
        return 0.0, ""
    if len(a.text) == 1 or len(b.text) == 1:
        return (0.9, "initial") if a.text[0] == b.text[0] or a.folded[0] == b.folded[0] else (0.0, "")
    if a.folded == b.folded:
        return 0.97, "sound"
    best, way = _spelled(a.text, b.text)
    if a.is_bare != b.is_bare:
        if a.loose == b.loose and len(a.loose) >= 2:
            return 0.94, "sound"
        if a.loose == b.loose or (min(len(a.loose), len(b.loose)) >= 4 and OSA.distance(a.loose, b.loose) == 1):
            best, way = max((best, way), (0.8, "sound"))
    if "j" in a.folded + b.folded and _with_i(a.folded) == _with_i(b.folded):
        return 0.95, "sound"
    if a.sound == b.sound and len(a.sound) >= 2:
        apart = OSA.distance(a.folded, b.folded)
        sounds = 0.95 - 0.035 * apart if len(a.sound) >= 3 else 0.88 - 0.08 * apart
        if sounds > best:
            best, way = sounds, way or "sound"
    elif a.loose == b.loose and len(a.loose) >= 3 and best < 0.84:
        best, way = max((best, way), (0.84 if len(a.loose) >= 4 else 0.78, "sound"))
    return (best, way) if best >= LEAST_ALIKE else (0.0, "")


def _with_i(folded: str) -> str:
    """Jurij is Yuri: j as many languages write it."""
    return _REPEATED.sub(_ONCE, folded.replace("j", "i"))


def _spelled(a: str, b: str) -> tuple[float, str]:
    """By letters that are wrong, missing, doubled or swapped: one costs little, a second one more."""
    longer = max(len(a), len(b))
    apart = OSA.distance(a, b, score_cutoff=3)
    if apart == 1 and longer >= 3:
        swapped = len(a) == len(b) and sorted(a) == sorted(b)
        return 1 - 0.8 / longer, "swapped" if swapped else "one_letter"
    if apart == 2 and longer >= 6:
        return 1 - 2.4 / longer, "letters"
    if apart == 3 and longer >= 10:
        return 1 - 4 / longer, "letters"
    return 0.0, ""


class _Pair(NamedTuple):
    """Tokens of one name that stand for tokens of the other; one of both sides is a single token."""

    alike: float
    way: str
    ours: tuple[int, ...]
    theirs: tuple[int, ...]


def _pairs(a: Sequence[Token], b: Sequence[Token]) -> Iterator[_Pair]:
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            alike, way = _alike(one, other)
            if alike:
                yield _Pair(alike, way, (i,), (j,))
    if len(a) != len(b):
        # Only then may a part of one be written in two in the other.
        for several, single, alike in _joins(a, b):
            yield _Pair(alike, "joined", several, single)
        for several, single, alike in _joins(b, a):
            yield _Pair(alike, "joined", single, several)


def _joins(parts: Sequence[Token], whole: Sequence[Token]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], float]]:
    """Neighbouring parts that together are one token of the other: Xiao Ming and Xiaoming."""
    for size in (2, 3):
        for start in range(len(parts) - size + 1):
            joined = "".join(part.text for part in parts[start : start + size])
            for j, other in enumerate(whole):
                if abs(len(joined) - len(other.text)) > 1 or len(joined) < 4:
                    continue
                alike, _way = _alike(_token(joined, parts[start].is_bare), other)
                if alike > 0.85:
                    # A little better than a part alone, so that the whole is preferred.
                    yield tuple(range(start, start + size)), (j,), min(1.0, alike)


def _aligned(a: Sequence[Token], b: Sequence[Token]) -> list[_Pair]:
    """The best pairs, each token once; longer joins before single tokens that are as alike."""
    found = sorted(
        _pairs(a, b),
        key=lambda p: (
            -p.alike,
            -len(p.ours) - len(p.theirs),
            -sum(a[i].weight for i in p.ours) - sum(b[j].weight for j in p.theirs),
            sorted(("".join(a[i].text for i in p.ours), "".join(b[j].text for j in p.theirs))),
            min(p.ours[0], p.theirs[0]),
            max(p.ours[0], p.theirs[0]),
        ),
    )
    chosen: list[_Pair] = []
    ours: set[int] = set()
    theirs: set[int] = set()
    for pair in found:
        if ours.isdisjoint(pair.ours) and theirs.isdisjoint(pair.theirs):
            chosen.append(pair)
            ours.update(pair.ours)
            theirs.update(pair.theirs)
    return chosen


def compare(ours: Name, listed: Name) -> Comparison:
    """How alike two names are and why. Symmetric in the score; 100 where the same parts stand in any order."""
    a, b = ours.tokens, listed.tokens
    if not a or not b:
        return Comparison(0, ())
    pairs = _aligned(a, b)
    score, longer_only = _score(a, b, pairs)
    return Comparison(score, tuple(_reasons(ours, listed, pairs, score, longer_only)))


def score_of(ours: Name, listed: Name) -> int:
    """The score alone."""
    a, b = ours.tokens, listed.tokens
    return _score(a, b, _aligned(a, b))[0] if a and b else 0


def _score(a: Sequence[Token], b: Sequence[Token], pairs: Sequence[_Pair]) -> tuple[int, bool]:
    """The score, and whether only the longer name has a part more."""
    matched = whole = strong = 0.0
    left_a, left_b = dict(enumerate(a)), dict(enumerate(b))
    for pair in pairs:
        tokens = [left_a.pop(i) for i in pair.ours] + [left_b.pop(j) for j in pair.theirs]
        weight = sum(token.weight for token in tokens)
        if pair.way == "initial":
            weight = 2 * WEIGHT_INITIAL
        matched += pair.alike * weight
        whole += weight
        strong += pair.alike >= 0.8 and weight >= 2
    only_longer = bool(left_a) != bool(left_b)
    left = [*left_a.values(), *left_b.values()]
    rate = MISSING_PART if only_longer and strong >= 2 else 1.0
    whole += rate * sum(token.weight for token in left)
    share = matched / whole if whole else 0.0
    if _numbers(a) != _numbers(b):
        share *= 0.7
    return math.floor(100 * share + 0.5), only_longer


def _numbers(tokens: Sequence[Token]) -> list[str]:
    return sorted(token.text for token in tokens if token.is_number)


def _reasons(ours: Name, listed: Name, pairs: Sequence[_Pair], score: int, longer_only: bool) -> Iterator[Reason]:
    a, b = ours.tokens, listed.tokens
    if score == 100 and not ours.scripts and not listed.scripts and [t.text for t in a] == [t.text for t in b]:
        yield Reason("identical")
    in_order = sorted(pairs, key=lambda p: p.ours)
    if any(one.theirs > other.theirs for one, other in pairwise(in_order)):
        yield Reason("order")
    for script in sorted({*ours.scripts} ^ {*listed.scripts}):
        yield Reason("script", script)
    if ours.marked != listed.marked:
        yield Reason("accents")
    if ours.legal != listed.legal:
        yield Reason("legal_form", ", ".join(ours.legal), ", ".join(listed.legal))
    for pair in in_order:
        if pair.way:
            yield Reason(pair.way, " ".join(a[i].text for i in pair.ours), " ".join(b[j].text for j in pair.theirs))
    used_a, used_b = {i for p in pairs for i in p.ours}, {j for p in pairs for j in p.theirs}
    left_a = " ".join(t.text for i, t in enumerate(a) if i not in used_a)
    left_b = " ".join(t.text for j, t in enumerate(b) if j not in used_b)
    if _numbers(a) != _numbers(b):
        yield Reason("other_number", " ".join(_numbers(a)), " ".join(_numbers(b)))
    if longer_only:
        yield Reason("missing_part", left_a, left_b)
    elif left_a or left_b:
        yield Reason("different", left_a, left_b)


# Finding ------------------------------------------------------------------------------------------------------------
def keys(name: Name) -> set[str]:
    """Under what a name is looked for: two spellings of one name share at least one key.

    The consonants of each telling token, the same with one left out (so that one wrong consonant does not hide it), and
    of neighbours written together. Tokens of one or two consonants count with their vowels.
    """
    telling = [t for t in name.tokens if t.weight == 1] or [t for t in name.tokens if len(t.text) > 1]
    telling = telling or list(name.tokens)
    found: set[str] = set()
    alone = len(telling) == 1
    for token in telling:
        if token.is_number:
            found.add(f"n{token.text}")
            continue
        loose = token.loose
        short = len(loose) <= 2
        if short:
            found.add(f"t{token.folded[:12]}")
        if not short or len(telling) <= 3:
            found.add(f"s{loose[:12]}")
        if len(loose) >= 4 or (alone and len(loose) > 1):
            found.update(_one_left_out(loose))
    for one, other in pairwise(telling):
        if len(one.text) + len(other.text) <= 14 and not one.is_number and not other.is_number:
            joined = _token(one.text + other.text, one.is_bare).loose[:12]
            if len(joined) >= 3:
                found.add(f"s{joined}")
            else:
                found.add(f"t{_token(one.text + other.text, one.is_bare).folded[:12]}")
    return found


@lru_cache(maxsize=50_000)
def _one_left_out(loose: str) -> tuple[str, ...]:
    """The consonants, and the same without each one of the first eight; what then stands twice stands once."""
    found = [f"d{loose[:12]}"]
    for i in range(min(len(loose), 8)):
        twice = 0 < i < len(loose) - 1 and loose[i - 1] == loose[i + 1]
        found.append("d" + (loose[:i] + loose[i + 1 + twice :])[:12])
    return tuple(found)


def promising(postings: Mapping[str, Sequence[int]], size: int) -> list[int]:
    """The entries that share the rarest keys, the best first, from which entries stand under each key of a name."""
    weights: dict[int, float] = defaultdict(float)
    rare = {key: entries for key, entries in postings.items() if len(entries) <= COMMON}
    for key, entries in (rare or postings).items():
        telling = math.log((size + 1) / len(entries)) + 0.1 if entries else 0.0
        weight = telling * (0.6 if key[0] == "d" else 1.0)
        for entry in entries:
            weights[entry] += weight
    return sorted(weights, key=lambda entry: (-weights[entry], entry))[:MOST_CANDIDATES]


class Found(NamedTuple):
    """An entry that may be who was searched for, by the best of its names."""

    entry: int
    score: int
    listed: str


def best_of(ours: Name, names: Iterable[str]) -> tuple[int, str]:
    """The best score among the names of an entry, and which name that was."""
    best, which = 0, ""
    for listed in names:
        score = score_of(ours, read(listed))
        if score > best:
            best, which = score, listed
    return best, which


class Postings:
    """Keys of many entries, gathered: what stands under each key."""

    def __init__(self) -> None:
        self.entries: dict[str, array[int]] = {}
        self.size = 0

    def add(self, entry: int, names: Iterable[str]) -> None:
        self.size += 1
        found: set[str] = set()
        for name in names:
            found |= keys(_read(name))
        for key in found:
            held = self.entries.get(key)
            if held is None:
                held = self.entries[key] = array("I")
            held.append(entry)


class Index:
    """A list in memory, for the command and for measuring. The database keeps the same under the same keys."""

    def __init__(self, entries: Iterable[Sequence[str]]) -> None:
        self.names: list[tuple[str, ...]] = []
        self.postings = Postings()
        for number, names in enumerate(entries):
            self.names.append(tuple(names))
            self.postings.add(number, names)

    def find(self, name: str, threshold: int = THRESHOLD) -> list[Found]:
        """Entries from the threshold on, the most alike first."""
        ours = read(name)
        held = self.postings.entries
        near = promising({key: held[key] for key in keys(ours) if key in held}, self.postings.size)
        found = [Found(entry, *best_of(ours, self.names[entry])) for entry in near]
        return sorted((f for f in found if f.score >= threshold), key=lambda f: (-f.score, f.entry))
