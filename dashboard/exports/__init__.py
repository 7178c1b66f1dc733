"""The pages about exports: who took what, whether it was sent whole, and what arrived since."""
