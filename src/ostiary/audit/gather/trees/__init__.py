"""Folders, archives and images become trees of files; nothing in them is executed and no link leads out of them."""
