"""Traces as pictures, films and HTML."""
