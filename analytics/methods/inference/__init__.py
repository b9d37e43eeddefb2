"""Tests and intervals that several methods share: proportions, hypergeometric tails, false discovery rates."""
