"""What things cost, and what is still billed."""
