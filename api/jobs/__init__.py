"""Background work: the queue that wakes workers, imports, and webhooks with their signatures."""
