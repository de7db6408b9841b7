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

mod holes;
mod live;
mod page;

use minidom::Element;

use crate::follow_ups::FollowUp;
use crate::iq::{Answer, Refusal};
use crate::messages::incoming;
use crate::purpose::ArchivePurpose;
use crate::turn::Turn;
use api::{CatchUp, State};
use holes::Holes;
use model::Timestamp;
use page::{Ask, Open};
use stanza::carbons;
use stanza::mam::{self, ArchivePage, Fin};
use stanza::received::{self, Found};
use std::time::Duration;
use store::archive::{self as ranges, Range, RangeEnd};
use store::{Result, messages};

/// Messages on a page, unless the server gives fewer.
const MAX: u32 = 100;
/// Where the archive is asked by time, it is asked from so much earlier: servers stamp in whole seconds, and
/// clocks are set.
const OVERLAP: Duration = Duration::from_secs(60);
/// What is so much older than the cursor does not stand behind it: the server did not look at the cursor.
const ASTRAY: Duration = Duration::from_secs(3600);

/// What is being read of our archive.
#[derive(Default)]
pub(crate) struct Archive {
    open: Option<Open>,
    /// Messages that come live wait.
    pub(crate) holds: bool,
    /// The last page may have been complete before our presence was known: one more is asked for.
    closing: bool,
    holes: Holes,
    /// Messages that this catch-up has brought.
    brought: u64,
}

impl Archive {
    /// A stream begins: copies are switched on, and the catch-up begins.
    pub(crate) fn log_in(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        *self = Self::default();
        if turn.own.present {
            turn.set(None, carbons::enable(), ArchivePurpose::Carbons);
        }
        self.catch_up(turn)
    }

    /// The old stream goes on. A server that had no room for all that came meanwhile has the rest in the
    /// archive alone, and says nothing.
    pub(crate) fn on_resumed(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        match self.open {
            Some(_) => Ok(()),
            None => {
                *self = Self::default();
                self.catch_up(turn)
            }
        }
    }

    fn catch_up(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let last = match cursor(turn)? {
            Some(range) => range.last,
            None => begin(turn)?,
        };
        if turn.own.archive.is_none() {
            return live::release(turn);
        }
        self.holds = turn.own.present;
        self.ask(
            turn,
            match last.id.is_empty() {
                true => Ask::Since(last),
                false => Ask::After(last),
            },
        );
        Ok(())
    }

    /// The connection is gone: nobody knows when the catch-up goes on, so nothing waits for it any longer.
    pub(crate) fn lost(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.holds = false;
        live::release(turn)
    }

    /// Whether something is still to come that was written while we were away.
    pub(crate) fn is_behind(&self) -> bool {
        let forward = |open: &Open| matches!(open.ask, Ask::After(_) | Ask::Since(_));
        self.holds || self.open.as_ref().is_some_and(forward)
    }

    /// Whether a message waits for the end of the catch-up; it is stored then.
    pub(crate) fn hold(&mut self, turn: &mut Turn<'_>, stanza: &Element) -> Result<bool> {
        if self.holds && !live::hold(turn, stanza)? {
            // Too many: their order may suffer, but nothing else.
            self.holds = false;
            live::release(turn)?;
        }
        Ok(self.holds)
    }

    fn ask(&mut self, turn: &mut Turn<'_>, ask: Ask) {
        let id = turn.random_id();
        let query = mam::query(&id, &ask.page(), None, MAX);
        let number = turn.query(query, ArchivePurpose::Page(id.clone()));
        self.tell(turn, Some(&ask));
        self.open = Some(Open::new(id, number, ask));
    }

    fn tell(&self, turn: &mut Turn<'_>, ask: Option<&Ask>) {
        let state = match ask {
            None => CatchUp::Done,
            Some(Ask::Before(first)) => CatchUp::Back {
                messages: self.brought,
                reached: first.time,
            },
            Some(_) => CatchUp::Since {
                messages: self.brought,
            },
        };
        turn.state(State::CatchUp(state));
    }

    /// One message of a page; false if no query of ours is open that it can belong to.
    pub(crate) fn on_result(&mut self, turn: &mut Turn<'_>, found: &Found<'_>) -> Result<bool> {
        let Some(open) = self.open.as_mut().filter(|open| open.id == found.query) else {
            return Ok(false);
        };
        open.heard(turn);
        let Some(origin) = open.take(found, turn.now) else {
            return Ok(true);
        };
        match received::archived(found, &turn.own.jid, origin) {
            Ok(received) => {
                self.brought = self.brought.saturating_add(1);
                incoming::take(turn, &received)?;
            }
            Err(dropped) => {
                tracing::debug!(account = turn.own.account.0, %dropped, "an archived message was left out");
            }
        }
        Ok(true)
    }

    /// The end of a page, or why there is none.
    pub(crate) fn on_page(&mut self, turn: &mut Turn<'_>, id: &str, answer: Answer) -> Result<()> {
        let Some(open) = self.open.take_if(|open| open.id == id) else {
            return Ok(());
        };
        let fin = answer.map(|payload| payload.and_then(|payload| mam::fin(&payload)));
        match fin {
            Ok(Some(fin)) => self.on_fin(turn, open, &fin),
            Err(refusal) if refusal.is("item-not-found") => self.on_unknown(turn, open.ask),
            Ok(None) => self.end(turn),
            Err(refusal) => {
                if refusal == Refusal::TimedOut {
                    tracing::warn!(account = turn.own.account.0, "the archive did not answer");
                }
                self.end(turn)
            }
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
                if let Some(range) = oldest(turn)? {
                    ranges::set_start(turn.tx, range.id)?;
                }
                self.end(turn)
            }
            _ => self.end(turn),
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
            Ask::Before(_) => self.on_backward(turn, ends, fin.complete),
            Ask::Around(..) => {
                holes::on_looked(turn, &open)?;
                self.go_back(turn)
            }
        }
    }

    /// A page of what came since.
    fn on_forward(
        &mut self,
        turn: &mut Turn<'_>,
        open: &Open,
        ends: Option<(RangeEnd, RangeEnd)>,
        complete: bool,
    ) -> Result<()> {
        let went_on = self.holes.note(turn, open)?;
        let Some((first, last)) = ends else {
            return self.caught_up(turn);
        };
        match cursor(turn)? {
            Some(range) if went_on => ranges::extend(turn.tx, range.id, &last)?,
            _ => ranges::begin(turn.tx, turn.own.account, &turn.own.jid, (&first, &last), false)?,
        }
        // A server that gives the same page again and again gets no further question.
        if last.id == open.ask.id() {
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
        live::release(turn)?;
        turn.follow(FollowUp::CaughtUp);
        match self.holes.doubt() {
            Some(doubt) => {
                self.ask(turn, doubt);
                Ok(())
            }
            None => self.go_back(turn),
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
        if let Some(first) = first.filter(|_| moved) {
            ranges::extend_back(turn.tx, range.id, &first)?;
        }
        if complete || !moved {
            ranges::set_start(turn.tx, range.id)?;
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
        self.tell(turn, None);
        turn.follow(FollowUp::CaughtUp);
        live::release(turn)
    }
}

/// The first login of the account here, from which on everything is news; or the first since there are
/// ranges.
fn begin(turn: &Turn<'_>) -> Result<RangeEnd> {
    let (account, own) = (turn.own.account, &turn.own.jid);
    let here = RangeEnd {
        id: String::new(),
        time: messages::newest_time(turn.tx, account)?
            .unwrap_or(turn.now)
            .min(turn.now),
    };
    ranges::begin(turn.tx, account, own, (&here, &here), false)?;
    Ok(here)
}

/// The range that a catch-up goes on from.
fn cursor(turn: &Turn<'_>) -> Result<Option<Range>> {
    ranges::newest(turn.tx, turn.own.account, &turn.own.jid)
}

fn oldest(turn: &Turn<'_>) -> Result<Option<Range>> {
    ranges::oldest(turn.tx, turn.own.account, &turn.own.jid)
}

/// Nothing older is read by itself.
fn limit(turn: &Turn<'_>) -> Timestamp {
    let days = u64::from(turn.own.archive.unwrap_or(0));
    turn.now - Duration::from_secs(days * 86_400)
}

/// What a page is asked for by: the overlap belongs to the question, not to the cursor.
fn since(cursor: &RangeEnd) -> ArchivePage {
    ArchivePage::Since(cursor.time - OVERLAP)
}
