//! What is said of a stream that ended, or could not begin.

use super::{database, refusal};
use crate::Face;
use crate::deed::Deed;
use model::{Fault, StreamFailure};

pub(super) fn failure(face: Face, failure: &StreamFailure) -> String {
    let text = match failure {
        StreamFailure::NotConnected => {
            "There is no connection to the server right now. Try again when it is back."
        }
        StreamFailure::Silent => "The server stopped answering; check the network.",
        StreamFailure::Conflict => {
            "Another program took this account's place on the server, with the same resource (conflict): most likely a copy of \
             this profile that runs somewhere else. Two copies must not be used, because each spoils the other's keys. Find \
             and end the other one, then connect again."
        }
        StreamFailure::Restarting => "The server is restarting; try again later.",
        StreamFailure::Elsewhere => "The server sends us to another host.",
        StreamFailure::Ended(condition) => {
            return format!(
                "The server closed the stream ({}); try again later, or ask its operator.",
                condition.as_str()
            );
        }
        StreamFailure::Fault(fault) => {
            return format!(
                "The server does not keep to the protocol: {}. If it stays so, ask its operator.",
                in_what(fault)
            );
        }
        StreamFailure::Closed => "The server closed the connection; try again later.",
        StreamFailure::BrokenWhileSending => {
            "The connection to the server broke while sending; check the network."
        }
        StreamFailure::NoAccount => {
            let again = match face {
                Face::Screen => "leave and start Susurro again to add it".to_owned(),
                Face::Commands | Face::FirstRun => format!("add it again{}", face.beside(Deed::AddAccount)),
            };
            return format!("The account is gone from this profile; {again}.");
        }
        StreamFailure::NoSession => {
            "The session has ended, so this was not done. Leave and start Susurro again."
        }
        StreamFailure::Database(why) => {
            return format!(
                "The local database failed, so the connection was ended: {}.",
                database::clause(why)
            );
        }
    };
    text.to_owned()
}

fn in_what(fault: &Fault) -> String {
    let text = match fault {
        Fault::NoResource => "it bound no resource",
        Fault::NotBound(answer) => return refusal(answer),
        Fault::OtherAddress => "it bound an address that is not ours",
        Fault::NeverSent => "it acknowledged what was never sent",
        Fault::OtherStream => "it resumed another stream than was asked for",
        Fault::TooEarly => "it sent a stanza before there was a stream for it",
    };
    text.to_owned()
}
