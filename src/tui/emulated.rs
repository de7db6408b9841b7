//! For tests: what a terminal shows (the crate vt100) after a buffer was painted to it, beside what the buffer says.
