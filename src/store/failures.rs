//! Why a message failed, as it is stored: a number that never changes its meaning (a new reason takes the
//! next one), and what it is about as one text, whose parts stand behind one another.

use std::str::Split;

use super::codes::Code;
use super::{Result, StoreError, room_words};
use model::{
    BareJid, Clean, DeviceProblem, Excluded, Exclusion, LeftOut, MembersChange, MessageFailure, Refusal,
    SomeOf, Unreachable, Why, address,
};

/// Between the parts of a text. No [`Clean`] has it in it, and no address.
const BETWEEN: char = '\u{1f}';

/// Of a message that a moderator took away: no failure, but why that was, in the moderator's words.
pub(super) const MODERATED: i64 = 60;

/// The number of a reason, and what it is about.
pub(super) fn stored(failure: &MessageFailure) -> (i64, Option<String>) {
    let mut parts = Parts(Vec::new());
    let code = match failure {
        MessageFailure::Words(words) => parts.with(0, [words.as_str()]),
        MessageFailure::Blocked => 1,
        MessageFailure::Unreachable(why) => parts.unreachable(why),
        MessageFailure::OptedOut(reason) => parts.with(10, [reason.as_str()]),
        MessageFailure::TooLong { size, bound, body } => parts.with(11, [size, bound, body]),
        MessageFailure::TooLarge { size } => parts.with(12, [size]),
        MessageFailure::StreamsEnded { streams, size } => {
            parts.with(13, [streams.to_string(), size.to_string()])
        }
        MessageFailure::StoppedInClear => 14,
        MessageFailure::PerhapsInClear => 15,
        MessageFailure::TrustWithdrawn => 16,
        MessageFailure::TakenBack => 17,
        MessageFailure::NotInTime => 20,
        MessageFailure::NotAPerson => 21,
        MessageFailure::NotInRoom => 40,
        MessageFailure::NotInPrivate(real) => parts.with(41, real.iter()),
        MessageFailure::OccupantGone => 42,
        MessageFailure::PrivateForbidden => 43,
        MessageFailure::WouldReveal => 22,
        MessageFailure::PeopleLeftOut(people) => parts.excluded(23, people),
        MessageFailure::MembersChanged(change) => parts.members(24, change),
        MessageFailure::NotForOmemo(lacks) => parts.with(25, [room_words::word(*lacks)]),
        MessageFailure::RoomSuspect => 26,
        MessageFailure::MembersUnknown => 27,
        MessageFailure::TooManyDevices { devices, most } => parts.with(28, [devices, most]),
        MessageFailure::FileNotSent => 60,
        MessageFailure::Refused(said) => parts.with(18, [said.as_str()]),
        MessageFailure::Returned(said) => parts.with(19, [said.as_str()]),
    };
    let detail = parts.0.join(&String::from(BETWEEN));
    (code, (!parts.0.is_empty()).then_some(detail))
}

/// The reason with this number.
pub(super) fn read(code: i64, detail: Option<&str>) -> Result<MessageFailure> {
    let mut rest = Rest(detail.unwrap_or_default().split(BETWEEN));
    Ok(match code {
        0 => MessageFailure::Words(rest.clean()?),
        1 => MessageFailure::Blocked,
        2 => MessageFailure::Unreachable(Unreachable::NoOwnKeys),
        3 => MessageFailure::Unreachable(Unreachable::OnlyToContacts),
        4 => MessageFailure::Unreachable(Unreachable::NoList(rest.refusal()?)),
        5 => MessageFailure::Unreachable(Unreachable::Impossible),
        6 => MessageFailure::Unreachable(Unreachable::NoKeys),
        7 => MessageFailure::Unreachable(Unreachable::NoBundles(rest.left_out()?)),
        8 => MessageFailure::Unreachable(Unreachable::NotTrusted(rest.left_out()?)),
        9 => MessageFailure::Unreachable(Unreachable::Mistyped),
        10 => MessageFailure::OptedOut(rest.clean()?),
        11 => MessageFailure::TooLong {
            size: rest.number()?,
            bound: rest.number()?,
            body: rest.number()?,
        },
        12 => MessageFailure::TooLarge { size: rest.number()? },
        13 => MessageFailure::StreamsEnded {
            streams: rest.number()?,
            size: rest.number()?,
        },
        14 => MessageFailure::StoppedInClear,
        15 => MessageFailure::PerhapsInClear,
        16 => MessageFailure::TrustWithdrawn,
        17 => MessageFailure::TakenBack,
        18 => MessageFailure::Refused(rest.clean()?),
        19 => MessageFailure::Returned(rest.clean()?),
        20 => MessageFailure::NotInTime,
        21 => MessageFailure::NotAPerson,
        40 => MessageFailure::NotInRoom,
        41 => MessageFailure::NotInPrivate(match detail {
            Some(real) => Some(address::bare(real).map_err(|_| BROKEN)?),
            None => None,
        }),
        42 => MessageFailure::OccupantGone,
        43 => MessageFailure::PrivateForbidden,
        22 => MessageFailure::WouldReveal,
        23 => MessageFailure::PeopleLeftOut(rest.excluded()?),
        24 => MessageFailure::MembersChanged(Box::new(MembersChange {
            came: rest.members()?,
            went: rest.members()?,
        })),
        25 => MessageFailure::NotForOmemo(room_words::feature(rest.part()?).ok_or(BROKEN)?),
        26 => MessageFailure::RoomSuspect,
        27 => MessageFailure::MembersUnknown,
        60 => MessageFailure::FileNotSent,
        28 => MessageFailure::TooManyDevices {
            devices: rest.number()?,
            most: rest.number()?,
        },
        _ => return Err(BROKEN),
    })
}

const BROKEN: StoreError = StoreError::Corrupt("failure");

/// What is written, part by part.
struct Parts(Vec<String>);

impl Parts {
    /// This number, with these parts.
    fn with<T: ToString>(&mut self, code: i64, parts: impl IntoIterator<Item = T>) -> i64 {
        self.0.extend(parts.into_iter().map(|part| part.to_string()));
        code
    }

    fn unreachable(&mut self, why: &Unreachable) -> i64 {
        match why {
            Unreachable::NoOwnKeys => 2,
            Unreachable::OnlyToContacts => 3,
            Unreachable::NoList(refusal) => {
                self.refusal(refusal);
                4
            }
            Unreachable::Impossible => 5,
            Unreachable::NoKeys => 6,
            Unreachable::NoBundles(devices) => self.left_out(7, devices),
            Unreachable::NotTrusted(devices) => self.left_out(8, devices),
            Unreachable::Mistyped => 9,
        }
    }

    fn refusal(&mut self, refusal: &Refusal) {
        match refusal {
            Refusal::TimedOut => self.0.push("0".to_owned()),
            Refusal::NoList => self.0.push("1".to_owned()),
            Refusal::Error {
                condition,
                text: None,
            } => self.0.extend(["2".to_owned(), condition.as_str().to_owned()]),
            Refusal::Error {
                condition,
                text: Some(text),
            } => {
                let parts = ["3", condition.as_str(), text.as_str()];
                self.0.extend(parts.map(str::to_owned));
            }
        }
    }

    fn left_out(&mut self, code: i64, devices: &SomeOf<LeftOut>) -> i64 {
        self.0.push(devices.more.to_string());
        for LeftOut { jid, device, why } in &devices.named {
            self.0.extend([jid.to_string(), device.to_string()]);
            self.problem(why);
        }
        code
    }

    fn members(&mut self, code: i64, change: &MembersChange) -> i64 {
        for some in [&change.came, &change.went] {
            self.0
                .extend([some.more.to_string(), some.named.len().to_string()]);
            self.0.extend(some.named.iter().map(ToString::to_string));
        }
        code
    }

    fn excluded(&mut self, code: i64, people: &SomeOf<Excluded>) -> i64 {
        self.0.push(people.more.to_string());
        for Excluded { jid, why } in &people.named {
            self.0.extend([jid.to_string(), why.code().to_string()]);
        }
        code
    }

    fn problem(&mut self, problem: &DeviceProblem) {
        let number = match problem {
            DeviceProblem::Kept(Why::Undecided) => 0,
            DeviceProblem::Kept(Why::Distrusted) => 1,
            DeviceProblem::Kept(Why::NotListed) => 2,
            DeviceProblem::Kept(Why::TakenOff) => 3,
            DeviceProblem::NotFetched(_) => 4,
            DeviceProblem::NotPublished => 5,
            DeviceProblem::Damaged(_) => 6,
            DeviceProblem::Invalid(_) => 7,
            DeviceProblem::OurKey => 8,
            DeviceProblem::OtherKey => 9,
        };
        self.0.push(number.to_string());
        match problem {
            DeviceProblem::NotFetched(refusal) => self.refusal(refusal),
            DeviceProblem::Damaged(how) | DeviceProblem::Invalid(how) => {
                self.0.push(how.as_str().to_owned());
            }
            _ => {}
        }
    }
}

/// What is left to read.
struct Rest<'a>(Split<'a, char>);

impl Rest<'_> {
    fn part(&mut self) -> Result<&str> {
        self.0.next().ok_or(BROKEN)
    }

    fn clean(&mut self) -> Result<Clean> {
        self.part().map(Clean::new)
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T> {
        self.part()?.parse().map_err(|_| BROKEN)
    }

    fn refusal(&mut self) -> Result<Refusal> {
        Ok(match self.number::<u8>()? {
            0 => Refusal::TimedOut,
            1 => Refusal::NoList,
            with_text @ (2 | 3) => Refusal::Error {
                condition: self.clean()?,
                text: (with_text == 3).then(|| self.clean()).transpose()?,
            },
            _ => return Err(BROKEN),
        })
    }

    fn left_out(&mut self) -> Result<SomeOf<LeftOut>> {
        let more = self.number()?;
        let mut named = Vec::new();
        while let Some(jid) = self.0.next() {
            named.push(LeftOut {
                jid: address::bare(jid).map_err(|_| BROKEN)?,
                device: self.number()?,
                why: self.problem()?,
            });
        }
        Ok(SomeOf { named, more })
    }

    fn members(&mut self) -> Result<SomeOf<BareJid>> {
        let (more, named): (usize, usize) = (self.number()?, self.number()?);
        let mut some = SomeOf {
            named: Vec::new(),
            more,
        };
        for _ in 0..named {
            let jid = address::bare(self.part()?).map_err(|_| BROKEN)?;
            some.named.push(jid);
        }
        Ok(some)
    }

    fn excluded(&mut self) -> Result<SomeOf<Excluded>> {
        let more = self.number()?;
        let mut named = Vec::new();
        while let Some(jid) = self.0.next() {
            named.push(Excluded {
                jid: address::bare(jid).map_err(|_| BROKEN)?,
                why: Exclusion::from_code(self.number()?)?,
            });
        }
        Ok(SomeOf { named, more })
    }

    fn problem(&mut self) -> Result<DeviceProblem> {
        Ok(match self.number::<u8>()? {
            0 => DeviceProblem::Kept(Why::Undecided),
            1 => DeviceProblem::Kept(Why::Distrusted),
            2 => DeviceProblem::Kept(Why::NotListed),
            3 => DeviceProblem::Kept(Why::TakenOff),
            4 => DeviceProblem::NotFetched(self.refusal()?),
            5 => DeviceProblem::NotPublished,
            6 => DeviceProblem::Damaged(self.clean()?),
            7 => DeviceProblem::Invalid(self.clean()?),
            8 => DeviceProblem::OurKey,
            9 => DeviceProblem::OtherKey,
            _ => return Err(BROKEN),
        })
    }
}
