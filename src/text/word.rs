//! Words, stems and stop words.
