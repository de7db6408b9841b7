//! Which service takes files of ours (XEP-0363 §disco): our server, or one that it names.

use std::collections::BTreeSet;

use jid::Jid;

use super::Files;
use crate::iq::Answer;
use crate::purpose::FilesPurpose;
use crate::turn::Turn;
use api::{CommandId, Outcome};
use model::{BareJid, FilesFailure, UploadService};
use stanza::muc::finding;
use stanza::{disco, upload};

/// Services that are asked what they are.
const MOST: usize = 20;

/// What is known of it on this stream.
#[derive(Debug, Default)]
pub(super) struct Service {
    known: Option<Option<UploadService>>,
    /// Who has not said yet what they are.
    silent: BTreeSet<BareJid>,
    /// Our server has not said yet what it names.
    asked: bool,
    commands: Vec<CommandId>,
}

impl Service {
    /// On a new stream nothing is known.
    pub(super) fn asked_anew(&mut self) -> Self {
        Self {
            commands: std::mem::take(&mut self.commands),
            ..Self::default()
        }
    }

    pub(super) fn known(&self) -> Option<&Option<UploadService>> {
        self.known.as_ref()
    }
}

impl Files {
    /// Asks which it is, unless that is known; the command that waits for it.
    pub(super) fn ask_service(&mut self, turn: &mut Turn<'_>, command: Option<CommandId>) {
        if let Some(command) = command {
            if !turn.counters.online {
                return turn.not_connected(command);
            }
            self.service.commands.push(command);
        }
        if self.service.known.is_some() {
            return self.tell_service(turn);
        }
        if self.service.asked || !self.service.silent.is_empty() || !turn.counters.online {
            return;
        }
        self.service.asked = true;
        let server = Jid::from(BareJid::from_parts(None, turn.own.jid.domain()));
        turn.get(Some(&server), finding::items_query(), FilesPurpose::Services);
    }

    /// What our server names; it may be one itself.
    pub(super) fn on_services(&mut self, turn: &mut Turn<'_>, answer: Answer) {
        self.service.asked = false;
        let query = answer.ok().flatten();
        let mut services = query.as_ref().map(finding::parse_services).unwrap_or_default();
        services.truncate(MOST);
        services.push(BareJid::from_parts(None, turn.own.jid.domain()));
        for service in services {
            if self.service.silent.insert(service.clone()) {
                let purpose = FilesPurpose::Service(service.clone());
                turn.get(Some(&service.into()), disco::info_query(), purpose);
            }
        }
    }

    /// What one of them is. The first that takes files is taken.
    pub(super) fn on_service(&mut self, turn: &mut Turn<'_>, service: &BareJid, answer: Answer) {
        self.service.silent.remove(service);
        let info = answer.ok().flatten();
        let found = info.as_ref().and_then(upload::service);
        if let Some(largest) = found
            && self.service.known.is_none()
        {
            let address = service.clone();
            self.service.known = Some(Some(UploadService { address, largest }));
        }
        if self.service.silent.is_empty() && self.service.known.is_none() {
            self.service.known = Some(None);
        }
        if self.service.known.is_some() {
            self.tell_service(turn);
        }
    }

    fn tell_service(&mut self, turn: &mut Turn<'_>) {
        let Some(known) = self.service.known.clone() else {
            return;
        };
        for command in std::mem::take(&mut self.service.commands) {
            match known.clone() {
                Some(service) => turn.done(command, Ok(Outcome::UploadService(service))),
                None => turn.refuse(command, FilesFailure::NoService),
            }
        }
    }
}
