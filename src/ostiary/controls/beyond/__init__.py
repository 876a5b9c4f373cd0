"""Section: Beyond the seeds."""
