"""What others know of packages and of malware: a database of advisories, and an engine with signatures."""
