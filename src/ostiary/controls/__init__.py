"""The checklist: a folder is a section, a module is a line."""
