"""Configuration of servers, containers and clouds: readers turn text into settings, and topics judge them for tree and machine alike."""
