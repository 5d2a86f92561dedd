"""The Report page's parts, from report.json (its schema: core/report/README.md) and from storage."""
