"""What really happens in a clip: measured on the final skeleton and skin, never on the request."""
