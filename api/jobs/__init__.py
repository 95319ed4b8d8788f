"""Background work: the queue, imports, webhooks."""
