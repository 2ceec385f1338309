import pytest

from generator.expressions import WINDOWS_ZONES, windows_zone_meant


@pytest.mark.parametrize("name", ["UTC", "W. Europe Standard Time", "Pacific Standard Time (Mexico)", "UTC+12"])
def test_windows_names_are_taken(name: str) -> None:
    assert name in WINDOWS_ZONES


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
    assert name not in WINDOWS_ZONES
    assert windows_zone_meant(name) == meant
