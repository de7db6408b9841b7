//! Damaged files: found, refused, nothing half read.
