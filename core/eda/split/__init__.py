"""What is predicted, and which row goes to which split."""
