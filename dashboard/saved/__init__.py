"""What a person keeps on their desk: saved views, how each list is laid out for them, and when they last looked."""
