"""What an organisation tolerates: the verdict, and the baseline that it is held against."""
