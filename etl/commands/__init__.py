"""What the commands of `kcna` do, one module for each kind; they print, and call the pipeline's own code."""
