"""Mechanisms that more than one face uses, one outside library each."""
