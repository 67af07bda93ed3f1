"""What every adapter shares: it reads, maps, sends, remembers, and says that it lives."""
