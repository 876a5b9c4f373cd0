"""Reports: one module per form, all made from the same result."""
