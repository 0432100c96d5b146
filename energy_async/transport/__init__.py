"""One request from call to decoded value: backends, tokens, rate limit, retries, errors."""
