//! How far a device of ours has come, told to our own server in a private node of PEP: a number that only
//! goes up, a mark that tells two copies of one device apart, and a proof that this device said so. No XEP
//! has it, and nobody else reads it.

use minidom::Element;

use super::pubsub;
use super::xml::{Build, element};

/// Ours alone. A node for each device: some servers keep one item of a node.
const NS: &str = "urn:susurro:progress:0";
/// The one item.
const ITEM: &str = "current";

/// What a device told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldProgress {
    pub number: i64,
    pub mark: [u8; 16],
    pub proof: [u8; 16],
}

fn node(device: u32) -> String {
    format!("{NS}:{device}")
}

/// Asks what this device told last.
pub fn fetch(device: u32) -> Element {
    pubsub::fetch(&node(device))
}

/// Tells it.
pub fn publish(device: u32, progress: &ToldProgress) -> Element {
    let payload = element("progress", NS)
        .with("number", progress.number.to_string())
        .with("mark", hex(&progress.mark))
        .with("proof", hex(&progress.proof));
    pubsub::publish_private(&node(device), ITEM, payload, None)
}

/// The answer; None if it says nothing.
pub fn parse(device: u32, answer: &Element) -> Option<ToldProgress> {
    let items = pubsub::items(answer, &node(device))?;
    let (_, payload) = items.last().filter(|(_, payload)| payload.is("progress", NS))?;
    Some(ToldProgress {
        number: payload
            .attr("number")?
            .parse()
            .ok()
            .filter(|number| *number >= 0)?,
        mark: unhex(payload.attr("mark")?)?,
        proof: unhex(payload.attr("proof")?)?,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    rest.is_empty().then_some(())?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    const TOLD: ToldProgress = ToldProgress {
        number: 7,
        mark: [0x0f; 16],
        proof: [0xa1; 16],
    };

    fn answer(payload: &str) -> Element {
        let answer = format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:susurro:progress:0:9'>\
             <item id='current'>{payload}</item></items></pubsub>"
        );
        answer.parse().unwrap()
    }

    #[test]
    fn what_is_told_is_private_and_is_read_back() {
        let told = publish(9, &TOLD);
        assert_renders(&told);
        let text = String::from(&told);
        assert!(text.contains("<value>whitelist</value>"), "{text}");
        let pubsub = "http://jabber.org/protocol/pubsub";
        let item = told
            .get_child("publish", pubsub)
            .and_then(|publish| publish.get_child("item", pubsub));
        let payload = &String::from(item.and_then(|item| item.children().next()).unwrap());
        assert_eq!(parse(9, &answer(payload)), Some(TOLD));
        assert_eq!(parse(8, &answer(payload)), None, "of another device");
    }

    #[test]
    fn anything_else_says_nothing() {
        let said = |number: &str, mark: &str| {
            let proof = "a1".repeat(16);
            answer(&format!(
                "<progress xmlns='urn:susurro:progress:0' number='{number}' mark='{mark}' proof='{proof}'/>"
            ))
        };
        assert!(parse(9, &said("7", &"0F".repeat(16))).is_some());
        for (number, mark) in [
            ("", "0f".repeat(16)),
            ("-1", "0f".repeat(16)),
            ("9223372036854775808", "0f".repeat(16)),
            ("7", "0f".repeat(15)),
            ("7", "0f".repeat(17)),
            ("7", "0g".repeat(16)),
            ("7", "é".repeat(16)),
            ("7", format!("{}0", "0f".repeat(16))),
        ] {
            assert_eq!(parse(9, &said(number, &mark)), None, "{number} {mark}");
        }
        assert_eq!(parse(9, &answer("")), None);
        assert_eq!(parse(9, &answer("<other xmlns='x'/>")), None);
    }
}
