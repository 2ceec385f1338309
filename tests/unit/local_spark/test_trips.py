from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from generator.local.trips import ensure_trips, generate_trips

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings


def test_the_generated_month_is_the_same_each_time_and_needs_its_filters() -> None:
    first, second = generate_trips(5000), generate_trips(5000)
    assert first.equals(second)
    assert first.schema.field("fareAmount").type == "double"
    assert first.schema.field("passengerCount").type == "int32"
    frame = first.to_pandas()
    assert (frame["fareAmount"] < 0).any(), "refunds"
    assert (frame["tripDistance"] == 0).any(), "trips of no length"
    assert frame["passengerCount"].isna().any(), "missing values"
    assert (frame["tollsAmount"] > 0).any(), "tolls"
    assert (
        not frame["tpepPickupDateTime"].dt.month.eq(5).all() or not frame["tpepPickupDateTime"].dt.year.eq(2018).all()
    )
    flat = frame[(frame["rateCodeId"] == 2) & (frame["fareAmount"] > 0)]["fareAmount"]
    assert flat.mode()[0] == 52.0


def test_the_month_is_made_once_and_again_when_its_making_has_changed(settings: LocalSettings) -> None:
    folder = ensure_trips(settings)
    assert sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet")) >= 200_000
    marker = folder / "_GENERATED.txt"
    assert "Not TLC data" in marker.read_text()
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert ensure_trips(settings) == folder
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before
    marker.write_text("made by an older version\n")
    ensure_trips(settings)
    assert marker.read_text() != "made by an older version\n"
    assert [p.name for p in folder.parents[4].iterdir()] == ["azureopendatastorage.blob.core.windows.net"]


def test_the_fares_are_those_of_the_tariff() -> None:
    frame = generate_trips(20_000).to_pandas()
    is_may = frame["tpepPickupDateTime"].dt.year == 2018
    metered = frame[is_may & (frame["rateCodeId"] == 1) & frame["fareAmount"].between(2.5, 250)]
    assert ((metered["fareAmount"] - 2.5) % 0.5 == 0).all(), "2.50 to begin with, 0.50 a unit"
    assert set(frame["extra"].abs().unique()) == {0.0, 0.5, 1.0, 4.5}
    rush = metered["tpepPickupDateTime"].dt.hour.between(16, 19) & (metered["tpepPickupDateTime"].dt.weekday < 5)
    holiday = metered["tpepPickupDateTime"].dt.day == 28
    assert (metered[rush & ~holiday]["extra"].abs() == 1.0).all()
    good = metered[(metered["tripDistance"] > 0.5) & (metered["tripDistance"] < 40)]
    per_mile = good["fareAmount"].sum() / good["tripDistance"].sum()
    wrong_by = (good["fareAmount"] - per_mile * good["tripDistance"]).abs()
    assert wrong_by.median() > 1.0, "a fare by the mile is not enough"
