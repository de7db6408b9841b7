//! What is on the screen, and the program behind it: the welcome with unlocking and the first run, the main
//! screen, and the step from the one to the other.

use std::io;

use crate::app::{App, Effect, Setup};
use crate::desk::Desk;
use crate::host::{End, Host, HostAnswer, Live, Request, Start};
use crate::theme::Theme;
use crate::welcome::{HostEvent, HostRequest, Welcome};
use model::Timestamp;
use store::StoreError;

/// What is on the screen.
pub(super) enum Phase {
    Welcome(Box<Welcome>),
    Main(Box<App>),
}

/// What is shown, and what it needs of the program.
pub(super) struct Front {
    pub(super) start: Start,
    pub(super) door: Host,
    pub(super) theme: Theme,
    pub(super) live: Option<Live>,
    pub(super) desk: Option<Desk>,
    pub(super) phase: Phase,
}

impl Front {
    pub(super) fn new(start: Start, door: Host, theme: Theme) -> Self {
        Self {
            phase: Phase::Welcome(Box::new(Welcome::new(&start))),
            start,
            door,
            theme,
            live: None,
            desk: None,
        }
    }

    /// Takes in what the program answers. Some: the screen is to end. `size`: that of the screen.
    pub(super) fn on_answer(&mut self, answer: HostAnswer, size: (u16, u16)) -> io::Result<Option<End>> {
        let heard = match answer {
            HostAnswer::Live(live) => {
                self.desk = Some(Desk::start(live.files.clone())?);
                self.live = Some(live);
                HostEvent::Live
            }
            answer => HostEvent::Answer(answer),
        };
        match &mut self.phase {
            Phase::Welcome(welcome) => {
                let wishes = welcome.hear(heard);
                self.grant(wishes, size)
            }
            Phase::Main(_) => Ok(None),
        }
    }

    /// Has the program keep what was typed in the wizard. Before anything else is asked for: while a login is
    /// tried, it hears only that it shall stop.
    fn keep_typed(&mut self) {
        if let Phase::Welcome(welcome) = &mut self.phase
            && let Some(typed) = welcome.unkept()
        {
            // If nobody hears it, the next wait ends the screen.
            drop(self.door.requests.send(Request::Keep(typed)));
        }
    }

    /// Does what the welcome wants done. Some: the screen is to end.
    pub(super) fn grant(&mut self, wishes: Vec<HostRequest>, size: (u16, u16)) -> io::Result<Option<End>> {
        if !wishes.is_empty() {
            self.keep_typed();
        }
        let mut end = None;
        for wish in wishes {
            match wish {
                // If nobody hears it, the next wait ends the screen.
                HostRequest::Request(request) => drop(self.door.requests.send(request)),
                HostRequest::Begin => self.begin(size)?,
                HostRequest::Leave => end = Some(End::Quit),
            }
        }
        Ok(end)
    }

    /// From the welcome to the main screen.
    fn begin(&mut self, size: (u16, u16)) -> io::Result<()> {
        let Some(live) = &self.live else {
            return Ok(());
        };
        let setup = Setup {
            account: live.account,
            own: live.jid.clone(),
            keymap: self.start.keymap.clone(),
            theme: self.theme.clone(),
            zone: self.start.zone.clone(),
            size,
            mouse: self.start.mouse,
            bell: self.start.bell,
            hide_offline: self.start.hide_offline,
        };
        let app = App::new(setup, &live.reader, Timestamp::now()).map_err(unreadable)?;
        self.phase = Phase::Main(Box::new(app));
        Ok(())
    }

    /// Has what is not stored yet stored.
    pub(super) fn leave(&mut self) {
        self.keep_typed();
        let (Phase::Main(app), Some(live)) = (&mut self.phase, &self.live) else {
            return;
        };
        for effect in app.leaving() {
            if let Effect::Command(id, command) = effect {
                let _ = live.commands.send((id, command));
            }
        }
    }
}

fn unreadable(error: StoreError) -> io::Error {
    io::Error::other(words::database(&error.fault()).as_str())
}
