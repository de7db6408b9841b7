//! What our server and our account offer, as far as they have said so (XEP-0030). Values only: `stream`
//! asks, and any part may look.

use stanza::disco::Info;
use stanza::ns;

/// Something that an entity may offer, and for which we have a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    /// Ids by the account's own address are its server's word (XEP-0359).
    StanzaIds,
    /// An archive (XEP-0313).
    Archive,
    /// Keys can be published (XEP-0163).
    Pep,
    /// What is published can say what its node has to be (XEP-0060 §7.1.5).
    PublishOptions,
    /// It takes what was read off our markers, for our other devices (XEP-0490 §server-assist).
    ReadAssist,
    /// A list of who is blocked (XEP-0191).
    Blocking,
    /// Nodes can be told to hold as many items as there may be (XEP-0060 §5.4).
    ManyItems,
    /// Bookmarks are equal in all forms, whichever is written (XEP-0402 §compat).
    BookmarksCompat,
    /// They are equal in the two older forms (XEP-0411).
    BookmarksConversion,
}

impl Feature {
    const ALL: [Self; 9] = [
        Self::StanzaIds,
        Self::Archive,
        Self::Pep,
        Self::PublishOptions,
        Self::ReadAssist,
        Self::Blocking,
        Self::ManyItems,
        Self::BookmarksCompat,
        Self::BookmarksConversion,
    ];

    fn is_in(self, info: &Info) -> bool {
        let has = |name: &str| info.features.iter().any(|feature| feature == name);
        match self {
            Self::StanzaIds => has(ns::SID),
            Self::Archive => has(ns::MAM),
            Self::Pep => info.identities.iter().any(|identity| identity == "pubsub/pep"),
            Self::PublishOptions => has(ns::PUBLISH_OPTIONS),
            Self::ReadAssist => has(ns::MDS_ASSIST),
            Self::Blocking => has(ns::BLOCKING),
            Self::ManyItems => has(ns::CONFIG_NODE_MAX),
            Self::BookmarksCompat => has(ns::BOOKMARKS_COMPAT) || has(ns::BOOKMARKS_COMPAT_PEP),
            Self::BookmarksConversion => has(ns::BOOKMARKS_CONVERSION),
        }
    }
}

/// What one entity said.
#[derive(Debug, Default)]
pub(crate) struct Offer(Option<Vec<Feature>>);

impl Offer {
    /// What an answer says; None: it says nothing.
    pub(crate) fn of(info: Option<&Info>) -> Self {
        Self(info.map(|info| {
            Feature::ALL
                .into_iter()
                .filter(|feature| feature.is_in(info))
                .collect()
        }))
    }

    /// Whether it offers this; None: that is not known.
    pub(crate) fn has(&self, feature: Feature) -> Option<bool> {
        self.0.as_ref().map(|features| features.contains(&feature))
    }
}

/// What is known of both.
#[derive(Debug, Default)]
pub(crate) struct Capabilities {
    pub(crate) server: Offer,
    pub(crate) account: Offer,
    /// What a process before this one learnt of the account on the stream that goes on.
    pub(crate) vouched: bool,
}

impl Capabilities {
    /// Whether our server vouches for the ids that messages have by our own address: what archives for
    /// the account does so too (XEP-0313 §unique-id).
    pub(crate) fn vouches(&self) -> bool {
        match (
            self.account.has(Feature::StanzaIds),
            self.account.has(Feature::Archive),
        ) {
            (Some(ids), Some(archive)) => ids || archive,
            _ => self.vouched,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(features: &[&str]) -> Info {
        Info {
            identities: vec!["pubsub/pep".to_owned()],
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        }
    }

    #[test]
    fn an_archive_or_the_ids_themselves_vouch_and_a_silent_account_says_nothing_new() {
        for (features, vouches) in [
            (vec![], false),
            (vec![ns::SID], true),
            (vec![ns::MAM], true),
            (vec![ns::BLOCKING], false),
        ] {
            for vouched in [false, true] {
                let mut known = Capabilities {
                    vouched,
                    ..Capabilities::default()
                };
                assert_eq!(known.vouches(), vouched);
                known.account = Offer::of(Some(&info(&features)));
                assert_eq!(known.vouches(), vouches, "{features:?}");
            }
        }
    }

    #[test]
    fn what_is_not_said_is_neither_there_nor_not() {
        assert_eq!(Offer::of(None).has(Feature::Blocking), None);
        let offer = Offer::of(Some(&info(&[ns::BLOCKING])));
        assert_eq!(offer.has(Feature::Blocking), Some(true));
        assert_eq!(offer.has(Feature::Pep), Some(true));
        assert_eq!(offer.has(Feature::Archive), Some(false));
    }
}
