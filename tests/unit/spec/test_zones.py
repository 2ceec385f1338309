from zoneinfo import available_timezones

import pytest

from generator.spec import zones


def test_every_iana_name_is_one() -> None:
    # Etc names apart, which some builds of the database leave out, and the short words for UTC.
    unknown = {n for names in zones._ZONES.values() for n in names.split()} - available_timezones() - {"Z"}
    assert unknown == set()


def test_no_iana_name_stands_twice() -> None:
    names = [n for names in zones._ZONES.values() for n in names.split()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["UTC", "W. Europe Standard Time", "Pacific Standard Time (Mexico)", "UTC+12"])
def test_windows_names_are_taken(name: str) -> None:
    assert zones.is_windows_zone(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Europe/Berlin", "W. Europe Standard Time"),
        ("europe/vienna", "W. Europe Standard Time"),
        ("Europe/Viena", "W. Europe Standard Time"),
        ("Asia/Kolkata", "India Standard Time"),
        ("America/New_York", "Eastern Standard Time"),
        ("Europe/Kyiv", "FLE Standard Time"),
        ("gmt", "UTC"),
        ("W. Europe Daylight Time", "W. Europe Standard Time"),
        ("w europe standard time", "W. Europe Standard Time"),
        ("Mars", None),
    ],
)
def test_what_was_meant(name: str, meant: str | None) -> None:
    assert not zones.is_windows_zone(name)
    assert zones.windows_zone_meant(name) == meant
