//! In which form the list is kept: where it is equal in all of them, the newest; else the one that the
//! person's other programs look at.

use crate::capabilities::{Capabilities, Feature, Offer};
use stanza::muc::bookmark_list::ListForm;

/// What server and account say decides. `None` of them said anything: the oldest form asks for nothing.
pub(super) fn of(offered: &Capabilities) -> ListForm {
    let account = |feature| offered.account.has(feature) == Some(true);
    let either = |feature| {
        let has = |offer: &Offer| offer.has(feature) == Some(true);
        has(&offered.account) || has(&offered.server)
    };
    // Without conditions the node would be open to whoever sees our presence.
    let closed = account(Feature::Pep) && either(Feature::PublishOptions);
    if account(Feature::BookmarksCompat) {
        ListForm::Items
    } else if account(Feature::BookmarksConversion) && closed {
        // Others read the older forms there, which are one.
        ListForm::OneItem
    } else if closed && account(Feature::ManyItems) {
        ListForm::Items
    } else if closed {
        ListForm::OneItem
    } else {
        ListForm::PrivateStore
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stanza::disco::Info;
    use stanza::ns;

    fn chosen(account: &[&str], server: &[&str]) -> ListForm {
        let offer = |features: &[&str], pep: bool| {
            let identity = pep.then(|| "pubsub/pep".to_owned());
            Offer::of(Some(&Info {
                identities: identity.into_iter().collect(),
                features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            }))
        };
        of(&Capabilities {
            account: offer(account, account.contains(&"pep")),
            server: offer(server, false),
            vouched: false,
        })
    }

    #[test]
    fn each_server_gets_the_form_that_others_read_there() {
        let (options, many) = (ns::PUBLISH_OPTIONS, ns::CONFIG_NODE_MAX);
        let prosody = [
            "pep",
            options,
            many,
            ns::BOOKMARKS_COMPAT,
            ns::BOOKMARKS_COMPAT_PEP,
            ns::BOOKMARKS_CONVERSION,
        ];
        assert_eq!(chosen(&prosody, &[]), ListForm::Items);
        let ejabberd = ["pep", options, ns::BOOKMARKS_CONVERSION];
        assert_eq!(chosen(&ejabberd, &[many]), ListForm::OneItem);
        assert_eq!(
            chosen(&["pep", options, many, ns::BOOKMARKS_COMPAT], &[]),
            ListForm::Items
        );
        assert_eq!(
            chosen(&["pep", ns::BOOKMARKS_CONVERSION], &[options]),
            ListForm::OneItem
        );
        assert_eq!(chosen(&["pep", options, many], &[]), ListForm::Items);
        assert_eq!(chosen(&["pep", options], &[]), ListForm::OneItem);
        for closed_to_nobody in [&["pep"][..], &[], &["pep", many, ns::BOOKMARKS_CONVERSION]] {
            assert_eq!(chosen(closed_to_nobody, &[]), ListForm::PrivateStore);
        }
        assert_eq!(of(&Capabilities::default()), ListForm::PrivateStore);
    }
}
