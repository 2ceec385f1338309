"""The generated month of trips, at the URL of the open dataset that the taxi scenario reads.

Generated, not the TLC's data: real schema ("NYC Taxi and Limousine yellow dataset" of Azure Open Datasets), fares by
the tariff of 2018 (TLC, "Taxi fare": $2.50 to begin with, $0.50 a fifth of a mile or a minute in slow traffic,
$0.50 at night and $1.00 on weekday afternoons, $0.50 tax, $0.30 improvement surcharge, $52 flat to and from JFK,
$17.50 more to Newark), with noise, tolls, outliers, missing values and refunds, so that filters matter.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from generator.local.lake import OPEN_DATA_HOST

if TYPE_CHECKING:
    from pathlib import Path

    from generator.local.ports import LocalSettings

ROWS = 240_000
_SEED = 20180501
_FOLDER = ("nyctlc", "yellow", "puYear=2018", "puMonth=5")
_FILES = 4


def ensure_trips(settings: LocalSettings) -> Path:
    """Return the folder of the month, which is generated once (about two seconds)."""
    folder = settings.root.joinpath("lake", OPEN_DATA_HOST, *_FOLDER)
    if folder.is_dir():
        return folder
    import pyarrow.parquet as pq

    table = generate_trips(ROWS)
    staging = folder.with_name(folder.name + ".part")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    size = -(-table.num_rows // _FILES)
    for number in range(_FILES):
        part = table.slice(number * size, size)
        pq.write_table(part, staging / f"part-{number:05}.snappy.parquet", coerce_timestamps="us")
    staging.replace(folder)
    return folder


def generate_trips(rows: int, seed: int = _SEED) -> Any:
    """Return a table of trips; the same seed gives the same rows."""
    import numpy as np
    import pyarrow as pa

    rng = np.random.default_rng(seed)
    hour = rng.choice(24, rows, p=_hour_weights())
    day = rng.integers(0, 31, rows)
    second = rng.integers(0, 3600, rows)
    weekday = (day + 1) % 7  # 2018-05-01 was a Tuesday
    # A lognormal body of short trips, and the airports.
    distance = np.round(np.clip(rng.lognormal(0.6, 0.85, rows), 0.1, 35), 2)
    rate = rng.choice([1, 2, 3, 5], rows, p=[0.9742, 0.025, 0.0003, 0.0005])
    distance = np.where(rate == 2, np.round(rng.normal(17.5, 1.3, rows).clip(12, 24), 2), distance)
    distance = np.where(rate == 3, np.round(rng.normal(16.5, 2.0, rows).clip(10, 25), 2), distance)
    speed = _speed(rng, hour, weekday, distance)
    duration = np.maximum(60, distance / speed * 3600 * rng.normal(1, 0.06, rows).clip(0.7, 1.4)).astype("int64")
    fare = _fare(rng, distance, duration, speed, rate)
    toll = np.where((rate != 1) | ((distance > 9) & (rng.random(rows) < 0.45)), 5.76, 0.0)
    toll = np.where(rate == 5, 0.0, toll)
    extra = np.where((hour >= 20) | (hour < 6), 0.5, np.where((weekday < 5) & (hour >= 16) & (hour < 20), 1.0, 0.0))
    payment = rng.choice([1, 2, 3, 4], rows, p=[0.69, 0.3, 0.006, 0.004])
    tip = np.where(
        (payment == 1) & (rng.random(rows) < 0.95), np.round(fare * rng.normal(0.2, 0.05, rows).clip(0.05, 0.5), 2), 0.0
    )
    passengers = rng.choice(7, rows, p=[0.006, 0.714, 0.145, 0.045, 0.02, 0.045, 0.025])
    start = np.datetime64("2018-05-01T00:00:00", "us") + (day * 86400 + hour * 3600 + second).astype("timedelta64[s]")
    values = _spoil(rng, rows, start, duration, distance, fare, payment, tip)
    start, duration, distance, fare, payment, tip, total_sign = values
    mta, improvement = np.full(rows, 0.5) * total_sign, 0.3
    total = np.round(fare + extra * total_sign + mta + improvement * total_sign + tip + toll * total_sign, 2)
    missing = rng.random(rows)
    zones = rng.integers(1, 264, (2, rows)).astype(str)
    nothing = pa.nulls(rows, pa.float64())
    return pa.table(
        {
            "vendorID": pa.array(rng.choice(["1", "2"], rows, p=[0.44, 0.56])),
            "tpepPickupDateTime": pa.array(start),
            "tpepDropoffDateTime": pa.array(start + duration.astype("timedelta64[s]")),
            "passengerCount": pa.array(passengers.astype("int32"), mask=missing < 0.004),
            "tripDistance": pa.array(distance, mask=(missing > 0.004) & (missing < 0.006)),
            "puLocationId": pa.array(zones[0]),
            "doLocationId": pa.array(zones[1]),
            "startLon": nothing,
            "startLat": nothing,
            "endLon": nothing,
            "endLat": nothing,
            "rateCodeId": pa.array(rate.astype("int32")),
            "storeAndFwdFlag": pa.array(rng.choice(["N", "Y"], rows, p=[0.995, 0.005])),
            "paymentType": pa.array(payment.astype(str)),
            "fareAmount": pa.array(fare),
            "extra": pa.array(extra * total_sign),
            "mtaTax": pa.array(mta),
            "improvementSurcharge": pa.array(np.where(total_sign > 0, "0.3", "-0.3")),
            "tipAmount": pa.array(tip),
            "tollsAmount": pa.array(toll * total_sign),
            "totalAmount": pa.array(total),
        }
    )


def _hour_weights() -> Any:
    import numpy as np

    weights = np.array(
        [36, 26, 19, 14, 11, 11, 25, 40, 50, 50, 48, 49, 52, 52, 54, 53, 48, 56, 64, 62, 58, 58, 55, 46.0]
    )
    return weights / weights.sum()


def _speed(rng: Any, hour: Any, weekday: Any, distance: Any) -> Any:
    """Miles an hour: slow at noon on weekdays, fast at night and on long ways."""
    import numpy as np

    by_hour = np.array(
        [15, 16, 17, 18, 19, 19, 15, 11, 9.5, 9.3, 9.4, 9.2, 9, 9, 8.8, 8.7, 8.9, 8.6, 9, 10, 11.5, 12, 12.5, 13.5]
    )
    weekend = np.where(weekday >= 5, 1.18, 1.0)
    longer = 1 + 0.55 * (1 - np.exp(-distance / 6))
    return np.clip(by_hour[hour] * weekend * longer * rng.lognormal(0, 0.3, distance.size), 3, 55)


def _fare(rng: Any, distance: Any, duration: Any, speed: Any, rate: Any) -> Any:
    """Run the meter: by distance above 12 miles an hour, by time below; a share of each trip is stop and go."""
    import numpy as np

    slow = np.clip(1.25 - speed / 22, 0.05, 1.0) * rng.normal(1, 0.05, distance.size).clip(0.8, 1.2)
    metered = 2.5 + 0.5 * np.floor(5 * distance * (1 - slow * 0.35)) + 0.5 * np.floor(duration / 60 * slow * 0.75)
    fare = np.where(rate == 2, 52.0, np.where(rate == 3, metered + 17.5, metered))
    negotiated = np.round(metered * rng.normal(1.15, 0.1, distance.size) / 5) * 5
    return np.round(np.where(rate == 5, negotiated, fare), 2)


def _spoil(rng: Any, rows: int, start: Any, duration: Any, distance: Any, fare: Any, payment: Any, tip: Any) -> Any:
    """Add what real months have: refunds, meters left running, trips of no length, absurd fares, wrong months."""
    import numpy as np

    luck = rng.random(rows)
    refund = luck < 0.004
    payment = np.where(refund, rng.choice([3, 4], rows), payment)
    sign = np.where(refund, -1.0, 1.0)
    tip = np.where(refund, 0.0, tip)
    fare = np.where(refund, -fare, fare)
    fare = np.where((luck > 0.004) & (luck < 0.0045), rng.choice([0.0, 0.01, 400.0, 999.99], rows), fare)
    distance = np.where((luck > 0.01) & (luck < 0.016), 0.0, distance)
    distance = np.where((luck > 0.016) & (luck < 0.0163), distance * 90, distance)
    duration = np.where((luck > 0.02) & (luck < 0.023), 86000 + duration % 390, duration)
    duration = np.where((luck > 0.023) & (luck < 0.025), duration % 20, duration)
    wrong = (luck > 0.03) & (luck < 0.0304)
    start = np.where(wrong, start - np.timedelta64(3650, "D"), start)
    return start, duration, distance, fare, payment, tip, sign
