"""The account: sessions, error codes, ownership."""
