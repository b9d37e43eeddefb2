"""Statistics and models over plain arrays and frames: each knows nothing of engines, pages or selections."""
