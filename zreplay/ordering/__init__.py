"""Blocks in file order to quotes in order of arrival."""
