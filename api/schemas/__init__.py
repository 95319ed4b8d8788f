"""marshmallow schemas: shape and validation of what comes in and goes out, one file a noun."""
