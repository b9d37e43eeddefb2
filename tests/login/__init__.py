"""Tests of signing in and of rights."""
