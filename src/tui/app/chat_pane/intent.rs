//! What Enter makes of what is written: a message, an answer, or other words for a message of ours. A
//! correction has the composer to itself: what stood there before comes back when it was sent or left.

use super::ChatPane;
use crate::app::outlet::{Outlet, Unsaid};
use crate::ask::Context;
use crate::composer::{Composer, Edit, escapes};
use crate::history::Quote;
use crate::list;
use api::{Command, Failure};
use model::{Clean, DraftAbout, MessageId, MessagesFailure, Peer, Timestamp, shown};
use store::messages;
use words::Face;

/// An answer or a correction that is being written.
pub(super) struct Intent {
    pub(super) about: DraftAbout,
    /// What stands above the composer; empty until it was read.
    head: String,
    /// What stood in the composer before a correction came into it.
    before: Option<Before>,
}

struct Before {
    text: String,
    intent: Option<Box<Intent>>,
}

impl Intent {
    pub(super) fn new(about: DraftAbout) -> Self {
        Self {
            about,
            head: String::new(),
            before: None,
        }
    }
}

/// What is being written in one chat, and what becomes of it.
pub(super) struct Writing<'a> {
    pub(super) composer: &'a mut Composer,
    pub(super) intent: &'a mut Option<Intent>,
}

impl Writing<'_> {
    /// Lets a text be other words for a message. What is written now waits.
    fn begin_correction(&mut self, about: DraftAbout, text: &str) {
        let before = Before {
            text: self.composer.text().to_owned(),
            intent: self.intent.take().map(Box::new),
        };
        self.composer.set(text);
        *self.intent = Some(Intent {
            before: Some(before),
            ..Intent::new(about)
        });
    }

    /// It is on its way, or nothing is to come of it: what waited comes back. `left`: what was written can be
    /// put back.
    fn finish(&mut self, left: bool) {
        if left {
            self.composer.edit(Edit::KillAll);
        } else {
            self.composer.take();
        }
        if let Some(before) = self.intent.take().and_then(|intent| intent.before) {
            self.composer.put_back(&before.text);
            *self.intent = before.intent.map(|intent| *intent);
        }
    }

    /// What could not be sent goes back to where it was written, before what was written since.
    pub(super) fn give_back(&mut self, text: &str, about: Option<DraftAbout>) {
        if let Some(correction @ DraftAbout::Correction(_)) = about {
            return self.begin_correction(correction, text);
        }
        if self.intent.is_none() {
            *self.intent = about.map(Intent::new);
        }
        if !self.composer.put_back(text) {
            self.composer.edit(Edit::TextStart);
            self.composer.paste(&format!("{text}\n"));
            self.composer.edit(Edit::TextEnd);
        }
    }
}

impl ChatPane {
    fn writing(&mut self) -> Writing<'_> {
        Writing {
            composer: &mut self.composer,
            intent: &mut self.intent,
        }
    }

    /// What is written will be that; None: a message of its own.
    pub(in crate::app) fn about(&self) -> Option<DraftAbout> {
        self.intent.as_ref().map(|intent| intent.about)
    }

    /// What stands above the composer; None: what is written is a message of its own.
    pub fn heading(&self) -> Option<&str> {
        self.intent.as_ref().map(|intent| intent.head.as_str())
    }

    /// Reads what stands above the composer, if that may have changed.
    pub(super) fn read_heading(&mut self, world: &Context<'_>, stale: bool) -> store::Result<()> {
        if let Some(intent) = self
            .intent
            .as_mut()
            .filter(|intent| stale || intent.head.is_empty())
        {
            intent.head = head(world, intent.about)?;
        }
        Ok(())
    }

    /// Lets what is written be an answer to this message.
    pub(super) fn begin_answer(&mut self, to: MessageId) {
        if matches!(self.about(), Some(DraftAbout::Correction(_))) {
            self.writing().finish(true);
        }
        self.intent = Some(Intent::new(DraftAbout::Answer(to)));
    }

    /// Brings the words of a message of ours into the composer, to be changed.
    pub(super) fn begin_correction(&mut self, of: MessageId, body: &str) {
        if matches!(self.about(), Some(DraftAbout::Correction(_))) {
            self.writing().finish(true);
        }
        let about = DraftAbout::Correction(Some(of));
        self.writing().begin_correction(about, &as_typed(body));
    }

    /// Brings a text from another chat, behind what is being written here; false: more than a message holds.
    pub(in crate::app) fn bring(&mut self, text: &str, now: Timestamp) -> bool {
        if matches!(self.about(), Some(DraftAbout::Correction(_))) {
            self.writing().finish(true);
        }
        let fits = if self.composer.is_empty() {
            self.composer.paste(&as_typed(text))
        } else {
            self.composer.edit(Edit::TextEnd);
            self.composer.paste(&format!("\n{text}"))
        };
        self.touched(now);
        fits
    }

    /// What is written is a message of its own again; a correction gives way to what stood there before. True
    /// if it was anything else.
    pub(in crate::app) fn leave_intent(&mut self, now: Timestamp) -> bool {
        match self.about() {
            None => return false,
            Some(DraftAbout::Answer(_)) => self.intent = None,
            Some(DraftAbout::Correction(_)) => self.writing().finish(true),
        }
        self.touched(now);
        true
    }

    /// Sends what is written as what it is about; false: nothing is sent, and the person is told why.
    pub(super) fn send_about(
        &mut self,
        peer: &Peer,
        about: DraftAbout,
        text: &str,
        out: &mut Outlet,
    ) -> bool {
        let body = Clean::new(text);
        let reveal = false;
        let command = match about {
            DraftAbout::Answer(to) => Command::Reply { to, body, reveal },
            DraftAbout::Correction(Some(message)) => Command::Edit {
                message,
                body,
                reveal,
            },
            DraftAbout::Correction(None) => {
                refuse(out, MessagesFailure::Gone);
                return false;
            }
        };
        out.about(command, Some(Unsaid::new(peer, text, Some(about))), None);
        true
    }

    /// What was written is on its way.
    pub(super) fn said(&mut self, now: Timestamp) {
        self.writing().finish(false);
        self.touched(now);
    }

    /// Says something about a message. What is written for it was refused before, and is allowed now.
    pub(in crate::app) fn say_about(
        &mut self,
        world: &Context<'_>,
        command: Command,
        done: Option<String>,
        out: &mut Outlet,
    ) -> store::Result<()> {
        let written = match &command {
            Command::Reply { to, body, .. } => Some((DraftAbout::Answer(*to), body.clone())),
            Command::Edit { message, body, .. } => {
                Some((DraftAbout::Correction(Some(*message)), body.clone()))
            }
            _ => None,
        };
        let Some((about, body)) = written else {
            if let Command::Retract { message, .. } = &command
                && let Some(body) = messages::get(&world.store, *message)?.and_then(|message| message.body)
            {
                // The composer's own history does not bring it back either.
                self.composer.forget(body.as_str());
            }
            out.about(command, None, done);
            return Ok(());
        };
        // It went back into the composer; what was changed there since stays there.
        if self.about() == Some(about) && Clean::new(self.composer.text()) == body {
            self.said(world.now);
        }
        let unsaid = world
            .chat
            .map(|peer| Unsaid::new(peer, body.as_str(), Some(about)));
        out.about(command, unsaid, done);
        Ok(())
    }
}

/// Says why nothing comes of it.
pub(in crate::app) fn refuse(out: &mut Outlet, why: MessagesFailure) {
    let why = words::failure(Face::Screen, &Failure::Messages(why));
    out.complain(shown::one_line(&why));
}

/// A text as it has to be typed to be sent: one that begins with a slash has two.
fn as_typed(text: &str) -> String {
    let typed = format!("/{text}");
    if escapes(&typed) { typed } else { text.to_owned() }
}

/// What is said of it above the composer.
fn head(world: &Context<'_>, about: DraftAbout) -> store::Result<String> {
    let (what, id) = match about {
        DraftAbout::Answer(id) => ("Answer to", Some(id)),
        DraftAbout::Correction(id) => ("Editing", id),
    };
    let message = match id {
        Some(id) => messages::get(&world.store, id)?,
        None => None,
    };
    let quoted = message.and_then(|message| Some((Quote::of(&message)?, message.peer)));
    let Some((quote, chat)) = quoted else {
        return Ok(format!("{what} a message that is gone"));
    };
    Ok(match (about, quote.author) {
        (DraftAbout::Answer(_), Some(author)) => {
            let name = list::name_of_author(world, &chat, &author)?;
            format!("{what} {name}: {}", quote.words)
        }
        _ => format!("{what}: {}", quote.words),
    })
}
