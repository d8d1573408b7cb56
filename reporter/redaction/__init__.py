"""Evidence for hand-over: names and ids as pseudonyms that their owner alone can map back."""
