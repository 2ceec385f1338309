"""What runs in a notebook's own Python process: its session, its magics, the notebooks that it refers to."""
