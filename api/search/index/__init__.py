"""The full-text indexes of SQLite and PostgreSQL."""
