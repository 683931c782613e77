"""What leaves the floor: skipping, running on the spot, jumping jacks."""
