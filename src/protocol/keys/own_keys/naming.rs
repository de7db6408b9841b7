//! This device gets a name that contacts are shown (XEP-0384 0.9 §devices).

use super::OwnKeys;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::{Clean, KeysFailure, LONGEST_DEVICE_NAME};
use store::omemo::OwnLabel;
use store::{Result, omemo as keys};

impl OwnKeys {
    /// A front end names this device. Stored at once, published when there is a connection.
    pub(crate) fn rename(&mut self, turn: &mut Turn<'_>, command: CommandId, label: &Clean) -> Result<()> {
        let account = turn.own.account;
        let Some(own) = turn.own_device()? else {
            turn.refuse(command, KeysFailure::NoDevice);
            return Ok(());
        };
        let text = Clean::line(Clean::line(label.as_str()).as_str().trim());
        let length = text.as_str().chars().count();
        if length > LONGEST_DEVICE_NAME {
            let most = LONGEST_DEVICE_NAME;
            turn.refuse(command, KeysFailure::NameTooLong { length, most });
            return Ok(());
        }
        let before = keys::own_label(turn.tx, account)?;
        if before.map_or_else(Clean::default, |label| label.text) != text {
            let label = (!text.is_empty()).then(|| OwnLabel {
                signature: own.sign_label(text.as_str(), turn.rng),
                text,
            });
            keys::set_own_label(turn.tx, account, label.as_ref())?;
            turn.changed(Change::Devices(turn.own.jid.clone()));
        }
        for side in self.sides() {
            side.rename();
        }
        turn.done(command, Ok(Outcome::Done));
        self.renamed = !turn.counters.online;
        if turn.counters.online {
            self.advance(turn, &own)?;
        }
        Ok(())
    }
}
