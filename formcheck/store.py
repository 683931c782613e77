"""The list of past sessions of this machine."""
