//! Fills a story's briefing, each statement with its receipt, and lets nothing ungrounded through.
