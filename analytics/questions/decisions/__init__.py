"""Questions about decisions: what they changed, measured by what they left untouched."""
