//! What happens to a page of an archive on its way: it comes late, in pieces with something else between them, or
//! not to its end.

use minidom::Element;

use super::{Server, xml};

/// What happens to the pages that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageFault {
    /// They come at once and whole.
    #[default]
    None,
    /// They wait until they are let go with [`Server::release`].
    Held,
    /// They come one stanza at a time, as [`World::step`](crate::world::World::step) lets them: anything may come between.
    Mixed,
    /// So many stanzas of the next page arrive, then the connection breaks; the session with what was queued for it
    /// is left as any broken connection leaves it. Later pages are whole.
    CutAfter(usize),
    /// As `CutAfter`, and the rest of the page was never sent: it is not in the queue of a stream that is resumed.
    LostAfter(usize),
    /// Each question is answered by this error.
    Refused(&'static str),
    /// No question is answered.
    Silent,
    /// Of the messages of the next page that has any nothing can be read; later pages are whole.
    Emptied,
    /// The end of each page leads back to one of two that were there.
    Circle,
}

impl Server {
    /// Gives the stanzas of an answer of the archive.
    pub(super) fn give_page(&mut self, id: u64, answer: Vec<Element>) {
        match self.page_fault {
            PageFault::None => {
                for stanza in answer {
                    self.deliver(id, stanza);
                }
            }
            PageFault::Held | PageFault::Mixed => {
                self.held.extend(answer.into_iter().map(|stanza| (id, stanza)))
            }
            PageFault::Silent => {}
            PageFault::Refused(condition) => {
                let end = answer.last().expect("the end of a page");
                let error = format!(
                    "<iq xmlns='jabber:client' type='error' id='{}'><error type='wait'>\
                     <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
                    end.attr("id").unwrap()
                );
                self.deliver(id, xml(&error));
            }
            PageFault::Emptied => {
                if answer.len() > 1 {
                    self.page_fault = PageFault::None;
                }
                for mut stanza in answer {
                    if stanza.name() == "message" {
                        stanza.take_nodes();
                    }
                    self.deliver(id, stanza);
                }
            }
            PageFault::Circle => {
                for mut stanza in answer {
                    if let Some(fin) = stanza.get_child_mut("fin", "urn:xmpp:mam:2") {
                        let last = format!("circle-{}", self.queries.len() % 2);
                        let fin_in_a_circle = format!(
                            "<fin xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>\
                             <first>f</first><last>{last}</last></set></fin>"
                        );
                        *fin = xml(&fin_in_a_circle);
                    }
                    self.deliver(id, stanza);
                }
            }
            PageFault::CutAfter(arrive) | PageFault::LostAfter(arrive) => {
                let queued = matches!(self.page_fault, PageFault::CutAfter(_));
                self.page_fault = PageFault::None;
                for (number, stanza) in answer.into_iter().enumerate() {
                    if number == arrive {
                        self.break_line(id);
                    }
                    if number < arrive || queued {
                        self.deliver(id, stanza);
                    }
                }
                self.break_line(id);
            }
        }
    }

    /// The connection of a session breaks behind what is on its way there.
    fn break_line(&mut self, id: u64) {
        let conn = self.sessions.get(&id).and_then(|session| session.conn);
        if let Some(conn) = conn.and_then(|conn| self.conns.get_mut(&conn)) {
            conn.breaks = true;
        }
    }

    /// How many stanzas of answers of archives wait.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Lets go of so many stanzas that wait, in order; what else was sent in the meantime stands before them.
    pub fn release(&mut self, count: usize) {
        for _ in 0..count {
            let Some((id, stanza)) = self.held.pop_front() else {
                return;
            };
            if self.sessions.contains_key(&id) {
                self.deliver(id, stanza);
            }
        }
    }

    /// Lets go of all that wait, one of each question in turn: as from a server that answers two questions at once.
    pub fn release_interleaved(&mut self) {
        let mut questions: Vec<Vec<(u64, Element)>> = vec![Vec::new()];
        for (id, stanza) in self.held.drain(..) {
            let ends = stanza.name() == "iq";
            questions.last_mut().unwrap().push((id, stanza));
            if ends {
                questions.push(Vec::new());
            }
        }
        let longest = questions.iter().map(Vec::len).max().unwrap_or_default();
        for turn in 0..longest {
            let next = questions
                .iter()
                .filter_map(|question| question.get(turn).cloned());
            self.held.extend(next);
        }
        self.release(usize::MAX);
    }
}
