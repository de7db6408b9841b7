//! Rooms (XEP-0045) that this stream is in.
//!
//! - [`presence`]: who is in one of them, and whether we are.

#[cfg_attr(not(test), expect(dead_code, reason = "the road of rooms is being built"))]
mod presence;
