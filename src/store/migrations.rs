//! The numbered migrations and the one loop that applies them, version and change in one transaction.
