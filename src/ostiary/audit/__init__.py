"""The audit: checks asked against gathered evidence, and the reports of what they answer."""
