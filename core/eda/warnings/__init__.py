"""What is judged from the finished figures."""
