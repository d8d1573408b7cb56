"""Where runs are kept, and what is read of them again."""
