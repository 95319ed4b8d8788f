"""Where articles come from: files, streams, pages of the web, feeds."""
