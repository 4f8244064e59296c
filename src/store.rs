//! What is remembered, in SQLite. Nothing above this floor knows that it is SQLite.
