//! What lies on the disk: nothing readable, and nothing that was deleted.
