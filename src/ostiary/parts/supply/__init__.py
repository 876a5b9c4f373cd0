"""What a product is made of: readers of lock files, versions in order, advisories that match; texts in, facts out."""
