"""What the patterns of the models mean, in words: nobody should have to read a regular expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PATTERNS: Mapping[str, str] = {
    r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$": "a GUID such as 00000000-0000-0000-0000-000000000000",
    r"^[a-z0-9]{3,24}$": "3 to 24 lower-case letters and digits",
    r"^[a-z0-9](-?[a-z0-9]){2,62}$": "3 to 63 lower-case letters, digits and single hyphens",
    r"^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$": "3 to 24 letters, digits and hyphens, a letter first, no hyphen last",
    r"^[0-9A-Za-z-]{1,127}$": "1 to 127 letters, digits and hyphens",
    r"^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$": "1 to 50 lower-case letters, digits and hyphens, no hyphen first or last",
    r"^[A-Za-z][A-Za-z0-9]{0,14}$": "1 to 15 letters and digits, a letter first",
    r"^[^<>*%&:\\/?@\x00-\x1f-]{0,59}[^<>*%&:\\/?@\x00-\x1f. -]$": (
        "1 to 60 characters, none of <>*%&:\\/?@- among them, no dot or space last"
    ),
    r"^[-\w().]{0,89}[-\w()]$": "1 to 90 letters, digits and _-.(), no dot last",
    r"^[A-Za-z0-9][A-Za-z0-9_-]{2,32}$": "3 to 33 letters, digits, _ and -, a letter or digit first",
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$": "letters, digits, _ and -, a letter or digit first",
    r"^[A-Za-z0-9][A-Za-z0-9-]{0,62}$": "letters, digits and hyphens, a letter or digit first",
    r"^[A-Za-z0-9_]+$": "a virtual machine size such as Standard_DS3_v2",
    r"^[a-z0-9]+$": "lower-case letters and digits, for example westeurope",
    r"^[A-Za-z][A-Za-z0-9_-]{0,63}$": "1 to 64 letters, digits, _ and -, a letter first",
    r"^[1-9][0-9]*(m|h|d)$": "a duration such as 30m, 1h or 2d",
    r"^[A-Za-z0-9._=-]+(/[A-Za-z0-9._=-]+)*/?$": (
        "a path inside the container such as NYCTaxi/testdata: letters, digits and ._=- in each part, no slash first"
    ),
    r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$": "a Spark table such as default.trips",
    r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$": "a Spark table with its database, such as default.trips",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": 'a time of day such as "02:00"',
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z?$": "a moment such as 2026-01-01T00:00:00",
    r"^[A-Za-z][A-Za-z0-9_]{0,99}$": "1 to 100 letters, digits and _, a letter first: artifacts are named after it",
    r"^[^/\\]+(/[^/\\]+)*$": "folder names parted by single slashes",
}
"""Pattern -> words that go on "must be ..."."""
