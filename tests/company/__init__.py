"""Tests of the state store and of what is kept in it."""
