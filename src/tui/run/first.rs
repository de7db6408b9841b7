//! What comes before the main screen: unlocking and the first run, and the step from there.

use std::io;

use super::{Loop, Phase, unreadable};
use crate::app::{App, Setup};
use crate::host::{Answer, End, Request};
use crate::welcome::{HostEvent, HostRequest};
use model::Timestamp;

impl Loop {
    pub(super) fn on_answer(&mut self, answer: Answer) -> io::Result<()> {
        let heard = match answer {
            Answer::Live(live) => {
                self.live = Some(live);
                HostEvent::Live
            }
            answer => HostEvent::Answer(answer),
        };
        match &mut self.phase {
            Phase::Welcome(welcome) => {
                let wishes = welcome.hear(heard);
                self.grant(wishes)
            }
            Phase::Main(_) => Ok(()),
        }
    }

    /// Has the program keep what was typed in the wizard. Before anything else is asked for: while a login is
    /// tried, it hears only that it shall stop.
    pub(super) fn keep_typed(&mut self) {
        if let Phase::Welcome(welcome) = &mut self.phase
            && let Some(typed) = welcome.unkept()
        {
            // If nobody hears it, the next wait ends the screen.
            drop(self.door.requests.send(Request::Keep(typed)));
        }
    }

    pub(super) fn grant(&mut self, wishes: Vec<HostRequest>) -> io::Result<()> {
        if !wishes.is_empty() {
            self.keep_typed();
        }
        for wish in wishes {
            match wish {
                // If nobody hears it, the next wait ends the screen.
                HostRequest::Request(request) => drop(self.door.requests.send(request)),
                HostRequest::Begin => self.begin()?,
                HostRequest::Leave => self.leave(End::Quit),
            }
        }
        Ok(())
    }

    /// From the welcome to the main screen.
    fn begin(&mut self) -> io::Result<()> {
        let Some(live) = &self.live else {
            return Ok(());
        };
        let setup = Setup {
            account: live.account,
            own: live.jid.clone(),
            keymap: self.start.keymap.clone(),
            theme: self.theme.clone(),
            zone: self.start.zone.clone(),
            size: self.screen.size()?,
            mouse: self.start.mouse,
            bell: self.start.bell,
            hide_offline: self.start.hide_offline,
        };
        let app = App::new(setup, &live.reader, Timestamp::now()).map_err(unreadable)?;
        self.phase = Phase::Main(Box::new(app));
        Ok(())
    }
}
