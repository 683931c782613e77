"""What the camera sees: the room, the camera and the picture."""
