"""Moments as the expression language writes them: ISO 8601 text with seven digits, .NET format strings."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_TEXT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_DIRECTIVE = re.compile(r"yyyy|yy|MMMM|MMM|MM|M|dddd|ddd|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,7}|tt|zzz|K|'[^']*'|\\.|.", re.DOTALL)
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# "Standard date and time format strings" of .NET, in the invariant culture.
_STANDARD = {
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffZ",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ssZ",
    "d": "MM/dd/yyyy",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "D": "dddd, dd MMMM yyyy",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
}
_STANDARD |= {"O": _STANDARD["o"], "R": _STANDARD["r"]}


def parse_date_time(text: Any) -> datetime:
    """Parse a moment; without a zone it is UTC. ValueError where it is none."""
    match = _TEXT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no moment such as 2026-01-31T00:00:00Z")
    year, month, day, hour, minute, second = (int(g or 0) for g in match.groups()[:6])
    micro = int((match[7] or "0").ljust(7, "0")[:6])
    moment = datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC)
    zone = match[8]
    if zone and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        shift = timedelta(hours=hours, minutes=minutes)
        moment -= shift if zone[0] == "+" else -shift
    return moment


def format_date_time(moment: datetime, pattern: str | None = None) -> str:
    """Format as .NET does; by default the round-trip form ``o``."""
    pattern = _STANDARD.get(pattern or "o", pattern or "o")
    return "".join(_directive(part, moment) for part in _DIRECTIVE.findall(pattern))


def _directive(part: str, moment: datetime) -> str:  # noqa: PLR0911 - one return for each family
    if part[0] == "f":
        return f"{moment.microsecond:06}0"[: len(part)]
    if part[0] == "'":
        return part[1:-1]
    if part[0] == "\\":
        return part[1:]
    hour12 = moment.hour % 12 or 12
    numbers = {"M": moment.month, "d": moment.day, "H": moment.hour, "h": hour12, "m": moment.minute, "s": moment.second}
    if part[0] in numbers and len(part) <= 2:  # noqa: PLR2004 - one or two digits
        return f"{numbers[part[0]]:0{len(part)}}"
    names = {
        "yyyy": f"{moment.year:04}",
        "yy": f"{moment.year % 100:02}",
        "MMMM": _MONTHS[moment.month - 1],
        "MMM": _MONTHS[moment.month - 1][:3],
        "dddd": _DAYS[moment.weekday()],
        "ddd": _DAYS[moment.weekday()][:3],
        "tt": "AM" if moment.hour < 12 else "PM",  # noqa: PLR2004 - noon
        "zzz": "+00:00",
        "K": "Z",
    }
    return names.get(part, part)


def _shifted(text: Any, pattern: str | None, **amount: float) -> str:
    return format_date_time(parse_date_time(text) + timedelta(**amount), pattern)


def add_days(text: Any, amount: float, pattern: str | None = None) -> str:
    """``addDays``."""
    return _shifted(text, pattern, days=amount)


def add_hours(text: Any, amount: float, pattern: str | None = None) -> str:
    """``addHours``."""
    return _shifted(text, pattern, hours=amount)


def add_minutes(text: Any, amount: float, pattern: str | None = None) -> str:
    """``addMinutes``."""
    return _shifted(text, pattern, minutes=amount)


def add_seconds(text: Any, amount: float, pattern: str | None = None) -> str:
    """``addSeconds``."""
    return _shifted(text, pattern, seconds=amount)


def start_of_day(text: Any, pattern: str | None = None) -> str:
    """``startOfDay``."""
    return format_date_time(parse_date_time(text).replace(hour=0, minute=0, second=0, microsecond=0), pattern)


def start_of_hour(text: Any, pattern: str | None = None) -> str:
    """``startOfHour``."""
    return format_date_time(parse_date_time(text).replace(minute=0, second=0, microsecond=0), pattern)


def start_of_month(text: Any, pattern: str | None = None) -> str:
    """``startOfMonth``."""
    moment = parse_date_time(text).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return format_date_time(moment, pattern)


def ticks(text: Any) -> int:
    """``ticks``: hundreds of nanoseconds since the year 1."""
    return (parse_date_time(text) - _EPOCH) // timedelta(microseconds=1) * 10
