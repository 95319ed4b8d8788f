"""The views, one file a noun: a few lines each under decorators."""
