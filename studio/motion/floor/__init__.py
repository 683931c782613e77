"""What is done on the mat: planks and push-ups, on the back, on hands and knees."""
