//! Messages, out and in: how they are sealed, sent, sent again and taken back; what arrives, what of it OMEMO
//! opens, and what answers by itself.

mod apply;
pub(crate) mod arrivals;
pub(crate) mod bounced;
pub(crate) mod empty_messages;
pub(crate) mod encrypted;
mod enveloped;
pub(crate) mod held;
pub(crate) mod incoming;
pub(crate) mod left_out;
mod opening;
pub(crate) mod outgoing;
pub(crate) mod receipts;
pub(crate) mod requests;
pub(crate) mod resend;
pub(crate) mod retry;
mod sealing;
mod sender;
pub(crate) mod suspects;
