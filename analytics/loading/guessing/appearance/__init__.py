"""How files that nobody has described are written: encoding, separator, where the header is, which sheets are alike."""

from analytics.loading.guessing.appearance.files import Appearance, alike, appearance, other_sheets, rows_by
from analytics.loading.guessing.appearance.sources import source_of

__all__ = ["Appearance", "alike", "appearance", "other_sheets", "rows_by", "source_of"]
