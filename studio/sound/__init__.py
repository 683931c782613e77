"""What a clip sounds like."""
