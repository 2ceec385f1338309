"""The date functions. Moments come and go as text, in ``o`` form unless a format is given."""

from __future__ import annotations

import calendar
from datetime import UTC
from typing import TYPE_CHECKING

from generator.expressions.moment import Moment, format_moment, parse_moment
from generator.expressions.values import FunctionError
from generator.expressions.zones import time_zone

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from generator.expressions.values import Arguments

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400}
_MONTHS = {"month": 1, "year": 12}


def utc_now(arguments: Arguments, now: datetime) -> str:
    """``utcNow(format?)``."""
    return _formatted(arguments, 0, Moment.of(now.astimezone(UTC), is_utc=True))


def add(seconds: int) -> Callable[[Arguments], str]:
    """``addDays``, ``addHours``, ...: ``(timestamp, amount, format?)``."""

    def apply(arguments: Arguments) -> str:
        moment = _moment(arguments)
        try:
            moved = moment.shifted(seconds * arguments.number(1))
        except (ValueError, OverflowError) as error:
            raise arguments.error(f"leaves the range of dates: {error}") from error
        return _formatted(arguments, 2, moved)

    return apply


def add_to_time(arguments: Arguments) -> str:
    """``addToTime(timestamp, interval, unit, format?)``."""
    return _formatted(arguments, 3, _by_unit(arguments, _moment(arguments), 1, 1))


def subtract_from_time(arguments: Arguments) -> str:
    """``subtractFromTime(timestamp, interval, unit, format?)``."""
    return _formatted(arguments, 3, _by_unit(arguments, _moment(arguments), 1, -1))


def get_future_time(arguments: Arguments, now: datetime) -> str:
    """``getFutureTime(interval, unit, format?)``."""
    return _formatted(arguments, 2, _by_unit(arguments, Moment.of(now.astimezone(UTC), is_utc=True), 0, 1))


def get_past_time(arguments: Arguments, now: datetime) -> str:
    """``getPastTime(interval, unit, format?)``."""
    return _formatted(arguments, 2, _by_unit(arguments, Moment.of(now.astimezone(UTC), is_utc=True), 0, -1))


def convert_from_utc(arguments: Arguments) -> str:
    """``convertFromUtc(timestamp, zone, format?)``; the result has no zone."""
    return _formatted(arguments, 2, _local(_moment(arguments), _zone(arguments, 1)))


def convert_to_utc(arguments: Arguments) -> str:
    """``convertToUtc(timestamp, zone, format?)``."""
    return _formatted(arguments, 2, _utc(_moment(arguments), _zone(arguments, 1)))


def convert_time_zone(arguments: Arguments) -> str:
    """``convertTimeZone(timestamp, from, to, format?)``."""
    return _formatted(arguments, 3, _local(_utc(_moment(arguments), _zone(arguments, 1)), _zone(arguments, 2)))


def day_of_month(arguments: Arguments) -> int:
    """``dayOfMonth(timestamp)``."""
    return _moment(arguments).clock.day


def day_of_week(arguments: Arguments) -> int:
    """``dayOfWeek(timestamp)``: Sunday is 0.

    The page's example says 3 for 2018-03-15, which was a Thursday: 4 by its own text and by .NET.
    """
    return _moment(arguments).clock.isoweekday() % 7


def day_of_year(arguments: Arguments) -> int:
    """``dayOfYear(timestamp)``."""
    return _moment(arguments).clock.timetuple().tm_yday


def format_date_time(arguments: Arguments) -> str:
    """``formatDateTime(timestamp, format?)``."""
    return _formatted(arguments, 1, _moment(arguments))


def start_of_day(arguments: Arguments) -> str:
    """``startOfDay(timestamp, format?)``."""
    moment = _moment(arguments)
    return _start(arguments, moment, moment.clock.replace(hour=0))


def start_of_hour(arguments: Arguments) -> str:
    """``startOfHour(timestamp, format?)``."""
    moment = _moment(arguments)
    return _start(arguments, moment, moment.clock)


def start_of_month(arguments: Arguments) -> str:
    """``startOfMonth(timestamp, format?)``."""
    moment = _moment(arguments)
    return _start(arguments, moment, moment.clock.replace(day=1, hour=0))


def _start(arguments: Arguments, moment: Moment, clock: datetime) -> str:
    start = clock.replace(minute=0, second=0, microsecond=0)
    return _formatted(arguments, 1, Moment.of(start, is_utc=moment.is_utc))


def ticks(arguments: Arguments) -> int:
    """``ticks(timestamp)``: hundreds of nanoseconds since the year 1."""
    return _moment(arguments).ticks


def _moment(arguments: Arguments) -> Moment:
    text = arguments.text(0)
    try:
        return parse_moment(text)
    except ValueError as error:
        raise arguments.error(
            f"cannot take the date time string '{text}': it must match ISO 8601, for example 2026-01-31T00:00:00Z"
        ) from error


def _formatted(arguments: Arguments, index: int, moment: Moment) -> str:
    try:
        return format_moment(moment, arguments.optional_text(index))
    except FunctionError:
        raise
    except ValueError as error:
        raise arguments.error(f"cannot format: {error}") from error


def _zone(arguments: Arguments, index: int) -> tzinfo:
    name = arguments.text(index)
    try:
        zone = time_zone(name)
    except LookupError as error:
        raise arguments.error(f"cannot convert: {error.args[0]}") from error
    if zone is None:
        raise arguments.error(
            f"does not know the time zone '{name}'; it takes Windows names such as 'W. Europe Standard Time'"
        )
    return zone


def _local(moment: Moment, zone: tzinfo) -> Moment:
    return _moved(moment, moment.clock.replace(tzinfo=UTC).astimezone(zone), is_utc=False)


def _utc(moment: Moment, zone: tzinfo) -> Moment:
    return _moved(moment, moment.clock.replace(tzinfo=UTC if moment.is_utc else zone).astimezone(UTC), is_utc=True)


def _moved(before: Moment, clock: datetime, *, is_utc: bool) -> Moment:
    # datetime counts in microseconds; the last digit of the ticks is carried over.
    return Moment(Moment.of(clock, is_utc=is_utc).ticks + before.ticks % 10, is_utc)


def _by_unit(arguments: Arguments, moment: Moment, index: int, sign: int) -> Moment:
    amount, unit = sign * arguments.integer(index), arguments.text(index + 1).lower()
    if unit not in _SECONDS and unit not in _MONTHS:
        raise arguments.error(
            f"knows no time unit '{unit}'; the units are Second, Minute, Hour, Day, Week, Month and Year"
        )
    try:
        if unit in _SECONDS:
            return moment.shifted(amount * _SECONDS[unit])
        return _months_later(moment, amount * _MONTHS[unit])
    except (ValueError, OverflowError) as error:
        raise arguments.error(f"leaves the range of dates: {error}") from error


def _months_later(moment: Moment, months: int) -> Moment:
    clock = moment.clock
    year, month = divmod(clock.year * 12 + clock.month - 1 + months, 12)
    # As .NET's AddMonths: the last day of a shorter month.
    day = min(clock.day, calendar.monthrange(year, month + 1)[1])
    return _moved(moment, clock.replace(year=year, month=month + 1, day=day), is_utc=moment.is_utc)
