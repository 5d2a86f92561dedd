"""The command line's face: `parser` says what can be asked, `verbs` asks it of `core.pipeline`."""
