//! Asks a publisher for a feed, a page or its robots.txt, conditionally and within limits.
