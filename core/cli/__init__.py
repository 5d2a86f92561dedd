"""The command line's face: `parser` says what can be asked, the verbs ask it, `main` prints the answer."""
