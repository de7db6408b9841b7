//! The chosen row: what copying and details are about.

use super::History;
use super::draw::blank_above;
use super::sight::Sight;
use crate::ask::Context;
use model::{Message, MessageFile, MessageId};
use store::{self, messages};

impl History {
    /// Selects the next older (`-1`) or newer (`1`) row and brings it into sight; newer than the newest: none
    /// any more. With none selected, older is the newest row in sight.
    pub fn select(&mut self, world: &Context<'_>, by: i32) -> store::Result<()> {
        let Some(sight) = &mut self.sight else {
            return Ok(());
        };
        let Some(view) = sight.view else {
            return Ok(());
        };
        let (from, by) = match self.selected.as_ref().map(|row| row.position) {
            None if by < 0 => (Some(sight.newest(view)), by + 1),
            None => return Ok(()),
            Some(position) => match sight.window.find(position) {
                Some(number) => (Some(number), by),
                None => (sight.go_back_to(world, position)?, by),
            },
        };
        let Some(from) = from else {
            self.selected = None;
            return sight.settle(world);
        };
        let Some(to) = sight.message_beside(world, from, by)? else {
            self.selected = None;
            return sight.settle(world);
        };
        self.selected = sight.window.message(to).cloned();
        sight.reveal(world, to)
    }

    /// Selects what a click hit: `row` of the pane, 0 at the top. A click on what is
    /// no message changes nothing.
    pub fn select_at(&mut self, row: u16) {
        let Some(sight) = &self.sight else { return };
        let lines = sight.lines();
        let line = row.checked_sub(blank_above(lines.len(), sight.size.1));
        let hit = line.and_then(|line| lines.get(usize::from(line)));
        let hit = hit.filter(|hit| hit.line >= sight.window.head(hit.row).len());
        if let Some(message) = hit.and_then(|hit| sight.window.message(hit.row)) {
            self.selected = Some(message.clone());
        }
    }

    /// Selects this message of the chat and brings it into sight; false if it is not here.
    pub fn go_to(&mut self, world: &Context<'_>, id: MessageId) -> store::Result<bool> {
        let Some(sight) = &mut self.sight else {
            return Ok(false);
        };
        let message = messages::get(&world.store, id)?;
        let Some(message) = message.filter(|message| message.chat == sight.chat) else {
            return Ok(false);
        };
        let row = match sight.window.find(message.position) {
            Some(row) => Some(row),
            None => sight.go_back_to(world, message.position)?,
        };
        let Some(row) = row else { return Ok(false) };
        self.selected = Some(message);
        sight.reveal(world, row)?;
        Ok(true)
    }

    pub fn unselect(&mut self) {
        self.selected = None;
    }

    pub fn selected(&self) -> Option<&Message> {
        self.selected.as_ref()
    }

    /// The files that the selected message brings.
    pub fn selected_files(&self) -> &[MessageFile] {
        let files = || {
            let sight = self.sight.as_ref()?;
            let number = sight.window.find(self.selected.as_ref()?.position)?;
            Some(sight.window.get(number)?.around().files.as_slice())
        };
        files().unwrap_or_default()
    }

    /// The files of all messages in sight.
    pub fn files_in_sight(&self) -> Vec<MessageFile> {
        let in_sight = || {
            let sight = self.sight.as_ref()?;
            let view = sight.view?;
            let rows = (view.top.row..=view.edge.row).filter_map(|row| sight.window.get(row));
            Some(rows.flat_map(|row| row.around().files.iter().cloned()).collect())
        };
        in_sight().unwrap_or_default()
    }

    /// The selected row as the store has it now.
    pub(super) fn refresh_selected(&mut self, world: &Context<'_>) -> store::Result<()> {
        if let (Some(sight), Some(old)) = (&self.sight, &self.selected) {
            let loaded = sight.window.find(old.position);
            let loaded = loaded.and_then(|number| sight.window.message(number));
            self.selected = match loaded {
                Some(message) if message.id == old.id => Some(message.clone()),
                _ => messages::get(&world.store, old.id)?.filter(|row| row.chat == sight.chat),
            };
        }
        Ok(())
    }
}

impl Sight {
    /// The message that many messages above (negative) or below a row; lines that nobody wrote do not count.
    /// The oldest one if there are fewer above; None if there are fewer below, or none at all.
    fn message_beside(&mut self, world: &Context<'_>, from: i64, by: i32) -> store::Result<Option<i64>> {
        let (chat, page) = (self.chat, self.page());
        let is_message = |sight: &Self, row| sight.window.message(row).is_some();
        let mut found = is_message(self, from).then_some(from);
        // From a line that nobody wrote the message above it is no step.
        let mut left = i64::from(by.unsigned_abs()) + i64::from(by <= 0 && found.is_none());
        let step = if by > 0 { 1 } else { -1 };
        let mut at = from;
        while left > 0 {
            at += step;
            while at < self.window.lowest() && self.window.older(world, chat, page)? {}
            while at > self.window.last() && self.window.newer(world, chat, page)? {}
            if at > self.window.last() {
                return Ok(None);
            }
            if at < self.window.lowest() {
                break;
            }
            if is_message(self, at) {
                found = Some(at);
                left -= 1;
            }
        }
        Ok(found)
    }
}
