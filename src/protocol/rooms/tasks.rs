//! What is being done to rooms, and waits for an answer: one task for each command, which knows how far it
//! has come. Values only; each kind has a file that takes its steps.

use std::collections::{BTreeMap, VecDeque};

use crate::iq::Refusal;
use crate::purpose::RoomsPurpose;
use crate::turn::Turn;
use api::{CommandId, NewRoom, Outcome};
use model::room::Affiliation;
use model::{BareJid, Clean, MessageId, RoomsFailure, RoomsNotice, StreamFailure};
use stanza::iq::StanzaError;

/// Something that is being done.
pub(super) struct Task {
    /// Who waits for it; None: it follows from something that is done already.
    pub(super) command: Option<CommandId>,
    pub(super) room: BareJid,
    pub(super) step: Step,
}

/// What it waits for.
pub(super) enum Step {
    /// What the room is.
    Look,
    /// Somebody is to stand so to it.
    Affiliation { who: BareJid, to: Affiliation },
    /// The list that tells whether they do.
    ReadBack { who: BareJid, to: Affiliation },
    /// Somebody in it is to have another role.
    Role { nick: Clean },
    /// Its subject comes back, or the answer to what was asked behind it.
    Topic { id: String, topic: String },
    /// Our presence under that nick, or the answer to what was asked behind it.
    Nick { nick: String },
    /// How somebody stands to it who is to be invited: the list that tells it.
    Standing {
        of: Affiliation,
        whom: BareJid,
        reason: Option<Clean>,
    },
    /// Somebody is to be a member before they are invited.
    Membership { whom: BareJid, reason: Option<Clean> },
    /// An invitation that the room passes on comes back if it does not; what was asked behind it.
    Invited {
        id: String,
        whom: BareJid,
        reason: Option<Clean>,
    },
    /// A message is to be taken away.
    Moderate(Moderating),
    /// Its form is to be shown.
    Form,
    /// It is to be filled in.
    FormToFill(Vec<(Clean, Vec<Clean>)>),
    /// It was sent back.
    Configured,
    /// What it is after that.
    LookAgain,
    /// It is to end.
    Destroy,
    /// A room is being made.
    Making(Box<Making>),
    /// Rooms are looked for.
    Search(Search),
}

/// How far a room that is made has come.
pub(super) struct Making {
    pub(super) new: NewRoom,
    pub(super) nick: String,
    pub(super) at: MakingStep,
}

pub(super) enum MakingStep {
    /// A service for it is looked for.
    Service(Services),
    /// It must not be there.
    IsThere,
    /// Our own presence in it; the number of the timer.
    Entering(u64),
    Form,
    Configured,
    /// Whether it is what was asked for.
    Check,
    /// It is ended again, because of this.
    Undone(RoomsFailure),
}

/// The services that are still to be asked what they are.
#[derive(Default)]
pub(super) struct Services {
    /// What the server named; None: it is being asked.
    pub(super) left: Option<VecDeque<BareJid>>,
    pub(super) current: Option<BareJid>,
}

pub(super) enum Search {
    Service(Services, Clean),
    /// What the service is that was named.
    Kind(BareJid, Clean),
    Rooms(Clean),
    Everywhere,
}

/// How far taking a message away has come.
pub(super) struct Moderating {
    pub(super) message: MessageId,
    /// The ids that the room is still to be asked for.
    pub(super) left: Vec<String>,
    pub(super) reason: Option<Clean>,
    /// The room knows the form of before 2023 alone.
    pub(super) before: bool,
}

/// All tasks, by number.
#[derive(Default)]
pub(super) struct Tasks {
    next: u64,
    running: BTreeMap<u64, Task>,
}

impl Tasks {
    pub(super) fn begin(&mut self, task: Task) -> u64 {
        self.next += 1;
        self.running.insert(self.next, task);
        self.next
    }

    /// It goes on under its number.
    pub(super) fn go_on(&mut self, number: u64, task: Task) {
        self.running.insert(number, task);
    }

    pub(super) fn take(&mut self, number: u64) -> Option<Task> {
        self.running.remove(&number)
    }

    /// The first one about this room that waits for such a thing.
    pub(super) fn of(&self, room: &BareJid, waits: impl Fn(&Step) -> bool) -> Option<u64> {
        let found = self
            .running
            .iter()
            .find(|(_, task)| task.room == *room && waits(&task.step));
        found.map(|(number, _)| *number)
    }

    /// Whether it is us who end this room.
    pub(super) fn ends(&self, room: &BareJid) -> bool {
        let ends = |step: &Step| match step {
            Step::Destroy => true,
            Step::Making(making) => matches!(making.at, MakingStep::Undone(_)),
            _ => false,
        };
        self.of(room, ends).is_some()
    }

    /// The room whose making waits for this timer.
    pub(super) fn entering(&self, timer: u64) -> Option<u64> {
        let waits = |step: &Step| match step {
            Step::Making(making) => matches!(making.at, MakingStep::Entering(number) if number == timer),
            _ => false,
        };
        let found = self.running.iter().find(|(_, task)| waits(&task.step));
        found.map(|(number, _)| *number)
    }

    fn take_of(&mut self, room: &BareJid, waits: impl Fn(&Step) -> bool) -> Option<Task> {
        let number = self.of(room, waits)?;
        self.take(number)
    }

    /// A subject came.
    pub(super) fn on_topic(&mut self, turn: &mut Turn<'_>, room: &BareJid, topic: &str) {
        let is_ours = |step: &Step| match step {
            Step::Topic { topic: ours, .. } => ours.trim() == topic.trim(),
            _ => false,
        };
        if let Some(task) = self.take_of(room, is_ours) {
            task.succeed(turn, Outcome::Done);
        }
    }

    /// We are called so from now on.
    pub(super) fn on_called(&mut self, turn: &mut Turn<'_>, room: &BareJid, nick: &str) {
        if let Some(task) = self.take_of(room, |step| matches!(step, Step::Nick { .. })) {
            task.succeed(turn, Outcome::Joined(Clean::line(nick)));
        }
    }

    /// A presence of ours came back.
    pub(super) fn on_nick_refused(&mut self, turn: &mut Turn<'_>, room: &BareJid, error: &StanzaError) {
        let Some(task) = self.take_of(room, |step| matches!(step, Step::Nick { .. })) else {
            return;
        };
        let Step::Nick { nick } = &task.step else { return };
        let nick = Clean::line(nick);
        let why = match error.condition.as_str() {
            "conflict" => RoomsFailure::NickTaken(room.clone(), nick),
            "not-acceptable" | "jid-malformed" | "bad-request" => RoomsFailure::BadNick(nick),
            _ => failed(room, &Refusal::Error(error.clone())),
        };
        task.fail(turn, why);
    }

    /// The task whose message came back.
    pub(super) fn returned(&mut self, room: &BareJid, id: &str) -> Option<Task> {
        let is_it = |step: &Step| match step {
            Step::Topic { id: ours, .. } | Step::Invited { id: ours, .. } => ours == id,
            _ => false,
        };
        self.take_of(room, is_it)
    }

    /// The connection is gone: whoever waits is told.
    pub(super) fn lost(&mut self, turn: &mut Turn<'_>) {
        for task in std::mem::take(&mut self.running).into_values() {
            if let Some(command) = task.command {
                turn.refuse(command, StreamFailure::NotConnected);
            }
        }
    }
}

impl Task {
    pub(super) fn succeed(self, turn: &mut Turn<'_>, outcome: Outcome) {
        if let Some(command) = self.command {
            turn.done(command, Ok(outcome));
        }
    }

    pub(super) fn fail(self, turn: &mut Turn<'_>, why: RoomsFailure) {
        match self.command {
            Some(command) => turn.refuse(command, why),
            None => turn.notice(RoomsNotice::NotDone(why)),
        }
    }

    pub(super) fn refuse(self, turn: &mut Turn<'_>, refusal: &Refusal) {
        let why = failed(&self.room, refusal);
        self.fail(turn, why);
    }
}

/// Whose answer it is.
pub(super) fn purpose(number: u64) -> RoomsPurpose {
    RoomsPurpose::Task(number)
}

/// Why a room does not do what it was asked.
pub(super) fn failed(room: &BareJid, refusal: &Refusal) -> RoomsFailure {
    let room = room.clone();
    let Refusal::Error(error) = refusal else {
        return RoomsFailure::Refused(room, refusal.told());
    };
    match error.condition.as_str() {
        "forbidden" | "not-allowed" | "not-authorized" | "registration-required" => {
            RoomsFailure::NotAllowed(room)
        }
        "item-not-found" => RoomsFailure::NoRoom(room),
        "gone" => RoomsFailure::Destroyed(room, None),
        _ => RoomsFailure::Refused(room, refusal.told()),
    }
}
