"""Search: the query language, the statements it becomes, ranking, highlights, facets and names."""
