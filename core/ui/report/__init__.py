"""The Report page's parts, from report.json (its schema: core/eda/README.md) and from storage."""
