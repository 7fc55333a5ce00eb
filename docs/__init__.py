"""Documents, and the code that writes those which are made from the project's own definitions."""
