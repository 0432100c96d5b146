"""One attempt over a library that speaks HTTP.

In come requests as they are sent; out go answers, whole and unpacked, or errors that say whether
anything was sent. Only the loop of attempts calls here.
"""
