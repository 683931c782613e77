"""What pages are made of: their look, our own components, and parts that several of them show."""
