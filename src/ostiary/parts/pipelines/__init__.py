"""Pipeline files of other people become steps that run, and steps become what they do for the product."""
