"""The database: engine and sessions, bulk statements, locks, and how SQLite and PostgreSQL differ."""
