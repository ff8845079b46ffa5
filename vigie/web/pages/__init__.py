"""The pages, one module a noun: each makes its routes from the reading room and the views."""
