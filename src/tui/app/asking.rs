//! What stands in the history's place, what is asked under the composer, and what waits to be asked: one
//! thing asks at a time.

use std::collections::BTreeSet;

use super::outlet::Outlet;
use crate::ask::{Ask, Context, Page, PageName, Question, QuestionName};
use crate::key::Key;
use crate::recipients::{ChatSecurity, Recipients};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use model::{Fingerprint, Peer};
use store;

/// Questions that wait for their turn at most.
const WAITING: usize = 16;

/// What was asked for, and whether a question asked: then [`Ask::Close`] means that one.
pub(super) struct AskList {
    pub(super) asks: Vec<Ask>,
    pub(super) by_question: bool,
}

impl AskList {
    /// Asked by no question.
    pub(super) fn of(asks: Vec<Ask>) -> Self {
        let by_question = false;
        Self { asks, by_question }
    }

    fn of_question(asks: Vec<Ask>) -> Self {
        let by_question = true;
        Self { asks, by_question }
    }
}

/// The page and the questions.
#[derive(Default)]
pub struct Asking {
    pub page: Option<Box<dyn Page>>,
    /// Which page that is, or was last.
    page_name: Option<PageName>,
    pub question: Option<(QuestionName, Box<dyn Question>)>,
    /// Questions that wait for their turn.
    waiting: Vec<QuestionName>,
    /// Keys that are to be decided later.
    later: BTreeSet<Fingerprint>,
    /// Peers whose request to stop encrypting is to be answered later.
    later_about: BTreeSet<Peer>,
}

/// Whether a question loses its meaning when another chat is opened.
fn is_about_a_chat(name: &QuestionName) -> bool {
    !matches!(
        name,
        QuestionName::Password { .. }
            | QuestionName::NameDevice
            | QuestionName::Invited { .. }
            | QuestionName::RoomPassword { .. }
    )
}

impl Asking {
    /// Whether neither a page nor a question stands there.
    pub(super) fn is_idle(&self) -> bool {
        self.page.is_none() && self.question.is_none()
    }

    pub(super) fn shows(&self, name: &PageName) -> bool {
        self.page.is_some() && self.page_name.as_ref() == Some(name)
    }

    pub(super) fn show(
        &mut self,
        world: &Context<'_>,
        name: &PageName,
        out: &mut Outlet,
    ) -> store::Result<()> {
        let page = crate::pages::make(world, name)?;
        let wanted = page.opened(world);
        self.page = Some(page);
        // What asked under the composer goes on when the page is left.
        if let Some((asked, _)) = self.question.take() {
            self.wait(asked);
        }
        self.page_name = Some(name.clone());
        for command in wanted {
            out.quietly(command);
        }
        Ok(())
    }

    /// Asks now; what was being asked comes again later.
    pub(super) fn put(&mut self, world: &Context<'_>, name: QuestionName) -> store::Result<()> {
        let Some(question) = crate::questions::make(world, &name)? else {
            return Ok(());
        };
        if let Some((before, _)) = self.question.replace((name, question)) {
            self.wait(before);
        }
        Ok(())
    }

    /// Asks when nothing else is asked any more.
    pub(super) fn wait(&mut self, name: QuestionName) {
        let asked = self.question.as_ref().is_some_and(|(asked, _)| *asked == name);
        if !asked && !self.waiting.contains(&name) && self.waiting.len() < WAITING {
            self.waiting.push(name);
        }
    }

    /// What has waited is asked, if nothing else is.
    pub(super) fn ask_what_waits(&mut self, world: &Context<'_>) -> store::Result<()> {
        while self.is_idle() && !self.waiting.is_empty() {
            let name = self.waiting.remove(0);
            let again = name.clone();
            let ours = match &name {
                QuestionName::NewDevice(peer) | QuestionName::OptedOut(peer) => Some(peer) == world.chat,
                _ => true,
            };
            if ours && let Err(error) = self.put(world, name) {
                self.waiting.insert(0, again);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Lets what is to be known of the open chat's keys and wishes wait to be asked.
    pub(super) fn ask_about(&mut self, peer: &Peer, recipients: &Recipients) {
        if recipients.security != ChatSecurity::Asked {
            // The next request is a new one.
            self.later_about.remove(peer);
        } else if !self.later_about.contains(peer) {
            self.wait(QuestionName::OptedOut(peer.clone()));
        }
        let asks = recipients
            .undecided()
            .filter_map(|key| key.fingerprint)
            .any(|fingerprint| !self.later.contains(&fingerprint));
        if asks {
            self.wait(QuestionName::NewDevice(peer.clone()));
        }
    }

    /// The person decides about this key later.
    pub(super) fn put_off(&mut self, fingerprint: Fingerprint) {
        self.later.insert(fingerprint);
    }

    /// The same about what this peer asks for.
    pub(super) fn put_off_about(&mut self, peer: Peer) {
        self.later_about.insert(peer);
    }

    /// Another chat is opened: what was asked about the one before is not asked any more.
    pub(super) fn chat_changes(&mut self) {
        self.question = self.question.take().filter(|(name, _)| !is_about_a_chat(name));
        self.waiting.retain(|name| !is_about_a_chat(name));
    }

    /// The store changed.
    pub(super) fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        if let Some(page) = &mut self.page {
            page.refresh(world)?;
        }
        if let Some((_, question)) = &mut self.question
            && !question.refresh(world)?
        {
            self.question = None;
        }
        Ok(())
    }

    /// None if neither page nor question has a use for the key.
    pub(super) fn on_key(&mut self, world: &Context<'_>, key: Key) -> store::Result<Option<AskList>> {
        if let Some(page) = &mut self.page {
            let asks = page.on_key(key, world)?;
            return Ok(Some(AskList::of(asks)));
        }
        if let Some((_, question)) = &mut self.question
            && question.wants(key, world)
        {
            let asks = question.on_key(key, world)?;
            return Ok(Some(AskList::of_question(asks)));
        }
        Ok(None)
    }

    /// None if neither page nor question has a use for it.
    pub(super) fn on_paste(&mut self, world: &Context<'_>, text: &str) -> store::Result<Option<AskList>> {
        let mut asks = Vec::new();
        if let Some(page) = &mut self.page {
            asks = page.on_paste(text, world)?;
        } else {
            // A question that takes letters takes these, too.
            let letter = Key::from(KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE));
            let taken = match &mut self.question {
                Some((_, question)) => question.wants(letter, world) && question.on_paste(text),
                None => false,
            };
            if !taken {
                return Ok(None);
            }
        }
        Ok(Some(AskList::of(asks)))
    }

    /// The question is left without an answer: what it wants then. None if there is none.
    pub(super) fn leave_question(&mut self) -> Option<AskList> {
        let (_, question) = self.question.take()?;
        Some(AskList::of_question(question.left()))
    }
}
