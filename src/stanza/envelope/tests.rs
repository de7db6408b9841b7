//! What is sealed is read again; what does not fit is refused.

use getrandom::SysRng;
use proptest::prelude::*;
use rand_core::UnwrapErr;

use super::*;

fn ana() -> BareJid {
    BareJid::new("ana@mired.test").unwrap()
}

fn bob() -> BareJid {
    BareJid::new("bob@mired.test").unwrap()
}

proptest! {
    #[test]
    fn what_is_sealed_is_read_again_and_padded(text in "[a-zA-Z <>&äß漢👍]{1,600}") {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let body = element("body", ns::CLIENT).content(&text);
        let request = element("request", ns::RECEIPTS);
        let bytes = seal(vec![body, request], &ana(), &bob(), now, &mut UnwrapErr(SysRng));
        prop_assert!(bytes.len() >= LEAST);
        let envelope = Envelope::parse(&bytes).unwrap();
        envelope.check(&ana(), &bob()).unwrap();
        prop_assert_eq!(envelope.check(&bob(), &bob()), Err(BadEnvelope::OtherSender));
        prop_assert_eq!(envelope.check(&ana(), &ana()), Err(BadEnvelope::OtherRecipient));
        prop_assert_eq!(envelope.time, Some(now));
        prop_assert!(envelope.wants_receipt());
        prop_assert_eq!(envelope.body().unwrap().unwrap_or_default(), Clean::new(&text));
    }
}
