"""Texts of generated articles: sentences with slots for places, persons, organisations, countries, numbers and words.

How often places, persons, organisations and countries stand in a thousand characters follows real articles; so do the
themes, their titles and the forms that the reading of articles looks for. The sentences are the project's own.
"""

import csv
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks import words

REFERENCE = Path(__file__).parent.parent / "etl" / "reference"
PREPARED = 6_000
"""Phrases, persons and institutions that are put together once; sentences are put together from them every time."""

THEME_SHARE, COMMON_SHARE, PLAIN_SHARE = 30, 22, 64
"""How often a sentence is of the theme, names somebody or something, or does neither: measured on real articles."""

Draw = Callable[[], float]
Part = str | list[str]
Template = list[Part]

_SLOT = re.compile(r"\{(\w+)\}")
_IRREGULAR = {
    "build": "built", "draw": "drew", "sell": "sold", "cast": "cast", "sow": "sowed", "dig": "dug", "grind": "ground",
    "weave": "wove", "spin": "spun", "freeze": "froze", "feed": "fed", "shear": "sheared", "sew": "sewed",
    "breed": "bred", "teach": "taught", "knit": "knitted", "overfulfil": "overfulfilled", "fulfil": "fulfilled",
}  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """What an article can be about.

    Attributes:
        share: how many of a thousand articles are about it.
        titles: headlines.
        leads: first sentences.
        bodies: sentences that follow, together with those that stand in every theme.
        sentences: how many of the bodies follow, in their order, where an article has a fixed form; 0 if it has none.
    """

    share: int
    titles: tuple[str, ...]
    leads: tuple[str, ...]
    bodies: tuple[str, ...]
    sentences: int = 0


PLAIN = (
    "The {people} {past} {np} {way}, and they also {past} {np2} in a short span of time.",
    "{Adverb} {ing} {np}, the {people} {past} {np2}.",
    "More than {number} {things} and {number} {things} were made ready {aim}.",
    "The {quality} {things} are {quality} enough {aim}, and {np} is now {quality}.",
    "They {past} {np}, thus {ing} {np2} {adverb}.",
    "Great stress is put on {ing} {np} and on the {abstract} of {quality} {people}.",
    "As a result, {np} has grown {percent} percent above the {abstract} of last year.",
    "The {people} keep {ing} {np}, and {np2} is to be {done} by the end of {month}.",
    "The {abstract} and the {abstract} of the {people} have become {quality} and {quality}.",
    "Every {group} has {done} {np} with {quality} {abstract}, {ing} {np2} {adverb}.",
    "The whole country is out {aim}, and the {people} in the van {verb} {np} {way}.",
    "Looking round {np}, the {people} talked about {abstract} and {abstract}.",
    "Not a few {people} volunteered {aim}, and others {past} {np} {way}.",
    "The {thing} with its {quality} {things} gives {pleasure} to the {people}.",
    "What matters is {aim}, for {np} without {abstract} would never {verb} {np2}.",
    "This is the {quality} {abstract} of the times, in which {people} {verb} {np} and {people} {verb} {np2}.",
)
"""Sentences of every theme that name nobody and nothing."""

COMMON = (
    "The {people} of {factory} {past} {np} {way}.",
    "“We will {verb} {np} {adverb},” {person} told reporters.",
    "An {exact} plan {aim} is under way.",
    "{Country} and the DPRK have {done} {np}, and the {nationality} {people} {verb} {np2}.",
    "{Office} {person} said that {np} should be {done} {way}.",
    "The DPRK government has {done} {np} and pays {quality} attention to {np2}.",
    "True to the decisions of the Workers' Party of Korea, the {people} {past} {np}.",
    "It is the unshakable will of the WPK Central Committee {aim}.",
    "The {abstract} of the DPRK is to {verb} {np} and {np2}.",
    "Their {abstract} shows how {people} of Korea {verb} {np}.",
    "{Np} was {done} by the {people} of the KPA and the {people} of the Socialist Patriotic Youth League.",
    "Officials of {ministry} went out to the spot {aim}.",
)
"""Sentences of every theme with a name."""

THEMES: dict[str, Theme] = {
    "works": Theme(
        180,
        (
            "{Thing} Newly Built in {County}",
            "{Trade} {Body} of {City} Boosts Production of {Things}",
            "New {Things} Developed at {Factory}",
            "Construction of {Quality} {Thing} Progresses Apace in {County}",
            "{People} of {City} Increase Output of {Things}",
            "Ceremony for Inaugurating {Trade} {Body} Held in {County}",
        ),
        (
            "{Np} was {done} at {factory} in {county}, {way}.",
            "{People} of {county} are {ing} {np} {way}.",
            "The construction of a {quality} {thing} is in full swing in {county}, {province}.",
            "{Factory} has turned out {number} {things} since {month}, {percent} percent more than planned.",
        ),
        (
            "{Number} tonnes of {thing} were carried over {number} kilometres {way}.",
            "The {trade} {body} {past} {np} and {np2}.",
            "According to {office} {person}, {np} saves {number} kilowatt-hours a day.",
        ),
    ),
    "farming": Theme(
        70,
        (
            "Farms in {Province} Finish {Abstract} of {Things}",
            "Measures Taken to Protect {Things} in {County}",
            "{Thing} Harvest Begins in {County}",
        ),
        (
            "Farms in {county} and {county} of {province} are {ing} {np} {way}.",
            "Agricultural {people} of {province} {past} {number} hectares of {thing} fields {way}.",
        ),
        (
            "The {farm} in {county} {past} {np} before the rainy season.",
            "{Number} hectares of paddy fields were weeded and manured {way}.",
        ),
    ),
    "mining": Theme(
        45,
        ("{Coal} Complex Increases Output", "{Abstract} Pushed Forward at {Coal} Complex"),
        ("{People} of the {coal} Complex {past} {np} and cut {number} tonnes more than planned.",),
        (
            "The {coal} Mine and the {coal} Mine under the complex {past} {np} {way}.",
            "Blast furnaces and rolling lines were repaired {aim}.",
        ),
    ),
    "commentary": Theme(
        150,
        (
            "KCNA Commentary on {Abstract} of U.S.",
            "{Country}'s {Quality} {Abstract} Denounced",
            "DPRK Foreign Ministry Spokesperson on {Abstract} of U.S. and {Country}",
            "Press Statement of Vice-Minister of Foreign Affairs {Person}",
            "{Country} Slammed for {Quality} {Abstract}",
        ),
        (
            "The U.S. is resorting to {quality} {abstract} against {country} and the DPRK these days.",
            "{Nationality} media reported that {country} and the United States are {ing} {np}.",
            "A spokesperson for the Ministry of Foreign Affairs of the DPRK gave an answer about {np} of {country}.",
        ),
        (
            "The U.S., Japan and the ROK are {ing} {np} in the Korean peninsula, which is a {quality} {abstract}.",
            "{Country} and {country} expressed concern over the {quality} {abstract} of the United States.",
            "Israel's {abstract} against Palestine was condemned by {country}, {country} and the UN.",
            "{Nationality} President {foreigner} said that NATO and the European Union should {verb} {np}.",
            "The DPRK will {adverb} {verb} {np} if the U.S. and {country} dare {verb} {np2}.",
            "Russia and {country} {past} {np} at the UN Security Council in {month}.",
            "The {abstract} of the U.S. and its followers including {country} only brings about {abstract}.",
        ),
    ),
    "abroad": Theme(
        130,
        (
            "{hosted} {Body2} Praises {Abstract} of DPRK",
            "Delegation of {host} Arrives",
            "{hosted} Ambassador Gives Reception",
            "Meeting Held in {host} to Mark {Abstract} of Korea",
            "Talks Held between DPRK and {hosted} Delegations",
        ),
        (
            "A delegation of {host} led by {foreigner}, minister of {Abstract}, arrived here on {weekday}.",
            "{Foreigner}, ambassador of {host} to the DPRK, gave a reception at the embassy on {weekday}.",
            "A meeting to mark the {abstract} of the DPRK was held in {host} on {month} {dayno}.",
            "{hosted} organizations published articles about the {abstract} of the DPRK on their websites.",
        ),
        (
            "Present there were {person}, {office}, and {hosted} diplomats here.",
            "The {hosted} people and the Korean people are close in the {abstract} against imperialism.",
            "{Foreigner}, chairman of the {hosted} committee, said that {np} of Korea was {quality}.",
            "Both sides discussed {np} between the DPRK and {host}.",
            "Floral baskets were sent by {host}, {country} and {country}.",
            "The {hosted} paper carried a photo of {np} in Pyongyang.",
        ),
    ),
    "message": Theme(
        60,
        (
            "Respected Comrade Kim Jong Un Sends Message of Greeting to President of {host}",
            "Kim Jong Un Receives Message of Greeting from {hosted} President",
            "Greetings to {hosted} Foreign Minister",
            "Premier of DPRK Cabinet Sends Sympathy Message to {hosted} Premier",
        ),
        (
            "Kim Jong Un, president of the State Affairs of the DPRK, sent a message of greeting to {foreigner}, "
            "president of {host}, on {month} {dayno}, the {hosted} national day.",
            "{Person}, premier of the Cabinet of the DPRK, sent a message to {foreigner}, {hosted} prime minister, "
            "to {verb} {np} of {host}.",
            "Kim Jong Un exchanged messages with {foreigner} in {host} on {np} in the {hosted} capital.",
        ),
        (
            "The message sincerely wished the {hosted} people {abstract}, {abstract} and {abstract}.",
            "It expressed belief that the good relations between the two countries would {verb} {np}.",
            "The sender hoped that {host} would {verb} {np} {adverb} and the {people} would {verb} {np2}.",
            "{Np}, the message noted, is a {quality} {abstract} of which the {people} can be proud.",
            "Saying that {np} had {done} {np2}, he wished good health to the {people} and happiness to their families.",
            "He took this opportunity {aim}.",
            "On {month} {dayno} the embassy of {host} was told of it and {past} {np} {way}.",
            "The two countries have {done} {np} since the {ordinal} year of their {quality} {abstract}.",
        ),
        sentences=3,
    ),
    "appearance": Theme(
        75,
        (
            "Respected Comrade Kim Jong Un Visits {Factory}",
            "Kim Jong Un Inspects Construction Site of {Thing} in {County}",
            "Respected Comrade Kim Jong Un Gives Field Guidance to {Factory}",
            "Kim Jong Un Attends Inaugural Ceremony of {Trade} {Body} in {County}",
        ),
        (
            "Kim Jong Un, general secretary of the Workers' Party of Korea and president of the State Affairs of the "
            "Democratic People's Republic of Korea, visited {factory} in {county} on {today}.",
            "Kim Jong Un, general secretary of the Workers' Party of Korea, inspected {factory} on {today}.",
        ),
        (
            "He was accompanied by {person}, {person}, {person} and {person}.",
            "Kim Jong Un said that {np} should be {done} {way}, and stressed {np2}.",
            "He looked round {np} and {np2} and asked how the {people} {verb} {thing}.",
            "Kim Jong Un expressed satisfaction over {np}, saying that the {people} of {place} {past} {np2}.",
            "Secretaries of the WPK Central Committee {person} and {person} were on the spot.",
        ),
    ),
    "memory": Theme(
        110,
        (
            "{Abstract} Remembered for Ever",
            "Great Leader's {Abstract} for {People}",
            "Story about {Quality} {Thing}",
            "Anniversary of Kim Il Sung's {Abstract} Marked",
        ),
        (
            "One day in {month} Kim Jong Il visited {factory} in {county}.",
            "President Kim Il Sung called at a {thing} of {county} one evening in {month}.",
            "The {abstract} of Chairman Kim Jong Il is kept in the hearts of the {people}.",
        ),
        (
            "He said that {np} was {quality}, and had the {people} {verb} {np2}.",
            "Kim Jong Il asked {person}, a {quality} veteran, about {np}.",
            "Hearing this, the {people} were moved and {past} {np}.",
            "President Kim Il Sung {past} {np} all his life.",
        ),
    ),
    "culture": Theme(
        90,
        (
            "{Thing} Exhibition Opens at {Institution}",
            "{Nationality} Book and Photo Exhibition Held",
            "Art Performance Given in {City}",
            "{Quality} Relics of {Thing} Discovered in {County}",
        ),
        (
            "An exhibition of {things} opened at {institution} on {weekday}.",
            "{People} gave a performance at the theatre of {city} on {weekday}.",
            "{Institution} has found {quality} relics in {county}, {province}.",
        ),
        (
            "On display were {number} {things}, {things} and {things} from {place}.",
            "{Person}, section chief of {institution}, said that {np} was {quality}.",
            "The {thing} dates back to the {ordinal} century.",
        ),
    ),
    "sports": Theme(
        30,
        ("{Game} Contest of {Province} Closes", "DPRK Player {Person} Wins {Game} Event"),
        ("The national {game} contest closed in {city} on {weekday} after {dayno} days.",),
        (
            "{Person} of {province} beat {person} of {province} {dayno}-{dayno}.",
            "DPRK player {person} beat the {nationality} player in the final.",
            "The {nationality} and {nationality} teams came next.",
        ),
    ),
    "weather": Theme(
        15,
        ("Heavy Rain Warning Issued for {Province}", "Weather of {Month}"),
        ("The Hydro-Meteorological Administration issued a warning of {quality} rain for {province} and {province}.",),
        ("{Dayno}0 millimetres fell in {place} and {place}, and {quality} winds are expected in {county}.",),
    ),
    "review": Theme(
        85,
        ("Press Review", "Press Review", "Press Review", "Review of Rodong Sinmun"),
        (
            "Following are major news items carried by leading newspapers here on {weekday}, which deal with the "
            "{abstract}, {abstract} and {abstract} of the country.",
        ),
        (
            "Rodong Sinmun",
            "- An article about {np} of {county}.",
            "- The {people} of {factory} {past} {np}.",
            "- {Factory} {past} {np} {way}.",
            "- {People} {past} {np} {way}.",
            "- An editorial calls on {people} {aim}.",
            "Minju Joson",
            "- {Nationality} organizations {past} {np}.",
            "- A photo page on {np}.",
            "- {Ordinals} of {people} saw {things} at {institution}.",
        ),
        sentences=10,
    ),
}

KOREAN = Theme(
    1,
    (
        "· {place}에서 {quality} {thing} 준공",
        "· {thing}부문에서 성과 확대",
        "· {place} {people} {thing}성과 련이어 이룩",
    ),
    ("{place}의 {people}이 {quality} {thing}사업을 {deed} {thing}에서 성과를 거두었다.",),
    (
        "이들은 {quality} {thing}기지를 {deed} {thing}생산을 {percent}프로 늘이였다.",
        "{people}은 {thing}과 {thing}을 {deed} {quality} {thing}을 마련하였다.",
        "지금 {place}에서는 {number}여개의 {thing}대상을 {deed} 있다.",
        "{people}과 {people}이 {thing}에 떨쳐나 {quality} 성과를 이룩하고있다.",
        "{person}동무는 {thing}을 {deed} {thing}에 기여할 결의를 다지였다.",
    ),
)


@dataclass(frozen=True)
class Written:
    """The text of one article: headline and paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class _Compiled:
    titles: list[Template]
    leads: list[Template]
    bodies: list[Template]
    sentences: int


class Writer:
    """Writes articles; the same draws give the same texts."""

    def __init__(self) -> None:
        choice = random.Random(20)  # the vocabulary is the same for every corpus
        self._today = [""]
        self._host, self._hosted = [""], [""]
        self._hosts = _countries()
        live = {"today": self._today, "host": self._host, "hosted": self._hosted}
        english = _english(choice) | live
        plain, common = ([_compile(text, english) for text in texts] for texts in (PLAIN, COMMON))
        self._themes = [
            compiled
            for theme in THEMES.values()
            for compiled in [_compile_theme(theme, english, plain, common)] * theme.share
        ]
        self._korean = _compile_theme(KOREAN, _korean(choice), [], [])
        self._plain = plain

    def begin_day(self, day: date) -> None:
        """Sets the day that reports of the day name."""
        self._today[0] = f"{words.MONTHS[day.month - 1]} {day.day}"

    def english(self, draw: Draw, length: int) -> Written:
        """An article in English of about so many characters."""
        return self._write(self._themes[int(draw() * len(self._themes))], draw, length)

    def korean(self, draw: Draw, length: int) -> Written:
        """An article in Korean of about so many characters."""
        return self._write(self._korean, draw, length)

    def sentence(self, draw: Draw) -> str:
        """A sentence that can stand in any English article."""
        return _fill(self._plain[int(draw() * len(self._plain))], draw)

    def _write(self, theme: _Compiled, draw: Draw, length: int) -> Written:
        self._host[0], self._hosted[0] = self._hosts[int(draw() * len(self._hosts))]
        title = _fill(theme.titles[int(draw() * len(theme.titles))], draw)
        lead = _fill(theme.leads[int(draw() * len(theme.leads))], draw)
        bodies = theme.bodies
        if theme.sentences:
            start = int(draw() * (len(bodies) - theme.sentences + 1))
            return Written(title, (lead, *(_fill(one, draw) for one in bodies[start : start + theme.sentences])))
        paragraphs, paragraph = [], lead
        left, count = length - len(lead), len(bodies)
        while left > 0:
            sentence = _fill(bodies[int(draw() * count)], draw)
            left -= len(sentence) + 1
            if draw() < 0.5:
                paragraph = f"{paragraph} {sentence}"
            else:
                paragraphs.append(paragraph)
                paragraph = sentence
        paragraphs.append(paragraph)
        return Written(title, tuple(paragraphs))


def _fill(template: Template, draw: Draw) -> str:
    return "".join([part if part.__class__ is str else part[int(draw() * len(part))] for part in template])


def _compile(text: str, pools: dict[str, list[str]]) -> Template:
    parts: Template = []
    for number, piece in enumerate(_SLOT.split(text)):
        if number % 2:
            parts.append(pools[piece])
        elif piece:
            parts.append(piece)
    return parts


def _compile_theme(
    theme: Theme, pools: dict[str, list[str]], plain: list[Template], common: list[Template]
) -> _Compiled:
    titles, leads, bodies = (
        [_compile(text, pools) for text in texts] for texts in (theme.titles, theme.leads, theme.bodies)
    )
    if plain and not theme.sentences:
        bodies = _weighted(bodies, THEME_SHARE) + _weighted(common, COMMON_SHARE) + _weighted(plain, PLAIN_SHARE)
    return _Compiled(titles, leads, bodies, theme.sentences)


def _weighted(templates: list[Template], share: int) -> list[Template]:
    """About so many templates, each as often as the others."""
    return templates * max(1, round(share / len(templates)))


def _english(choice: random.Random) -> dict[str, list[str]]:
    """Words, names and phrases by slot; a slot that begins with a capital gives them with capitals, for titles."""
    pools = _words() | _places() | _numbers(choice)
    pools |= {"person": _persons(choice), "foreigner": _foreigners(choice), "office": list(words.OFFICES)}
    pools |= _institutions(choice, pools)
    pools |= _phrases(choice, pools)
    return pools | {name.capitalize(): _capitals(name, values) for name, values in pools.items()}


_SENTENCE_SLOTS = {"np", "adverb", "number", "people", "office", "factory", "institution", "dayno"}
"""Slots that begin sentences too: only their first letter is made large."""


def _capitals(name: str, values: Sequence[str]) -> list[str]:
    if name in _SENTENCE_SLOTS:
        return [value[:1].upper() + value[1:] for value in values]
    return [" ".join(word[:1].upper() + word[1:] for word in value.split(" ")) for value in values]


def _words() -> dict[str, list[str]]:
    return {
        "thing": words.THINGS,
        "things": [_plural(word) for word in words.THINGS],
        "abstract": words.ABSTRACTS,
        "people": words.PEOPLE,
        "group": ["workteam", "family", "household", "brigade", "class", "crew", "village", "school", "unit"],
        "quality": words.QUALITIES,
        "exact": ["exact", "ambitious", "elaborate", "overall", "annual", "earlier", "urgent", "important"],
        "adverb": words.ADVERBS,
        "verb": words.VERBS,
        "past": [_past(word) for word in words.VERBS],
        "done": [_past(word) for word in words.VERBS],
        "ing": [_gerund(word) for word in words.VERBS],
        "pleasure": ["pleasure", "joy", "delight", "confidence", "comfort", "convenience"],
        "month": words.MONTHS,
        "weekday": words.WEEKDAYS,
        "trade": words.TRADES,
        "body": words.BODIES,
        "body2": ["Party", "Newspaper", "Politician", "Professor", "Organization", "Magazine", "Scholar"],
        "game": ["football", "volleyball", "wrestling", "judo", "archery", "table tennis", "swimming", "boxing"],
        "ordinal": ["third", "fourth", "fifth", "sixth", "seventh", "tenth", "twelfth", "fifteenth"],
        "ordinals": ["hundreds", "thousands", "dozens"],
        "ministry": [
            "the Ministry of Agriculture",
            "the Ministry of Public Health",
            "the Ministry of Culture",
            "the State Planning Commission",
            "the Cabinet",
            "the State Academy of Sciences",
        ],
    }


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def _past(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ied"
    if word in ("plan", "plant", "stop", "ship"):
        return "planned" if word == "plan" else f"{word}{'p' * (word != 'plant')}ed"
    return f"{word}d" if word.endswith("e") else f"{word}ed"


def _gerund(word: str) -> str:
    if word in ("dig", "plan", "stop", "spin", "knit"):
        return f"{word}{word[-1]}ing"
    return f"{word[:-1]}ing" if word.endswith("e") else f"{word}ing"


def _rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _places() -> dict[str, list[str]]:
    rows = _rows("places.csv")
    second = [row for row in rows if row["level"] == "2"]
    provinces = [row["name_en_kcna"] for row in rows if row["kind"] == "province"]
    cities = [row["name_short"] for row in second if row["kind"] == "city"]
    return {
        "county": [row["name_en_kcna"] for row in second],
        "city": cities,
        "place": cities + [row["name_en_kcna"] for row in second] + provinces * 6,
        "province": provinces,
        "country": [country for country, _ in _countries()],
        "nationality": [nationality for _, nationality in _countries()],
    }


def _countries() -> list[tuple[str, str]]:
    """Countries with their adjectives; those that news is about stand more often than the others."""
    often = ("China", "Russian Federation", "Japan", "Cuba", "Vietnam", "Syria", "Israel", "Iran", "Laos", "Mongolia")
    rows = [row for row in _rows("countries.csv") if row["adjectives"] and "Korea" not in row["name"]]
    named = [row for row in rows if row["name"] in often] * 12 + rows
    return [(row["name"].replace("Russian Federation", "Russia"), row["adjectives"].split("|")[0]) for row in named]


def _numbers(choice: random.Random) -> dict[str, list[str]]:
    large = [f"{choice.randint(1, 90)} {choice.randint(0, 999):03}" for _ in range(PREPARED)]
    return {
        "number": large + [str(number) for number in range(12, 999)] * 4,
        "percent": [str(number) for number in range(5, 60)] + [f"{number}.{number % 9 + 1}" for number in range(1, 40)],
        "dayno": [str(number) for number in range(1, 29)],
    }


def _persons(choice: random.Random) -> list[str]:
    """Korean persons; some are named far more often than others."""
    surnames = [row["surname"] for row in _rows("surnames.csv") if row["alone"] == "1"][:60]
    names = [
        f"{choice.choices(surnames, range(len(surnames), 0, -1))[0]} {' '.join(choice.sample(words.SYLLABLES, 2))}"
        for _ in range(PREPARED)
    ]
    return names + names[:60] * 40


def _foreigners(choice: random.Random) -> list[str]:
    return [f"{choice.choice(words.GIVEN_FOREIGN)} {choice.choice(words.FAMILY_FOREIGN)}" for _ in range(PREPARED // 3)]


def _institutions(choice: random.Random, pools: dict[str, list[str]]) -> dict[str, list[str]]:
    towns = [county.rsplit(" ", 1)[0] for county in pools["county"]]

    def made(*kinds: str) -> list[str]:
        return [
            f"{choice.choice(towns)} {choice.choice(words.TRADES)} {choice.choice(kinds)}" for _ in range(PREPARED // 2)
        ]

    return {
        "factory": [f"the {name}" for name in made(*words.BODIES)],
        "farm": [f"{choice.choice(towns)} {choice.choice(('', 'Vegetable ', 'Fruit '))}Farm" for _ in range(500)],
        "coal": [f"{choice.choice(towns)} {choice.choice(('Coal Mining', 'Iron', 'Steel'))}" for _ in range(500)],
        "institution": [
            f"the {choice.choice((*towns, 'Central', 'Korean', 'People’s'))} {kind}"
            for kind in ("History Museum", "Art Museum", "House of Culture", "Library", "Science Institute") * 100
        ],
    }


def _phrases(choice: random.Random, pools: dict[str, list[str]]) -> dict[str, list[str]]:
    def made(*texts: str) -> list[str]:
        templates = [_compile(text, pools) for text in texts]
        return [_fill(choice.choice(templates), choice.random) for _ in range(PREPARED)]

    nouns = made(
        "the {quality} {thing}",
        "the {abstract} of {quality} {things}",
        "the {thing} and the {thing} of the {people}",
        "the {quality} {abstract} for the {people}",
        "{quality} {things} and {things}",
    )
    return {
        "np": nouns,
        "np2": nouns[::-1],
        "way": made(
            "by {ing} the {things} {adverb}",
            "while {ing} {quality} {things}",
            "with {quality} {abstract}",
            "on the basis of {quality} {abstract} and {abstract}",
        ),
        "aim": made(
            "to {verb} the {quality} {thing}",
            "for the {abstract} of the {people}",
            "to {verb} the {things} and {verb} the {things}",
            "with a view to {ing} {quality} {abstract}",
        ),
    }


def _korean(choice: random.Random) -> dict[str, list[str]]:
    surnames, given = list("김리박최정강조윤장림한오"), list("철명영송혁일남수호국진은향순희미옥란경혜")
    return {
        "place": [row["hangul"] for row in _rows("places.csv")],
        "thing": words.KOREAN_THINGS,
        "people": words.KOREAN_PEOPLE,
        "deed": words.KOREAN_DEEDS,
        "quality": words.KOREAN_QUALITIES,
        "number": [str(number) for number in range(12, 999)],
        "percent": [str(number) for number in range(5, 60)],
        "person": [f"{choice.choice(surnames)}{''.join(choice.sample(given, 2))}" for _ in range(2_000)],
    }
