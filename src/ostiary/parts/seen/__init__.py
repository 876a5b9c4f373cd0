"""What audits recognise in foreign replies; the guard's halves never import this package, so that the two can disagree."""
