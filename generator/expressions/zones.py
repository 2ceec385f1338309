"""Time zones by their Windows names, which triggers and the date functions take.

The names and the IANA zones beside them are Unicode CLDR's windowsZones, as the package tzlocal keeps them. IANA names are
taken as well: real pipelines hold both.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import tz_win, win_tz

from generator.diagnostics import nearest

WINDOWS_ZONES: dict[str, str] = dict(win_tz)
"""Windows name -> IANA zone of its first territory."""
_BY_FOLDED_NAME = {name.casefold(): iana for name, iana in WINDOWS_ZONES.items()}
_WINDOWS_NAMES = {iana.casefold(): windows for iana, windows in tz_win.items()} | {"gmt": "UTC", "z": "UTC"}


def time_zone(name: str) -> tzinfo | None:
    """Return the zone of a Windows or IANA name; None for a name that is neither.

    Raises LookupError where this machine has no time zone data (the package tzdata holds it).
    """
    if name.casefold() in ("utc", "z", "etc/utc"):
        return UTC
    try:
        return ZoneInfo(_BY_FOLDED_NAME.get(name.casefold(), name))
    except (ValueError, OSError):
        return None  # no name of a zone at all, such as ../x
    except ZoneInfoNotFoundError:
        if name.casefold() in _BY_FOLDED_NAME:
            raise LookupError("this machine has no time zone data: install the package tzdata") from None
        return None


def windows_zone_meant(name: str) -> str | None:
    """Return the Windows name that was probably meant, for an IANA or a misspelt name; None where nothing is near."""
    folded = name.casefold()
    if folded in _WINDOWS_NAMES:
        return _WINDOWS_NAMES[folded]
    if "/" in name:
        close = nearest(folded, _WINDOWS_NAMES)
        return _WINDOWS_NAMES[close] if close else None
    return nearest(name, WINDOWS_ZONES)
