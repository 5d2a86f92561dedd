from core.ui import page

backend = page.open("Report", "hello")
