"""Who may send, and when: rate, burst, concurrency and lanes.

In come requests for a slot and what answers teach; out go slots, in order. Only the path of a
request (`client`, `admission`, `attempts`) calls here.
"""
