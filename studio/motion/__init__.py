"""What the person does: postures, their solution on the skeleton, and their course in time."""
