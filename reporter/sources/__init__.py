"""Where an inventory comes from: files, standard input, and our own snapshots."""
