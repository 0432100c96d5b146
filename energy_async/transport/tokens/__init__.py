"""Where a request gets its token from, and who shares it.

In come logins and refusals; out go tokens that are good, masked wherever they are shown. The path
of a request and the clients that log in call here.
"""
