"""Numbers from observations: pure functions, no pixels, no clock."""
