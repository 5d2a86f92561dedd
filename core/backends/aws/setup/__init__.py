"""What an account needs first, and whether it is there."""
