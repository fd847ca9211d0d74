"""A labelled set of names: a list of invented persons and organisations, variants of them by listed rules, and names
that come near and are somebody else's.

Everything is invented: surnames and companies are made of syllables by a seeded generator, the same every time.
`python -m tests.lifecycle.screening.labelled` prints the table of docs/screening.md.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from lifecycle.screening.matching import Index

SEED = 20_260_901
#: Rows of each kind on the list, and questions of each kind.
LISTED, OTHERS, QUESTIONS = 900, 3_000, 2_400


def _words(text: str) -> list[str]:
    return text.split()


_STARTS = _words("""
    bal ber bor cal cor dal dor fal fen gar gol hal har kal kel kor lam lor mal mer mor nal nor pal per sal sor
    tal tor val vor zal zer
""")
_MIDDLES = _words("""
    a i o u an en or ur ist and ent old ander avi eno ubi ira oma ula
""")
_ENDS = _words("""
    bridge dale field holm more stead wick ton ley mann berg stein feld ström quist sen dahl vik lund gard rossi
    etti elli oni aro ada ero ez eira inho court mont ville nier land
""")
_GIVEN = _words("""
    Anselm Birgit Cosima Dorian Edwina Fabrice Gisela Henrik Ilona Jorinde Konrad Leopold Mathilde Nikolaus
    Ottilie Philippa Quentin Rosalind Severin Theodora Ulrike Valentin Wilhelmina Xaver Yolande Zacharias Alberta
    Bastian Clemens Delphine Ernest Florian Gwendolyn Hortense Isidor Josephine Kilian Laurent Marcella Norbert
""")
_MARKS = {"a": "áàâäãå", "e": "éèêë", "i": "íìîï", "o": "óòôöõ", "u": "úùûü", "n": "ñ", "c": "ç", "s": "š", "z": "ž"}
_DISTINCT = _words("""
    Kestrel Halcyon Juniper Obsidian Meridian Saffron Tamarisk Cinder Larkspur Alder Cobalt Marigold Quarry Falcon
    Harrow Linden Osprey Thistle Umber Verdant Willow Zephyr Basalt Cedar Dunlin Ember Garnet Heron Indigo Jasper
""")
_GENERIC = _words("""
    Mining Trading Resources Minerals Holding Logistics Energy Construction Industries Services Exploration
""")
_FORMS = [
    "Ltd",
    "Limited",
    "LLC",
    "Inc.",
    "GmbH",
    "S.A.",
    "S.A.R.L.",
    "S.p.A.",
    "B.V.",
    "Oy",
    "AB",
    "A/S",
    "Sp. z o.o.",
    "d.o.o.",
    "S. de R.L.",
    "Pty Ltd",
    "PLC",
    "AG",
    "SAS",
    "S.L.",
]
_STEMS = _words("""
    бурсан велгор гармот дольнек жасмир завертин курбач лагунец мерзляк норбуш ольшан пестуж рудмен сторгуч тамбоч
    ухлебин чернуш шатрен щедрух юркоб ярослеб хлопуш цветов
""")
_SLAV_GIVEN = _words("""
    Юрий Щедрин Жанна Евгений Алексей Наталья Дмитрий Сергей Михаил Любовь Вячеслав Геннадий Ярослав Ксения Захар
    Хамзат Цветана Эльвира
""")
_FATHER = _words("""
    Юрьевич Алексеевич Сергеевич Михайлович Захарович Геннадьевич
""")
_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_SPELLED = {
    "bgn": "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya",
    "iso": "a b v g d e jo z z i j k l m n o p r s t u f h c c s sc - y - e ju ja",
    "french": "a b v g d e io j z i i k l m n o p r s t ou f kh ts tch ch chtch - y - e iou ia",
    "german": "a b w g d e jo sch s i j k l m n o p r s t u f ch z tsch sch schtsch - y - e ju ja",
}
_ROMAN = {how: dict(zip(_LETTERS, _words(spelled), strict=True)) for how, spelled in _SPELLED.items()}
#: Parts of Arabic names as written, and as romanised by different hands.
_ARABIC = [
    ("محمود", ["Mahmoud", "Mahmud", "Mahmood"]),
    ("محمد", ["Mohammed", "Muhammad", "Mohamed"]),
    ("خالد", ["Khaled", "Khalid"]),
    ("يوسف", ["Yousef", "Yusuf", "Youssef"]),
    ("حسين", ["Hussein", "Husayn", "Hossein"]),
    ("عمر", ["Omar", "Umar"]),
    ("سليمان", ["Suleiman", "Sulayman", "Soliman"]),
    ("إبراهيم", ["Ibrahim", "Ebrahim"]),
    ("طارق", ["Tariq", "Tarek", "Tareq"]),
    ("جمال", ["Jamal", "Gamal", "Djamal"]),
    ("كريم", ["Karim", "Kareem"]),
    ("نجيب", ["Najib", "Naguib", "Nadjib"]),
    ("فاطمة", ["Fatima", "Fatimah", "Fatma"]),
    ("رشيد", ["Rashid", "Rachid", "Rasheed"]),
]
_NISBA = [
    ("الترمزي", ["al-Tarmuzi", "at-Tarmouzi", "Al Tarmuzi"]),
    ("البرقوعي", ["al-Barquqi", "el-Barqouqi", "Al Barquqi"]),
    ("الدشموني", ["al-Dashmuni", "ad-Dachmouni", "Al Dashmuni"]),
    ("الخرطبيلي", ["al-Khartabili", "el-Kartabili", "Al Khartabili"]),
    ("السنجقدار", ["al-Sanjaqdar", "as-Sanjakdar", "Al Sanjaqdar"]),
    ("النهرواني", ["al-Nahrawani", "an-Nahraouani", "Al Nahrawani"]),
    ("الكفرتوني", ["al-Kafartuni", "el-Kafartouni", "Al Kafartuni"]),
    ("المرجعيوني", ["al-Marjayuni", "el-Marjayouni", "Al Marjayuni"]),
]
_HAN = {
    "岚": "lan",
    "澍": "shu",
    "恺": "kai",
    "翊": "yi",
    "蔚": "wei",
    "珩": "heng",
    "琮": "cong",
    "昀": "yun",
    "澜": "lan",
    "霖": "lin",
    "骁": "xiao",
    "铭": "ming",
    "筠": "yun",
    "朔": "shuo",
    "棠": "tang",
    "湛": "zhan",
    "潼": "tong",
    "煜": "yu",
    "钧": "jun",
    "谦": "qian",
    "芷": "zhi",
    "婧": "jing",
    "璇": "xuan",
    "逸": "yi",
}
_HAN_FAMILY = {"欧": "ou", "柏": "bai", "端": "duan", "仲": "zhong", "闻": "wen", "翟": "zhai", "霍": "huo", "濮": "pu"}


@dataclass(frozen=True)
class Listed:
    """A row of the list: what it is, its name there, and its parts for the rules."""

    kind: str
    name: str
    parts: tuple[str, ...] = ()
    original: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A name to search: by which rule it was made, and the row it must find; None: nobody."""

    rule: str
    name: str
    wanted: int | None


def _title(word: str) -> str:
    return word[:1].upper() + word[1:]


class Maker:
    """Makes the list and the questions, each from the same seed."""

    def __init__(self, seed: int = SEED) -> None:
        self.random = random.Random(seed)
        self.taken: set[str] = set()

    def surname(self) -> str:
        while True:
            made = _title(self.random.choice(_STARTS) + self.random.choice(_MIDDLES) + self.random.choice(_ENDS))
            if made not in self.taken:
                self.taken.add(made)
                return made

    def person(self) -> Listed:
        given, middle = self.random.sample(_GIVEN, 2)
        parts = (given, middle, self.surname())
        return Listed("person", " ".join(parts), parts)

    def company(self) -> Listed:
        word = self.surname() if self.random.random() < 0.6 else self.random.choice(_DISTINCT) + " " + self.surname()
        generic, form = self.random.choice(_GENERIC), self.random.choice(_FORMS)
        joined = f"{word} and {_title(self.random.choice(_STARTS) + 'en')}" if self.random.random() < 0.2 else word
        return Listed("company", f"{joined} {generic} {form}", (joined, generic, form))

    def numbered(self) -> Listed:
        number = self.random.randrange(11, 990)
        word = self.surname()
        return Listed("numbered", f"{word} Brigade {number}", (word, str(number)))

    def slav(self) -> Listed:
        while True:
            middle = self.random.choice("аоу") + self.random.choice("нмртл")
            family = _title(
                self.random.choice(_STEMS) + middle + self.random.choice(["ов", "ев", "ский", "ин", "енко"])
            )
            if family not in self.taken:
                break
        self.taken.add(family)
        parts = (self.random.choice(_SLAV_GIVEN), self.random.choice(_FATHER), family)
        return Listed("slav", " ".join(roman(p, "bgn") for p in parts), parts, " ".join(parts))

    def arab(self) -> Listed:
        while True:
            one, two = self.random.sample(range(len(_ARABIC)), 2)
            three = self.random.randrange(len(_NISBA))
            if f"{one}-{two}-{three}" not in self.taken:
                break
        self.taken.add(f"{one}-{two}-{three}")
        chosen = [_ARABIC[one], _ARABIC[two], _NISBA[three]]
        return Listed(
            "arab", " ".join(c[1][0] for c in chosen), (str(one), str(two), str(three)), " ".join(c[0] for c in chosen)
        )

    def han(self) -> Listed:
        while True:
            family = self.random.choice(list(_HAN_FAMILY))
            one, two = self.random.sample(list(_HAN), 2)
            sounds = (_HAN_FAMILY[family], _HAN[one], _HAN[two])
            if " ".join(sounds) not in self.taken:
                break
        self.taken.add(" ".join(sounds))
        return Listed("han", f"{_title(sounds[0])} {_title(sounds[1])}{sounds[2]}", sounds, family + one + two)

    def list(self) -> list[Listed]:
        """The rows that questions are about first, then others around them."""
        makers: list[Callable[[], Listed]] = [self.person, self.company, self.slav, self.arab, self.han, self.numbered]
        shares = (0.32, 0.34, 0.15, 0.08, 0.06, 0.05)
        made = [make() for make, share in zip(makers, shares, strict=True) for _ in range(int(LISTED * share))]
        return made + [self.random.choice(makers[:2])() for _ in range(OTHERS)]


def roman(text: str, how: str) -> str:
    out = "".join(_ROMAN[how].get(c.lower(), c) if c.lower() in _ROMAN[how] else c for c in text).replace("-", "")
    return _title(out)


# Variants -----------------------------------------------------------------------------------------------------------
def _spot(r: random.Random, name: str, least: int = 4) -> tuple[list[str], int, int]:
    """A place within a longer word, not its first letter."""
    words = name.split(" ")
    long = [i for i, w in enumerate(words) if len(w) > least and w.isalpha()] or [
        max(range(len(words)), key=lambda i: len(words[i]))
    ]
    at = r.choice(long)
    return words, at, r.randrange(1, len(words[at]) - 1)


def wrong_letter(r: random.Random, name: str) -> str:
    words, at, i = _spot(r, name)
    words[at] = words[at][:i] + r.choice("aeiorstln") + words[at][i + 1 :]
    return " ".join(words)


def doubled_letter(r: random.Random, name: str) -> str:
    words, at, i = _spot(r, name)
    words[at] = words[at][:i] + words[at][i] + words[at][i:]
    return " ".join(words)


def dropped_letter(r: random.Random, name: str) -> str:
    words, at, i = _spot(r, name)
    words[at] = words[at][:i] + words[at][i + 1 :]
    return " ".join(words)


def swapped_letters(r: random.Random, name: str) -> str:
    words, at, i = _spot(r, name, 5)
    word = words[at]
    words[at] = word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :]
    return " ".join(words)


def added_mark(r: random.Random, name: str) -> str:
    spots = [i for i, c in enumerate(name) if c in _MARKS]
    for i in r.sample(spots, min(2, len(spots))):
        name = name[:i] + r.choice(_MARKS[name[i]]) + name[i + 1 :]
    return name


def without_marks(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def _person_rules(r: random.Random, row: Listed) -> dict[str, str]:
    given, middle, family = row.parts
    return {
        "one letter wrong": wrong_letter(r, row.name),
        "a letter doubled": doubled_letter(r, row.name),
        "a letter dropped": dropped_letter(r, row.name),
        "two letters swapped": swapped_letters(r, row.name),
        "surname first": f"{family} {given} {middle}",
        "surname first, comma": f"{family.upper()}, {given} {middle}",
        "middle name missing": f"{given} {family}",
        "middle name as initial": f"{given} {middle[0]}. {family}",
        "given names as initials": f"{given[0]}. {middle[0]}. {family}",
        "capitals": row.name.upper(),
        "marks added": added_mark(r, row.name),
        "marks left out": without_marks(row.name),
        "hyphens": f"{given}-{middle} {family}",
        "title before": f"Dr. {row.name}",
        "surname first and a letter wrong": wrong_letter(r, f"{family} {given} {middle}"),
        "middle name missing and a letter dropped": dropped_letter(r, f"{given} {family}"),
    }


def _company_rules(r: random.Random, row: Listed) -> dict[str, str]:
    word, generic, form = row.parts
    other = r.choice([f for f in _FORMS if f != form])
    rules = {
        "one letter wrong": f"{wrong_letter(r, word)} {generic} {form}",
        "a letter doubled": f"{doubled_letter(r, word)} {generic} {form}",
        "a letter dropped": f"{dropped_letter(r, word)} {generic} {form}",
        "two letters swapped": f"{swapped_letters(r, word)} {generic} {form}",
        "legal form left out": f"{word} {generic}",
        "another legal form": f"{word} {generic} {other}",
        "legal form before": f"{form} {word} {generic}",
        "legal form without points": f"{word} {generic} {form.replace('.', '').upper()}",
        "capitals": row.name.upper(),
        "marks added": added_mark(r, row.name),
        "order": f"{generic} {word} {form}",
        "the before": f"The {word} {generic} {form}",
        "legal form left out and a letter wrong": f"{wrong_letter(r, word)} {generic}",
    }
    if " and " in word:
        rules["and, &"] = row.name.replace(" and ", " & ")
    if " " in word and " and " not in word:
        rules["hyphens"] = row.name.replace(word, word.replace(" ", "-"))
    return rules


def _slav_rules(r: random.Random, row: Listed) -> dict[str, str]:
    given, father, family = row.parts
    rules = {f"romanised: {how}": " ".join(roman(p, how) for p in row.parts) for how in ("iso", "french", "german")}
    return rules | {
        "in Cyrillic": row.original,
        "in Cyrillic, surname first": f"{family} {given} {father}",
        "in Cyrillic, father's name missing": f"{given} {family}",
        "romanised, father's name missing": f"{roman(given, 'french')} {roman(family, 'french')}",
    }


def _arab_rules(r: random.Random, row: Listed) -> dict[str, str]:
    one, two, three = (int(p) for p in row.parts)
    spelled = [_ARABIC[one][1], _ARABIC[two][1], _NISBA[three][1]]
    return {
        "in Arabic": row.original,
        "romanised by another hand": " ".join(r.choice(s[1:]) for s in spelled),
        "romanised, without article": " ".join([spelled[0][0], spelled[1][-1], spelled[2][0].split("-")[-1]]),
        "romanised, surname first": " ".join([spelled[2][1], spelled[0][-1], spelled[1][0]]),
    }


def _han_rules(r: random.Random, row: Listed) -> dict[str, str]:
    family, one, two = row.parts
    return {
        "in Chinese": row.original,
        "given name in two": f"{_title(family)} {_title(one)} {_title(two)}",
        "given name with hyphen": f"{_title(family)} {_title(one)}-{two}",
        "given name first": f"{_title(one)}{two} {_title(family)}",
    }


def _numbered_rules(r: random.Random, row: Listed) -> dict[str, str]:
    word, number = row.parts
    return {"order": f"{number} Brigade {word}", "a letter doubled": f"{doubled_letter(r, word)} Brigade {number}"}


_RULES: dict[str, Callable[[random.Random, Listed], dict[str, str]]] = {
    "person": _person_rules, "company": _company_rules, "slav": _slav_rules, "arab": _arab_rules, "han": _han_rules,
    "numbered": _numbered_rules,
}  # fmt: skip


# Near-misses ----------------------------------------------------------------------------------------------------------
def _near(m: Maker, row: Listed) -> dict[str, str]:
    r = m.random
    if row.kind == "person":
        given, middle, family = row.parts
        others = [g for g in _GIVEN if g not in row.parts]
        one, two = r.sample(others, 2)
        return {
            "same surname, other given names": f"{one} {two} {family}",
            "same surname, other given name": f"{one} {family}",
            "same given names, other surname": f"{given} {middle} {m.surname()}",
            "same given name, other surname": f"{given} {m.surname()}",
            "other initial": f"{next(o for o in others if o[0] not in (given[0], middle[0]))[0]}. {family}",
            "surname that begins alike": f"{given} {family[:3].title()}{r.choice(_MIDDLES)}{r.choice(_ENDS)}olo",
            "nobody": f"{one} {m.surname()}",
        }
    if row.kind == "company":
        word, generic, form = row.parts
        first = word.split(" ")[0]
        return {
            "same first word, another company": f"{first} {m.surname()} {r.choice(_GENERIC)} {form}"
            if " " in word
            else f"{m.surname()} {generic} {form}",
            "shared generic words": f"{m.surname()} {generic} Company {form}",
            "shared generic words only": f"{generic} Company {form}",
            "name that begins alike": f"{first[:4]}{r.choice(_MIDDLES)}{r.choice(_STARTS)}una {generic} {form}",
            "nobody": f"{m.surname()} {r.choice(_GENERIC)} {r.choice(_FORMS)}",
        }
    if row.kind == "numbered":
        word, number = row.parts
        return {
            "another number": f"{word} Brigade {int(number) + r.randrange(1, 9)}",
            "the number turned round": f"{word} Brigade {number[::-1] if number[::-1] != number else number + '7'}",
        }
    if row.kind == "slav":
        given, father, family = row.parts
        other = r.choice([g for g in _SLAV_GIVEN if g != given])
        return {
            "same surname, other given name": f"{other} {family}",
            "same given and father's name, other surname": f"{given} {father} {m.slav().parts[2]}",
        }
    if row.kind == "arab":
        one, two, three = (int(p) for p in row.parts)
        free = [i for i in range(len(_ARABIC)) if i not in (one, two)]
        a, b = r.sample(free, 2)
        return {
            "same surname, other given names": f"{_ARABIC[a][1][0]} {_ARABIC[b][1][0]} {_NISBA[three][1][0]}"
            if f"{a}-{b}-{three}" not in m.taken and f"{b}-{a}-{three}" not in m.taken
            else f"{_ARABIC[a][1][0]} al-Zzqrwani",
            "same given names, other surname": f"{_ARABIC[one][1][0]} {_ARABIC[two][1][0]} al-{m.surname()}",
        }
    family = _title(row.parts[0])
    other = r.choice(["Peng", "Fang", "Bing", "Meng"]) + r.choice(["cai", "dong", "fei", "gui"])
    return {"same surname, other given name": f"{family} {other}"}


@dataclass
class Labelled:
    """The list, names that must be found, and names that must not."""

    rows: list[Listed] = field(default_factory=list)
    variants: list[Question] = field(default_factory=list)
    near: list[Question] = field(default_factory=list)


def make(seed: int = SEED) -> Labelled:
    """The whole set; the rules in turn, so that each has its share."""
    maker = Maker(seed)
    rows = maker.list()
    kinds: dict[str, list[int]] = {}
    for number, row in enumerate(rows[:LISTED]):
        kinds.setdefault(row.kind, []).append(number)
    variants: list[Question] = []
    near: list[Question] = []
    turn = 0
    about = [number for number in range(len(rows)) if number < LISTED and rows[number].kind in _RULES]
    while len(variants) < QUESTIONS or len(near) < QUESTIONS:
        number = about[turn % len(about)]
        row = rows[number]
        made = list(_RULES[row.kind](maker.random, row).items())
        rule, name = made[(turn // len(about) * 5 + number) % len(made)]
        rule_2, name_2 = made[(turn // len(about) * 5 + number + 3) % len(made)]
        missed = list(_near(maker, row).items())
        rule_3, name_3 = missed[(turn // len(about) + number) % len(missed)]
        rule_4, name_4 = missed[(turn // len(about) + number + 1) % len(missed)]
        variants += [Question(rule, name, number), Question(rule_2, name_2, number)]
        near += [Question(rule_3, name_3, None), Question(rule_4, name_4, None)]
        turn += 1
    return Labelled(rows, variants[:QUESTIONS], near[:QUESTIONS])


@dataclass(frozen=True)
class Figures:
    """What a threshold gives: found of those to be found; and right of all names that were shown anything."""

    threshold: int
    recall: float
    precision: float


class Measured:
    """The best score of every question, once: thresholds are then arithmetic."""

    def __init__(self, labelled: Labelled, least: int = 60) -> None:
        index = Index([[row.name, *row.others] for row in labelled.rows])
        self.labelled = labelled
        self.right = [
            max((f.score for f in index.find(q.name, least) if f.entry == q.wanted), default=0)
            for q in labelled.variants
        ]
        self.wrong = [max((f.score for f in index.find(q.name, least)), default=0) for q in labelled.near]

    def at(self, threshold: int) -> Figures:
        found = sum(score >= threshold for score in self.right)
        false = sum(score >= threshold for score in self.wrong)
        return Figures(threshold, found / len(self.right), found / (found + false) if found + false else 1.0)

    def missed(self, threshold: int) -> list[tuple[str, str, str, int]]:
        rows = self.labelled.rows
        return [
            (q.rule, q.name, rows[q.wanted or 0].name, score)
            for q, score in zip(self.labelled.variants, self.right, strict=True)
            if score < threshold
        ]

    def by_rule(self, threshold: int) -> dict[str, tuple[int, int]]:
        total: Counter[str] = Counter(q.rule for q in self.labelled.variants)
        missed: Counter[str] = Counter(rule for rule, *_ in self.missed(threshold))
        return {rule: (count - missed[rule], count) for rule, count in sorted(total.items())}


if __name__ == "__main__":
    measured = Measured(make())
    print("| threshold | recall | precision |\n| --- | --- | --- |")
    for value in range(70, 99, 2):
        one = measured.at(value)
        print(f"| {value} | {one.recall:.3f} | {one.precision:.3f} |")
