"""What stands in the account: bucket, records, images, models, code."""
