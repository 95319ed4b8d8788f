"""Search: from parameters (request) to a statement (quotes, articles, speakers), and what is made of it (ranking, facets, ...)."""
