"""Which plugins are installed, and which of them are on for whom."""
