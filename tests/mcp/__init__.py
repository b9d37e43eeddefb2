"""Tests of what agents may ask."""
