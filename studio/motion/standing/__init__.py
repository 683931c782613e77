"""What is done on the feet, one of them always down."""
