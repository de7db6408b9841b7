//! Catching up with the archive of our account (XEP-0313), so that nothing is missed and nothing comes twice.
//!
//! At a login the question leaves in one flush with switching on copies (XEP-0280) and our presence, in
//! this order: then no server tells the same messages once more as offline messages before. Everything
//! behind the cursor is read (`store::archive`), which begins at the first login of the account here; then
//! what is older, the newest of it first, in the background, as far as the person wants. What comes live
//! meanwhile waits (`live`) until the catch-up is done.
//!
//! What a page brings takes the road of all messages (law 8). The cursor moves at the end of a page, in that
//! transaction. Where the archive does not know it any more, there may be a hole, which is told (`holes`).

mod anchor;
mod failing;
mod holes;
mod live;
mod of_chat;
mod of_room;
mod page;

use std::collections::BTreeSet;

use crate::effect::Timer;
use crate::follow_ups::FollowUp;
use crate::iq::{Answer, Refusal};
use crate::purpose::ArchivePurpose;
use crate::turn::Turn;
use anchor::{cursor, limit, oldest};
use api::{CatchUp, State};
use failing::Failures;
use holes::Holes;
use model::Timestamp;
pub(crate) use of_chat::OfChat;
pub(crate) use of_room::OfRooms;
use page::{Ask, Open};
use stanza::mam::{self, Fin};
use stanza::received::Found;
use stanza::{carbons, presence};
use store::Result;
use store::archive::{self as ranges, RangeEnd};

/// What is being read of our archive.
#[derive(Default)]
pub(crate) struct Archive {
    open: Option<Open>,
    /// Messages that come live wait.
    pub(crate) holds: bool,
    /// What waits goes on waiting though the line broke.
    keeps: bool,
    /// The last page may have been complete before our presence was known: one more is asked for.
    closing: bool,
    holes: Holes,
    /// Before that nothing was read.
    begins: Option<Timestamp>,
    /// Ends of pages from which it went on: a server that leads in a circle is followed once.
    seen: BTreeSet<String>,
    /// Messages that this catch-up has brought.
    brought: u64,
    failures: Failures,
}

impl Archive {
    /// A stream begins: copies are switched on, the catch-up begins, and people see us. Who was away for so
    /// long that the archive may have forgotten something is seen first: then the server tells what it kept
    /// for us apart from the archive, which one program holds back for ever from a stream that asked before.
    pub(crate) fn log_in(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        *self = Self::default();
        if !turn.own.present {
            return self.catch_up(turn);
        }
        turn.set(None, carbons::enable(), ArchivePurpose::Carbons);
        let is_late = cursor(turn)?.is_some_and(|range| holes::are_likely(&range.last, turn.now));
        if is_late {
            turn.send(presence::available(turn.own.sharing.read_sync));
        }
        self.catch_up(turn)?;
        if !is_late {
            turn.send(presence::available(turn.own.sharing.read_sync));
        }
        Ok(())
    }

    /// The old stream goes on. A server that had no room for all that came meanwhile has the rest in the
    /// archive alone, and says nothing: that is asked for whatever was being asked before, since the answer
    /// to that may be older than the pause. What was written meanwhile comes live before the page that is
    /// still to come, and waits for it.
    pub(crate) fn on_resumed(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        match self.open.as_ref().map(|open| &open.ask) {
            Some(Ask::After(_) | Ask::Since(_)) => {
                self.closing = false;
                self.keeps = false;
                self.holds = turn.own.present;
                Ok(())
            }
            _ => {
                *self = Self::default();
                self.catch_up(turn)
            }
        }
    }

    fn catch_up(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let last = match cursor(turn)? {
            Some(range) => range.last,
            None => anchor::begin(turn)?,
        };
        if live::is_command(turn) {
            return Ok(());
        }
        if turn.own.archive.is_none() {
            return live::release(turn);
        }
        self.holds = turn.own.present;
        self.begins = oldest(turn)?.map(|range| range.first.time);
        turn.follow(FollowUp::CatchingUp(true));
        let ask = match last.id.is_empty() {
            true => Ask::Since(last),
            false if holes::are_likely(&last, turn.now) => Ask::Around(last),
            false => Ask::After(last),
        };
        self.ask(turn, ask);
        Ok(())
    }

    /// Whether something is still to come that was written while we were away.
    pub(crate) fn is_behind(&self) -> bool {
        let forward = |open: &Open| matches!(open.ask, Ask::Around(_) | Ask::After(_) | Ask::Since(_));
        self.holds || self.open.as_ref().is_some_and(forward)
    }

    fn ask(&mut self, turn: &mut Turn<'_>, ask: Ask) {
        let id = turn.random_id();
        let query = mam::query(&id, &ask.page(), None, ask.max());
        let number = turn.query(None, query, ArchivePurpose::Page(id.clone()));
        turn.state(State::CatchUp(ask.told(self.brought)));
        self.open = Some(Open::new(id, number, ask));
    }

    /// One message of a page, if a query of ours is open that it can belong to: the answer to one that was
    /// given up comes again with the next.
    pub(crate) fn on_result(&mut self, turn: &mut Turn<'_>, found: &Found<'_>) -> Result<()> {
        let Some(open) = self.open.as_mut().filter(|open| open.id == found.query) else {
            return Ok(());
        };
        open.heard(turn);
        let Some(origin) = open.take(found, turn.now, self.begins) else {
            return Ok(());
        };
        if open.take_in(turn, found, origin)? {
            self.brought = self.brought.saturating_add(1);
        }
        Ok(())
    }

    /// The end of a page, or why there is none.
    pub(crate) fn on_page(&mut self, turn: &mut Turn<'_>, id: &str, answer: Answer) -> Result<()> {
        let Some(open) = self.open.take_if(|open| open.id == id) else {
            return Ok(());
        };
        let fin = answer.map(|payload| payload.and_then(|payload| mam::fin(&payload)));
        match fin {
            Ok(Some(fin)) => self.on_fin(turn, open, &fin),
            Ok(None) => self.fail(turn, None),
            // Whether it has the cursor remains unknown.
            Err(_) if matches!(open.ask, Ask::Around(_)) => self.go_on_after(turn, open.ask),
            Err(refusal) if refusal.is("item-not-found") => self.on_unknown(turn, open.ask),
            Err(refusal) => self.fail(turn, Some(&refusal)),
        }
    }

    /// The archive does not know the message that we named.
    fn on_unknown(&mut self, turn: &mut Turn<'_>, ask: Ask) -> Result<()> {
        match ask {
            Ask::After(cursor) => {
                self.holes.is_unknown = true;
                self.ask(turn, Ask::Since(cursor));
                Ok(())
            }
            Ask::Before(_) => {
                // It may know another one at that time: whoever moves an account gives other ids.
                if let Some(end) = ask.by_time() {
                    self.ask(turn, Ask::Before(end));
                    return Ok(());
                }
                if let Some(range) = oldest(turn)? {
                    ranges::set_start(turn.tx, range.id)?;
                }
                self.end(turn)
            }
            _ => self.fail(turn, None),
        }
    }

    fn on_fin(&mut self, turn: &mut Turn<'_>, open: Open, fin: &Fin) -> Result<()> {
        let ends = open.ends(fin);
        match &open.ask {
            Ask::After(cursor) if open.astray => {
                self.holes.is_unknown = true;
                self.ask(turn, Ask::Since(cursor.clone()));
                Ok(())
            }
            Ask::After(_) | Ask::Since(_) => self.on_forward(turn, &open, ends, fin.complete),
            // One server says so of every id that it does not know.
            Ask::Before(_) if ends.is_none() && open.ask.by_time().is_some() => {
                self.on_unknown(turn, open.ask)
            }
            Ask::Before(_) => self.on_backward(turn, ends, fin.complete),
            Ask::Around(_) => {
                self.holes.on_looked(&open);
                self.go_on_after(turn, open.ask)
            }
            Ask::Newest | Ask::Latest => {
                anchor::set(turn, ends)?;
                self.go_back(turn)
            }
        }
    }

    /// It was looked for the cursor; now for what stands behind it.
    fn go_on_after(&mut self, turn: &mut Turn<'_>, ask: Ask) -> Result<()> {
        if let Ask::Around(cursor) = ask {
            self.ask(turn, Ask::After(cursor));
        }
        Ok(())
    }

    /// A page of what came since.
    fn on_forward(
        &mut self,
        turn: &mut Turn<'_>,
        open: &Open,
        ends: Option<(RangeEnd, RangeEnd)>,
        complete: bool,
    ) -> Result<()> {
        let went_on = self.holes.note(turn, open, ends.is_none())?;
        let Some((first, last)) = ends else {
            if self.closing || !turn.own.present {
                return self.caught_up(turn);
            }
            self.closing = true;
            self.ask(turn, open.ask.clone());
            return Ok(());
        };
        match cursor(turn)? {
            Some(range) if went_on => ranges::extend(turn.tx, range.id, &last)?,
            _ => ranges::begin(
                turn.tx,
                turn.own.account,
                &turn.own.jid,
                None,
                (&first, &last),
                false,
            )?,
        }
        // A server that gives the same pages again and again gets no further question.
        if last.id == open.ask.id() || !self.seen.insert(last.id.clone()) {
            return self.caught_up(turn);
        }
        match (complete, self.closing) {
            (true, true) => return self.caught_up(turn),
            (true, false) => self.closing = true,
            (false, _) => {}
        }
        self.ask(turn, Ask::After(last));
        Ok(())
    }

    /// Everything that came since is here: what came live meanwhile follows, and then what is older.
    fn caught_up(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.holds = false;
        self.seen.clear();
        live::release(turn)?;
        turn.follow(FollowUp::CatchingUp(false));
        turn.follow(FollowUp::ArchiveRead);
        turn.follow(FollowUp::CaughtUp);
        match anchor::is_missing(turn)? {
            true => {
                self.ask(turn, Ask::Newest);
                Ok(())
            }
            false => self.go_back(turn),
        }
    }

    fn on_backward(
        &mut self,
        turn: &mut Turn<'_>,
        ends: Option<(RangeEnd, RangeEnd)>,
        complete: bool,
    ) -> Result<()> {
        let Some(range) = oldest(turn)? else {
            return self.end(turn);
        };
        let first = ends.map(|(first, _)| first);
        let moved = first.as_ref().is_some_and(|first| first.id != range.first.id);
        if let Some(first) = first.as_ref().filter(|_| moved) {
            ranges::extend_back(turn.tx, range.id, first)?;
        }
        if complete || !moved {
            ranges::set_start(turn.tx, range.id)?;
        }
        // As above.
        if let Some(first) = first
            && !self.seen.insert(first.id)
        {
            return self.end(turn);
        }
        self.go_back(turn)
    }

    /// Reads what is older than what is here, as far as the person wants.
    fn go_back(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        match oldest(turn)? {
            Some(range) if !range.is_start && range.first.time > limit(turn) => {
                self.ask(turn, Ask::Before(range.first));
                Ok(())
            }
            _ => self.end(turn),
        }
    }

    /// Nothing is asked any more.
    fn end(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.holds = false;
        self.open = None;
        self.failures = Failures::default();
        turn.follow(FollowUp::CatchingUp(false));
        turn.state(State::CatchUp(CatchUp::Done));
        turn.follow(FollowUp::CaughtUp);
        live::release(turn)
    }

    /// No page comes. `why`: None if what came is no end of a page.
    fn fail(&mut self, turn: &mut Turn<'_>, why: Option<&Refusal>) -> Result<()> {
        if failing::is_none(why) {
            return self.end(turn);
        }
        self.holds = false;
        self.open = None;
        let wait = self.failures.add();
        tracing::warn!(account = turn.own.account.0, ?wait, "the archive gave no page");
        turn.wake(Timer::Archive, wait);
        let next_try = turn.now + wait;
        turn.state(State::CatchUp(CatchUp::Failed { next_try }));
        turn.follow(FollowUp::CaughtUp);
        live::release(turn)
    }

    /// The time of the next try has come.
    pub(crate) fn try_again(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if self.open.is_some() || self.failures.are_none() {
            return Ok(());
        }
        *self = Self {
            failures: self.failures,
            ..Self::default()
        };
        self.catch_up(turn)
    }
}
