//! Limits on what the XML parser may be fed (design §6, threats 84, 85).
