"""What a schedule needs around reports: which ones, one run at a time, who is told what, and which runs are kept."""
