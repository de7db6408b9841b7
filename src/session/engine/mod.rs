//! The engine: the one select loop over all lines, and what they use in turn: the only connection
//! that writes, and the random source. Whatever happens on a line becomes an input of its core,
//! handled in one transaction.

use std::future::poll_fn;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::line::{Happening, Line};
use crate::options::SessionOptions;
use crate::shared::Shared;
use api::{Command, CommandId, Event};
use files::Folder;
use store::Writer;

/// All lines of a process.
pub(super) struct Engine {
    shared: Shared,
    /// Those that have not ended.
    lines: Vec<Line>,
    /// Which of them is looked at first: each in its turn, or one with much to say would be the only one.
    first: usize,
}

impl Engine {
    pub(super) fn new(writer: Writer, folder: Option<Folder>) -> Self {
        Self {
            shared: Shared::new(writer, folder),
            lines: Vec::new(),
            first: 0,
        }
    }

    /// A line more, which begins to connect.
    pub(super) fn add(
        &mut self,
        options: SessionOptions,
        commands: UnboundedReceiver<(CommandId, Command)>,
        events: UnboundedSender<Event>,
    ) {
        let line = Line::open(&mut self.shared, options, commands, events);
        self.lines.extend(line);
    }

    pub(super) fn into_writer(self) -> Writer {
        self.shared.writer
    }

    /// Until every line has ended.
    pub(super) async fn run(&mut self) {
        while self.step().await {}
    }

    /// One thing that happens on one line, from its input to its effects. Whether a line was left for
    /// it. Nothing waits in here but for the next thing: what a line has to write is written while
    /// all of them are listened to.
    async fn step(&mut self) -> bool {
        if self.lines.is_empty() {
            return false;
        }
        let (index, happening) = poll_fn(|cx| self.poll(cx)).await;
        if let Some(line) = self.lines.get_mut(index) {
            line.on(&mut self.shared, happening);
            if line.is_over() {
                self.lines.remove(index);
            }
        }
        true
    }

    /// What happens next, and on which line.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(usize, Happening)> {
        let count = self.lines.len();
        let first = self.first;
        let in_turn = (0..count).map(|step| (first + step) % count);
        for index in in_turn {
            let polled = self.lines.get_mut(index).map(|line| line.poll(cx));
            if let Some(Poll::Ready(happening)) = polled {
                self.first = index + 1;
                return Poll::Ready((index, happening));
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests;
