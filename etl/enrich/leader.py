"""Public appearances of Kim Jong Un: which articles report one, on which day, of which kind, where, with whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from etl.enrich import lexicon
from etl.enrich.companions import Companion, find_companions
from etl.enrich.days import dateline_date, event_day
from etl.enrich.section import Section
from etl.enrich.text import contains_any

LEADER = "Kim Jong Un"
SPELLINGS = (LEADER, "Kim Jong-un")
"""One of these stands in every article that `find_event` finds something in."""

_NAME = r"Kim Jong[ -][Uu]n(?!'s)"
# A pattern that opens with plain letters is found far faster than one that opens with a word boundary.
_WHOLE_NAME = r"Kim(?<=\bKim) Jong[ -][Uu]n(?!'s)"
# Between the name and its verb stand at most a role, a day and a place; a full stop ends the search.
_BETWEEN = (
    r"(?:, (?:general secretary|president|chairman|supreme commander|supreme leader|first secretary)[^.]{0,200},)?"
)
_DAY = (
    r"(?: on [A-Z][a-z]+\.? \d{1,2}(?: (?:and|to) \d{1,2})?| on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|"
    r", on [^,.]{3,30},| again| also| personally| \w+ly)?"
)

_DONE = (
    r"(?:visited|inspected|guided|gave (?:the )?(?:field|on-site|on-the-spot)|attended|met|oversaw|observed|watched|"
    r"supervised|made (?:an? |his )?(?:\w+ )?(?:speech|field|on-site|on-the-spot|inspection|survey)|delivered|toured|"
    r"paid|"
    r"took part|went round|looked round|had (?:an? )?(?:\w+ )?(?:talks?|photo|meeting|chat|conversation)|held|received|"
    r"presided|conducted|enjoyed|cut the|planted|saw |greeted|comforted|hosted|arrived|left|departed|appeared|"
    r"posed|addressed|awarded|conferred|presented|signed|welcomed|participated|inaugurated|examined|learned|learnt|"
    r"acquainted|commanded|directed|organized|took (?:important|a )|set foot|came (?:out|to)|mounted|called at|"
    r"accompanied|exchanged|clarified|bade|laid|dropped in|stayed|spent|reviewed|encouraged|congratulated|was present|"
    r"aboard|boarded|cast|voted|entered|walked|was greeted|stepped|took the (?:platform|floor)|convened)"
)
_REPORT = re.compile(rf"{_WHOLE_NAME}{_BETWEEN}{_DAY} {_DONE}")
# One of these is in whatever the pattern after them fits.
_SHOWING = ("resent ", "attended by", "in the presence of", "ttending ")
_SHOWN = re.compile(
    rf"(?:[Pp]resent (?:there|at [^.]{{3,120}}) (?:was|were)|attended by|in the presence of|"
    rf"[Aa]ttending [^.]{{3,100}} were) [^.]{{0,80}}{_NAME}"
)
_APPEARED = re.compile(
    rf"{_WHOLE_NAME}{_BETWEEN}{_DAY} (?:attended|appeared|arrived|took part|was present|presided|came (?:out|to)|"
    rf"mounted|made (?:an? |his )?(?:\w+ )?speech|delivered|watched|enjoyed|inspected|guided|participated|entered|"
    rf"took the (?:platform|floor)|(?:went|looked) round|met|posed|had (?:an? )?photo|visited|oversaw|observed)"
)

# Reports introduce him with his offices; stories of long ago and praise do not.
_FORMAL = re.compile(
    rf"{_NAME}, general secretary of [^.]{{0,160}},{_DAY} (?:attended|appeared|arrived|visited|inspected|guided|met|"
    r"watched|took part|oversaw|presided|gave (?:field|on-site|on-the-spot) guidance|made an? (?:\w+ )?speech|"
    r"observed|toured|went round|looked round|received in audience|had talks|held talks|paid (?:an?|tribute)|came to)"
)
_TAKING_PLACE = ("took place", "was held", "were held", "was given", "was convened", "opened", "met")
_TOOK_PLACE = re.compile(rf"\b(?:{'|'.join(_TAKING_PLACE)})\b")

_TITLE_VERB = re.compile(
    rf"{_NAME} (?:Again |Also |Personally )?(?:Visits?|Inspects?|Guides?|Gives? |Attends?|Meets?|Oversees?|Observes?|"
    r"Watches|Supervises?|Makes?|Delivers?|Tours?|Pays?|Takes|Goes|Looks|Has |Holds?|Receives?|Presides|Conducts?|"
    r"Enjoys?|Cuts|Plants|Sees|Learns|Greets|Comforts|Hosts|Arrives|Leaves|Departs|Calls|Poses|Addresses|Awards|Confers|"
    r"Signs|Encourages|Welcomes|Participates|Opens|Inaugurates|Examines|Acquaints|Commands|Directs|Organizes|Appears|"
    r"Clarifies|Reviews|Presents|Stays|Spends|Congratulates|Commands|Returns|Boards|Views|Casts|Votes|Concludes|Sets)"
)
# For titles in small letters: looking for capitals and small letters at once takes many times as long.
_LETTERS = re.compile(
    r"\b(?:receives?|received|sends?|sent|conveys?)\b.{0,60}\b(?:greetings?|messages?|letters?|telegrams?|floral|gifts?|"
    r"wreaths?|congratulat\w+|condolences?|sympathy|thanks|repl\w+|books?|bouquets?|spreads?|invitation|cards?)\b|"
    r"\bsends?\b|\bsent (?:to|by)\b|^(?:greetings?|letters?|messages?|congratulat\w+|condolences?|gifts?|thanks|reply|"
    r"birthday|floral|wreaths?)\b|\b(?:birthday spreads?|thanks to|thanks from|gifts? (?:to|from))\b|"
    r"press review|review of rodong|rodong sinmun|commentary|press statement|lauded|praised|"
    r"anniversary of .{0,60}kim jong un's|"
    r"extends|expresses (?:thanks|condolences)|replies",
)
_EVENT_TITLE = re.compile(
    r"\b(?:Ceremony|Meeting|Performance|Congress|Session|Parade|Banquet|Reception|Concert|Rally|Conference|Opening|"
    r"Inauguration|Inaugural|Test|Test-fire|Test-firing|Launch|Launched|Celebration|Celebrated|Celebrations|Funeral|Held|"
    r"Takes Place|Opens|Closes|Drill|Exercise|Exhibition|March|Game|Match|Contest|Completed|Inaugurated|Commissioned|"
    r"Held|Photo|Visit|Summit|Talks|Wake|Soiree|Festival|Commissioning|Launching|Weapon|Missile)\b"
)
_LONG_AGO = re.compile(
    r"^\W*(?:One|It was|That|On an?|Late|Early|In (?:the )?(?:early|late|mid)?)\W*(?:one )?(?:\w+ ){0,3}?"
    r"(?:day|evening|morning|night|afternoon|year|spring|summer|autumn|winter|dawn|when)\b"
)
_YEAR_IN_TEXT = re.compile(r"\b(?:Juche \d+ \()?((?:19|20)\d\d)\)?")
_LEAD_LENGTH = 2500
_FIRST_SENTENCES = 25

_KINDS = (
    ("photo", r"\b(?:photo session|has photo|had (?:a )?photo|poses? for|photos? with)\b"),
    ("performance", r"\b(?:performance|concert|opera|art show|film|soiree)\b"),
    ("talks", r"\b(?:talks?|summit|tete-a-tete)\b(?! to\b)"),
    (
        "military",
        r"\b(?:test-fir\w+|test fir\w+|missile|drill|exercise|artillery|warship|destroyer|submarine|rocket|MRLS|"
        r"drones?|"
        r"military parade|launch(?:ing|ed)? of|live-fire|combatants|special operation)\b",
    ),
    (
        "inspection",
        r"\b(?:inspect\w*|field guidance|on-site guidance|on-the-spot guidance|field survey|guides shipbuilding)\b",
    ),
    ("ceremony", r"\b(?:ceremony|parade|inaugurat\w+|march|opening|groundbreaking|ground-breaking)\b"),
    ("speech", r"\b(?:speech|address)\b"),
    ("visit", r"\b(?:visit\w*|tours?|toured|goes round|went round|looks? round|looked round|pays?|paid)\b"),
    ("meeting", r"\b(?:meeting|meets?|met|receives?|received|plenary|congress|session|conference|audience)\b"),
)
_TITLE_KINDS = (
    ("inspection", r"\b(?:Inspects?|(?:Field|On-site|On-the-Spot) Guidance|Tours? Site|Guides Shipbuilding)\b"),
    ("talks", r"\b(?:Has Talks?|Holds? Talks?|Summit)\b"),
    ("speech", r"\b(?:Makes?|Delivers?)\b.{0,20}\b(?:Speech|Address)\b|\bin His Speech\b"),
    (
        "military",
        r"\b(?:Oversees|Observes|Supervises|Guides|Watches|Commands)\b.{0,60}"
        r"\b(?:Test|Test-\w+|Drills?|Launch\w*|Fire|Firing|Exercise|Missile)\b",
    ),
    ("visit", r"\bVisits?\b|\bPays .{0,20}Visit\b"),
    ("meeting", r"\b(?:Meets?|Receives?)\b"),
)
# What a title without his name tells about the occasion; its other words are about other people.
_OCCASIONS = ("photo", "performance", "ceremony", "meeting")
_KIND_PATTERNS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS]
_TITLE_KIND_PATTERNS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _TITLE_KINDS]


class LeaderEvent(NamedTuple):
    """One public appearance."""

    event_date: date | None
    event_type: str
    place_id: str | None
    date_rule: str
    companions: list[Companion]


def find_event(title: Section, body: Section, published: date | None) -> LeaderEvent | None:
    """The leader's appearance that an article reports, if it reports one."""
    if not contains_any(body.text, SPELLINGS) and LEADER not in title.text:
        return None
    is_titled = bool(_TITLE_VERB.search(title.text))
    is_event = is_titled or bool(_EVENT_TITLE.search(title.text))
    # What no sentence can show is seen sooner than sentences are cut.
    if not is_titled and not _may_show(body.text, is_event):
        return None
    if _LETTERS.search(title.text.lower()) or _is_anecdote(body, published):
        return None
    sentence = _report_sentence(body, published, is_titled, is_event)
    if sentence is None:
        return None
    reference = dateline_date(body, published) or published
    held = _held(body)
    day, rule = _day(body, sentence, held, reference)
    place = _place(title, body, sentence, held)
    companions = find_companions(body, sentence)
    return LeaderEvent(day, _kind(title, body, sentence), place, rule, companions)


def _is_anecdote(body: Section, published: date | None) -> bool:
    """Memories of long ago: "One day in November ...", or an opening sentence set in an earlier year."""
    start, end = body.sentences[0] if body.sentences else (0, 0)
    opening = body.text[start:end]
    if _LONG_AGO.match(opening):
        return True
    if published is None or LEADER not in opening:
        return False
    year = _latest_year(opening)
    return year is not None and year < published.year - 1


def _report_sentence(body: Section, published: date | None, is_titled: bool, is_event: bool) -> tuple[int, int] | None:
    """The sentence that reports the appearance."""
    fallback = None
    for start, end in body.sentences:
        text = body.text[start:end]
        if "Kim Jong" not in text:
            continue
        if _is_about_another_year(text, published):
            continue
        if is_titled:
            fallback = fallback or ((start, end) if start < _LEAD_LENGTH else None)
            if start < _LEAD_LENGTH and _REPORT.search(text):
                return start, end
        elif _shows(text, is_event, body, published):
            return start, end
    return fallback


def _shows(text: str, is_event: bool, body: Section, published: date | None) -> bool:
    """Whether a sentence of an article whose title does not name him shows him present."""
    if body.dateline and _FORMAL.search(text):
        return True
    if is_event and (_APPEARED.search(text) or _SHOWN.search(text)):
        return True
    if published is None or not _APPEARED.search(text):
        return False
    return event_day(text, published) is not None and bool(re.search(r" on [A-Z][a-z]+\.? \d", text))


def _may_show(text: str, is_event: bool) -> bool:
    """Whether any sentence of a text may pass `_shows`."""
    may_be_shown = is_event and contains_any(text, _SHOWING)
    return may_be_shown or bool(_APPEARED.search(text) or _FORMAL.search(text))


def _is_about_another_year(text: str, published: date | None) -> bool:
    year = _latest_year(text) if published else None
    return year is not None and published is not None and year < published.year


def _latest_year(text: str) -> int | None:
    """The latest of the years that a text names."""
    if "19" not in text and "20" not in text:
        return None
    return max(map(int, _YEAR_IN_TEXT.findall(text)), default=None)


def _held(body: Section) -> list[tuple[int, int, int]]:
    """Of the first sentences those that say that something took place: start, where the verb stands, end."""
    held = []
    for start, end in body.sentences[:_FIRST_SENTENCES]:
        text = body.text[start:end]
        verb = _TOOK_PLACE.search(text) if contains_any(text, _TAKING_PLACE) else None
        if verb:
            held.append((start, start + verb.start(), end))
    return held


def _day(
    body: Section, sentence: tuple[int, int], held: list[tuple[int, int, int]], reference: date | None
) -> tuple[date | None, str]:
    if reference is None:
        return None, "none"
    found = event_day(body.text[sentence[0] : sentence[1]], reference)
    lead = body.text[body.body_start : body.body_start + 1200]
    found = found or _day_it_took_place(body, held, reference) or event_day(lead, reference)
    found = found or _day_before(body, sentence, reference)
    if found is not None:
        return found
    return reference, "dateline" if body.dateline else "published"


def _day_it_took_place(body: Section, held: list[tuple[int, int, int]], reference: date) -> tuple[date, str] | None:
    """The day of a ceremony or a meeting that the first sentences say took place."""
    days = (event_day(body.text[start:end], reference) for start, _, end in held)
    return next((day for day in days if day is not None), None)


def _day_before(body: Section, sentence: tuple[int, int], reference: date) -> tuple[date, str] | None:
    """The last day named in the sentences before the report."""
    earlier = [one for one in body.sentences[:_FIRST_SENTENCES] if one[0] < sentence[0]]
    days = (event_day(body.text[start:end], reference) for start, end in reversed(earlier))
    return next((day for day in days if day is not None), None)


def _place(title: Section, body: Section, sentence: tuple[int, int], held: list[tuple[int, int, int]]) -> str | None:
    """The most exact place of the sentence, else of the title, else of the opening."""
    # "A meeting for the farms in A took place in B": only what stands behind the verb is the place.
    titled = [(title, 0, len(title.text))] if LEADER in title.text else []
    spans = [(body, *sentence), *titled, *((body, verb, end) for _, verb, end in held)]
    for roles in (("plain",), ("in_org_name",)):
        for section, start, end in spans:
            found = [
                mention
                for mention in section.mentions
                if mention.kind == "place" and mention.role in roles and start <= mention.start < end
            ]
            if found:
                return min(found, key=lambda one: (-lexicon.places()[one.entity_id].level, one.start)).entity_id
    return None


def _kind(title: Section, body: Section, sentence: tuple[int, int]) -> str:
    if LEADER in title.text:
        kind = next((kind for kind, pattern in _TITLE_KIND_PATTERNS if pattern.search(title.text)), None)
        kind = kind or next(_matching(title.text), None)
    else:
        kind = next((kind for kind in _matching(title.text) if kind in _OCCASIONS), None)
    return kind or next(_matching(body.text[slice(*sentence)]), "other")


def _matching(text: str) -> Iterator[str]:
    return (kind for kind, pattern in _KIND_PATTERNS if pattern.search(text))
