"""What every HTTP answer shares: problems, keys, pagination, ETags, idempotency, parsing, OpenAPI."""
