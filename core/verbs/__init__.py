"""What a face can ask for, by noun."""
