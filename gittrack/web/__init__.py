"""The page in a browser and the REST API: one server on the standard library."""
