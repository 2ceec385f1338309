"""Moments as the expression language writes them: .NET's DateTime, its parsing and its format strings.

Source: the function reference of "Expressions and functions in Azure Data Factory and Azure Synapse Analytics", and
.NET's "Standard" and "Custom date and time format strings" in the culture en-US, which the examples there show
(format ``D`` gives ``Monday, January 1, 2018``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_YEAR_1 = datetime(1, 1, 1, tzinfo=UTC)
TICKS_PER_SECOND = 10_000_000
_DAY = 24 * 3600 * TICKS_PER_SECOND
_LAST_TICK = ((datetime.max.replace(tzinfo=UTC) - _YEAR_1) // timedelta(days=1) + 1) * _DAY - 1

_SECOND = r"(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?"
_TIME = rf"(?:[T ](?P<hour>\d{{1,2}}):(?P<minute>\d{{2}}){_SECOND}\s*(?P<half>[AaPp][Mm])?)?"
_ZONE = r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
_DATES = (
    r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})",
)
_TEXTS = tuple(re.compile(date + _TIME + _ZONE, re.ASCII) for date in _DATES)

# A letter repeated, quoted text, an escaped character, or any other character; "sss" is as good as "ss".
_DIRECTIVE = re.compile(r"d+|f+|F+|h+|H+|m+|M+|s+|t+|y+|z+|K|'[^']*'|\"[^\"]*\"|\\.|%|.", re.DOTALL)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_STANDARD = {
    "d": "M/d/yyyy",
    "D": "dddd, MMMM d, yyyy",
    "f": "dddd, MMMM d, yyyy h:mm tt",
    "F": "dddd, MMMM d, yyyy h:mm:ss tt",
    "g": "M/d/yyyy h:mm tt",
    "G": "M/d/yyyy h:mm:ss tt",
    "m": "MMMM d",
    "M": "MMMM d",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "h:mm tt",
    "T": "h:mm:ss tt",
    "u": "yyyy-MM-dd HH:mm:ssZ",
    "U": "dddd, MMMM d, yyyy h:mm:ss tt",
    "y": "MMMM yyyy",
    "Y": "MMMM yyyy",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time: ticks of 100 nanoseconds since the year 1, and whether they are known to count in UTC."""

    ticks: int
    is_utc: bool

    def __post_init__(self) -> None:
        if not 0 <= self.ticks <= _LAST_TICK:
            raise ValueError("the date is outside the years 1 to 9999")

    @classmethod
    def of(cls, moment: datetime, *, is_utc: bool) -> Moment:
        """Return a datetime as a moment; its wall clock counts, its zone does not."""
        return cls((moment.replace(tzinfo=UTC) - _YEAR_1) // timedelta(microseconds=1) * 10, is_utc)

    @property
    def clock(self) -> datetime:
        """The date and time without a zone, to the microsecond."""
        return (_YEAR_1 + timedelta(microseconds=self.ticks // 10)).replace(tzinfo=None)

    def shifted(self, seconds: float) -> Moment:
        """Return the moment so many seconds later."""
        return Moment(self.ticks + round(seconds * TICKS_PER_SECOND), self.is_utc)


def parse_moment(text: str) -> Moment:
    """Parse ISO 8601 or ``MM/dd/yyyy HH:mm:ss``; ValueError for other text.

    A text with an offset becomes its UTC moment; one without a zone stays without.
    """
    match = next((m for pattern in _TEXTS if (m := pattern.fullmatch(text.strip()))), None)
    if match is None:
        raise ValueError("no moment")
    hour = int(match["hour"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    numbers = (int(match["year"]), int(match["month"]), int(match["day"]), hour)
    clock = datetime(*numbers, int(match["minute"] or 0), int(match["second"] or 0), tzinfo=UTC)
    ticks = Moment.of(clock, is_utc=True).ticks + int((match["fraction"] or "0").ljust(7, "0")[:7])
    zone = match["zone"]
    if zone and zone != "Z":
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        ticks -= (minutes if zone[0] == "+" else -minutes) * 60 * TICKS_PER_SECOND
    return Moment(ticks, is_utc=bool(zone))


def format_moment(moment: Moment, pattern: str | None = None) -> str:
    """Format as .NET does, by default in the round-trip form ``o``; ValueError for an unknown one-letter format."""
    pattern = pattern or "o"
    if len(pattern) == 1:
        if pattern not in _STANDARD:
            raise ValueError(f"{pattern!r} is no standard date and time format")
        pattern = _STANDARD[pattern]
    return "".join(_directive(part, moment) for part in _DIRECTIVE.findall(pattern))


def _directive(part: str, moment: Moment) -> str:
    if part[0] in "'\"" and len(part) > 1:
        return part[1:-1]
    if part[0] == "\\":
        return part[1:]
    if part == "%":
        return ""
    if part[0] in "fF":
        return _fraction(part, moment)
    named = _name(part, moment)
    return _number(part, moment.clock) if named is None else named


def _fraction(part: str, moment: Moment) -> str:
    if len(part) > 7:
        raise ValueError("a fraction of a second has at most seven digits")
    digits = f"{moment.ticks % TICKS_PER_SECOND:07}"[: len(part)]
    return digits if part[0] == "f" else digits.rstrip("0")


def _name(part: str, moment: Moment) -> str | None:
    clock = moment.clock
    noon = 12
    named = {
        "MMM": _MONTHS[clock.month - 1][:3],
        "ddd": _DAYS[clock.weekday()][:3],
        "t": "A" if clock.hour < noon else "P",
        "tt": "AM" if clock.hour < noon else "PM",
        "K": "Z" if moment.is_utc else "",
        "z": "+0",
        "zz": "+00",
    }
    if part[:4] in ("MMMM", "dddd"):
        return _MONTHS[clock.month - 1] if part[0] == "M" else _DAYS[clock.weekday()]
    if part[:3] == "zzz":
        return "+00:00"
    return named.get(part[:2] if part[0] == "t" else part)


def _number(part: str, clock: datetime) -> str:
    if part[0] == "y":
        short = 2
        return f"{clock.year % 100:0{len(part)}}" if len(part) <= short else f"{clock.year:0{len(part)}}"
    numbers = {
        "M": clock.month,
        "d": clock.day,
        "H": clock.hour,
        "h": clock.hour % 12 or 12,
        "m": clock.minute,
        "s": clock.second,
    }
    return f"{numbers[part[0]]:0{min(len(part), 2)}}" if part[0] in numbers else part
