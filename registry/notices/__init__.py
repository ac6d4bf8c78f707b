"""Telling people what waits for them, outside of the pages."""
