//! The main screen without a terminal.
