"""Section: OAuth."""
