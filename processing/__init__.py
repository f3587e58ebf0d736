"""Video or annotations to a release."""
