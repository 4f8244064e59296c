//! Writes what readers read: RSS 2.0, Atom, JSON Feed and HTML pages.
