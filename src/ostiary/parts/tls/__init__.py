"""TLS as an auditor sees it: greetings written by hand, every suite by its strength, and certificates read byte by byte."""
