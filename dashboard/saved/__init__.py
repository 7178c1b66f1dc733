"""What people save: views of lists, how each list is laid out for them, and when they last looked at it."""
