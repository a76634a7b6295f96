"""gittrack beside other trackers: the same work, measured in turns in the same run."""
