//! Why a message failed comes back as it was stored, whatever others made of the texts in it.

use proptest::prelude::*;

use crate::codes::Code;
use crate::failures::{read, stored};
use model::room::RoomFeature;
use model::{
    BareJid, Clean, DeviceProblem, Excluded, Exclusion, LeftOut, MembersChange, MessageFailure, Refusal,
    SomeOf, Unreachable, Why,
};

/// Somebody's words, what stands between the parts and line breaks among them.
fn clean() -> impl Strategy<Value = Clean> {
    "[a-z0-9 \u{1f}\n\"|:;]{0,12}".prop_map(|text| Clean::new(&text))
}

fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        Just(Refusal::TimedOut),
        Just(Refusal::NoList),
        (clean(), prop::option::of(clean())).prop_map(|(condition, text)| Refusal::Error { condition, text }),
    ]
}

fn problem() -> impl Strategy<Value = DeviceProblem> {
    prop_oneof![
        prop::sample::select(vec![
            DeviceProblem::Kept(Why::Undecided),
            DeviceProblem::Kept(Why::Distrusted),
            DeviceProblem::Kept(Why::NotListed),
            DeviceProblem::Kept(Why::TakenOff),
            DeviceProblem::NotPublished,
            DeviceProblem::OurKey,
            DeviceProblem::OtherKey,
        ]),
        refusal().prop_map(DeviceProblem::NotFetched),
        clean().prop_map(DeviceProblem::Damaged),
        clean().prop_map(DeviceProblem::Invalid),
    ]
}

fn jid() -> impl Strategy<Value = BareJid> {
    let all = vec!["ana@mired.test", "bob@bücher.test", "mired.test"];
    prop::sample::select(all).prop_map(|jid| BareJid::new(jid).unwrap())
}

fn left_out() -> impl Strategy<Value = SomeOf<LeftOut>> {
    let device = (jid(), any::<u32>(), problem()).prop_map(|(jid, device, why)| LeftOut { jid, device, why });
    prop::collection::vec(device, 0..6).prop_map(SomeOf::new)
}

fn unreachable() -> impl Strategy<Value = Unreachable> {
    prop_oneof![
        prop::sample::select(vec![
            Unreachable::NoOwnKeys,
            Unreachable::OnlyToContacts,
            Unreachable::Impossible,
            Unreachable::NoKeys,
            Unreachable::Mistyped,
        ]),
        refusal().prop_map(Unreachable::NoList),
        left_out().prop_map(Unreachable::NoBundles),
        left_out().prop_map(Unreachable::NotTrusted),
    ]
}

fn excluded() -> impl Strategy<Value = SomeOf<Excluded>> {
    let one = (0_i64..9, jid()).prop_map(|(why, jid)| Excluded {
        jid,
        why: Exclusion::from_code(why).unwrap(),
    });
    prop::collection::vec(one, 0..6).prop_map(SomeOf::new)
}

fn members() -> impl Strategy<Value = SomeOf<BareJid>> {
    prop::collection::vec(jid(), 0..6).prop_map(SomeOf::new)
}

fn failure() -> impl Strategy<Value = MessageFailure> {
    prop_oneof![
        prop::sample::select(vec![
            MessageFailure::Blocked,
            MessageFailure::StoppedInClear,
            MessageFailure::PerhapsInClear,
            MessageFailure::TrustWithdrawn,
            MessageFailure::TakenBack,
            MessageFailure::NotInTime,
            MessageFailure::NotAPerson,
            MessageFailure::NotInRoom,
            MessageFailure::NotInPrivate(None),
            MessageFailure::NotInPrivate(Some(BareJid::new("bob@mired.test").unwrap())),
            MessageFailure::OccupantGone,
            MessageFailure::PrivateForbidden,
            MessageFailure::RoomSuspect,
            MessageFailure::MembersUnknown,
        ]),
        unreachable().prop_map(MessageFailure::Unreachable),
        clean().prop_map(MessageFailure::Words),
        clean().prop_map(MessageFailure::OptedOut),
        clean().prop_map(MessageFailure::Refused),
        clean().prop_map(MessageFailure::Returned),
        any::<[usize; 3]>().prop_map(|[size, bound, body]| MessageFailure::TooLong { size, bound, body }),
        any::<usize>().prop_map(|size| MessageFailure::TooLarge { size }),
        any::<(u8, usize)>().prop_map(|(streams, size)| MessageFailure::StreamsEnded { streams, size }),
        excluded().prop_map(MessageFailure::PeopleLeftOut),
        (members(), members()).prop_map(|(came, went)| {
            MessageFailure::MembersChanged(Box::new(MembersChange { came, went }))
        }),
        any::<(usize, usize)>().prop_map(|(devices, most)| MessageFailure::TooManyDevices { devices, most }),
        prop::sample::select(vec![
            RoomFeature::MembersOnly,
            RoomFeature::NonAnonymous,
            RoomFeature::Hidden
        ])
        .prop_map(MessageFailure::NotForOmemo),
    ]
}

proptest! {
    #[test]
    fn each_reason_comes_back(failure in failure()) {
        let (code, detail) = stored(&failure);
        prop_assert_eq!(read(code, detail.as_deref()).unwrap(), failure);
    }

    #[test]
    fn nothing_that_may_stand_there_ends_the_program(code in -1_i64..42, detail in "[0-9a-z@\u{1f}]{0,12}") {
        let _ = read(code, Some(&detail));
        let _ = read(code, None);
    }
}

/// The numbers stand in vaults: none may change its meaning.
#[test]
fn the_numbers_stay_what_they_are() {
    let size = 1;
    let reasons = [
        (0, MessageFailure::Words(Clean::new("w"))),
        (1, MessageFailure::Blocked),
        (2, MessageFailure::Unreachable(Unreachable::NoOwnKeys)),
        (3, MessageFailure::Unreachable(Unreachable::OnlyToContacts)),
        (
            4,
            MessageFailure::Unreachable(Unreachable::NoList(Refusal::TimedOut)),
        ),
        (5, MessageFailure::Unreachable(Unreachable::Impossible)),
        (6, MessageFailure::Unreachable(Unreachable::NoKeys)),
        (
            7,
            MessageFailure::Unreachable(Unreachable::NoBundles(SomeOf::new(Vec::new()))),
        ),
        (
            8,
            MessageFailure::Unreachable(Unreachable::NotTrusted(SomeOf::new(Vec::new()))),
        ),
        (9, MessageFailure::Unreachable(Unreachable::Mistyped)),
        (10, MessageFailure::OptedOut(Clean::default())),
        (
            11,
            MessageFailure::TooLong {
                size,
                bound: 2,
                body: 3,
            },
        ),
        (12, MessageFailure::TooLarge { size }),
        (13, MessageFailure::StreamsEnded { streams: 2, size }),
        (14, MessageFailure::StoppedInClear),
        (15, MessageFailure::PerhapsInClear),
        (16, MessageFailure::TrustWithdrawn),
        (17, MessageFailure::TakenBack),
        (18, MessageFailure::Refused(Clean::new("gone"))),
        (19, MessageFailure::Returned(Clean::new("gone"))),
        (20, MessageFailure::NotInTime),
        (21, MessageFailure::NotAPerson),
        (22, MessageFailure::WouldReveal),
        (23, MessageFailure::PeopleLeftOut(SomeOf::new(Vec::new()))),
        (
            24,
            MessageFailure::MembersChanged(Box::new(MembersChange {
                came: SomeOf::new(Vec::new()),
                went: SomeOf::new(Vec::new()),
            })),
        ),
        (25, MessageFailure::NotForOmemo(RoomFeature::MembersOnly)),
        (26, MessageFailure::RoomSuspect),
        (27, MessageFailure::MembersUnknown),
        (28, MessageFailure::TooManyDevices { devices: 2, most: 1 }),
    ];
    for (code, failure) in reasons {
        assert_eq!(stored(&failure).0, code, "{failure:?}");
    }
}
