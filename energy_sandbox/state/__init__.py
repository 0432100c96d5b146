"""What requests change: schedules, bids, outages, auctions, records. Lost with the sandbox."""
