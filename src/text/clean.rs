//! Removes what must not travel: control characters, bidirectional overrides, tag characters.
