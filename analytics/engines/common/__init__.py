"""What every engine over the store shares."""
