"""Formats of days and numbers by language (``FORMAT_MODULE_PATH``)."""
