"""The example answers of the documentation page, as they stand there."""

from typing import Final

__all__ = ["BALANCING_CAPACITY", "BALANCING_ENERGY", "DAY_AHEAD_PRICES"]

DAY_AHEAD_PRICES: Final = b"""\
{
  "rows": [
    {
      "hour_start_utc": "2026-04-16T22:00:00.000Z",
      "hour_end_utc": "2026-04-16T22:15:00.000Z",
      "price_eur_mwh": 128.48
    },
    {
      "hour_start_utc": "2026-04-16T22:15:00.000Z",
      "hour_end_utc": "2026-04-16T22:30:00.000Z",
      "price_eur_mwh": 123.41
    }
  ],
  "latestDate": "2026-04-17",
  "earliestDate": "2026-03-20"
}
"""

BALANCING_CAPACITY: Final = b"""\
{
  "latestFetchedAtUtc": "2026-05-23T14:35:24.755Z",
  "fcr": {
    "rows": [
      {
        "period_start_utc": "2026-05-23T22:00:00.000Z",
        "period_end_utc": "2026-05-23T23:00:00.000Z",
        "volume_mw": 582,
        "contracted_volume_mw": 576,
        "offered_volume_mw": 590,
        "price": 18.4,
        "direction": "SYMMETRIC",
        "product_type": "FCR",
        "time_horizon": "DAILY"
      }
    ],
    "latestFetchedAtUtc": "2026-05-23T14:35:24.755Z"
  },
  "afrr": {
    "rows": [
      {
        "period_start_utc": "2026-05-23T22:00:00.000Z",
        "period_end_utc": "2026-05-23T23:00:00.000Z",
        "direction": "UPWARD",
        "price": 12.7,
        "product_type": "aFRR",
        "offered_volume_mw": 430,
        "contracted_volume_mw": 418,
        "time_horizon": "DAILY"
      }
    ],
    "latestFetchedAtUtc": "2026-05-23T14:35:24.755Z"
  },
  "mfrr": {
    "rows": [
      {
        "period_start_utc": "2026-05-23T22:00:00.000Z",
        "period_end_utc": "2026-05-23T23:00:00.000Z",
        "direction": "DOWNWARD",
        "price": 9.8,
        "product_type": "mFRR",
        "offered_volume_mw": 310,
        "contracted_volume_mw": 300,
        "time_horizon": "DAILY"
      }
    ],
    "latestFetchedAtUtc": "2026-05-23T14:35:24.755Z"
  }
}
"""

BALANCING_ENERGY: Final = b"""\
{
  "latestFetchedAtUtc": "2026-05-23T23:20:06.497Z",
  "afrr": {
    "latestDeliveryDateParis": "2026-05-23",
    "latestFetchedAtUtc": "2026-05-23T23:10:28.164Z",
    "latestPeriodStartUtc": "2026-05-23T21:59:56.000Z",
    "latestPeriodEndUtc": "2026-05-23T22:00:00.000Z",
    "resolutionSeconds": 4,
    "rowCount": 21600,
    "averageUpwardPrice": 74.2,
    "averageDownwardPrice": -8.6,
    "latestRow": {
      "period_start_utc": "2026-05-23T21:59:56.000Z",
      "period_end_utc": "2026-05-23T22:00:00.000Z",
      "upward_price_eur_mwh": 83.4,
      "downward_price_eur_mwh": -11.2,
      "pdemand_mw": 2150,
      "afrr_for_france_mw": 96,
      "afrr_in_france_mw": 84,
      "picasso_connection": true,
      "prorata_mode": false
    },
    "recentRows": [
      {
        "period_start_utc": "2026-05-23T21:59:56.000Z",
        "period_end_utc": "2026-05-23T22:00:00.000Z",
        "upward_price_eur_mwh": 83.4,
        "downward_price_eur_mwh": -11.2,
        "pdemand_mw": 2150,
        "afrr_for_france_mw": 96,
        "afrr_in_france_mw": 84,
        "picasso_connection": true,
        "prorata_mode": false
      }
    ],
    "chartRows": [
      {
        "bucket_start_utc": "2026-05-23T21:55:00.000Z",
        "bucket_end_utc": "2026-05-23T22:00:00.000Z",
        "upward_price_eur_mwh": 79.8,
        "downward_price_eur_mwh": -9.4
      }
    ]
  },
  "mfrr": {
    "latestDeliveryDateParis": "2026-05-23",
    "latestFetchedAtUtc": "2026-05-23T23:20:06.497Z",
    "latestPeriodStartUtc": "2026-05-23T21:45:00.000Z",
    "latestPeriodEndUtc": "2026-05-23T22:00:00.000Z",
    "resolutionSeconds": 900,
    "rowCount": 192,
    "averageUpwardPrice": 118.1,
    "averageDownwardPrice": 0,
    "latestUpwardRow": {
      "period_start_utc": "2026-05-23T21:45:00.000Z",
      "period_end_utc": "2026-05-23T22:00:00.000Z",
      "direction": "UPWARD",
      "clearing_price_eur_mwh": 126.5,
      "settlement_price_current_eur_mwh": 126.5,
      "settlement_price_previous_eur_mwh": 121.3,
      "total_requested_volume_sa_mw": 45,
      "total_requested_volume_da_mw": 0,
      "total_satisfied_need_sa_mw": 42,
      "total_satisfied_need_da_mw": 0,
      "total_activated_volume_sa_mw": 42,
      "total_activated_volume_da_mw": 0,
      "total_volume_submitted_offers_mw": 310,
      "total_volume_filtered_offers_mw": 265
    },
    "latestDownwardRow": {
      "period_start_utc": "2026-05-23T21:45:00.000Z",
      "period_end_utc": "2026-05-23T22:00:00.000Z",
      "direction": "DOWNWARD",
      "clearing_price_eur_mwh": 0,
      "settlement_price_current_eur_mwh": 0,
      "settlement_price_previous_eur_mwh": 0,
      "total_requested_volume_sa_mw": 0,
      "total_requested_volume_da_mw": 0,
      "total_satisfied_need_sa_mw": 0,
      "total_satisfied_need_da_mw": 0,
      "total_activated_volume_sa_mw": 0,
      "total_activated_volume_da_mw": 0,
      "total_volume_submitted_offers_mw": 180,
      "total_volume_filtered_offers_mw": 180
    },
    "recentRows": [
      {
        "period_start_utc": "2026-05-23T21:45:00.000Z",
        "period_end_utc": "2026-05-23T22:00:00.000Z",
        "upward_price_eur_mwh": 126.5,
        "downward_price_eur_mwh": 0
      }
    ],
    "chartRows": [
      {
        "period_start_utc": "2026-05-23T21:45:00.000Z",
        "period_end_utc": "2026-05-23T22:00:00.000Z",
        "upward_price_eur_mwh": 126.5,
        "downward_price_eur_mwh": 0
      }
    ]
  }
}
"""
