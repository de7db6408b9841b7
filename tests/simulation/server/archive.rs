//! The archives of accounts (XEP-0313): what goes in, under which ids, and what is taken out again.

use jid::{BareJid, Jid};
use minidom::Element;
use susurro::model::Timestamp;

use super::manners::{Manners, remove};
use super::{Server, xml};

pub const NS: &str = "urn:xmpp:mam:2";
const SID: &str = "urn:xmpp:sid:0";

/// One archived message.
#[derive(Debug, Clone)]
pub struct Entry {
    /// As `result` names it.
    pub id: String,
    /// As `fin` names it where that is another one (Openfire).
    pub stable: Option<String>,
    pub when: Timestamp,
    /// The other side, as full as the message said.
    pub with: Jid,
    pub message: Element,
}

/// Whom an account lets be archived.
#[derive(Debug, Clone)]
pub struct Preferences {
    /// `always`, `never` or `roster`.
    pub default: String,
    pub always: Vec<String>,
    pub never: Vec<String>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            default: "always".to_owned(),
            always: Vec::new(),
            never: Vec::new(),
        }
    }
}

/// The archive of one account, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    pub entries: Vec<Entry>,
    pub preferences: Preferences,
}

impl Entry {
    /// As `fin` names it, and as cursors may.
    pub fn cursor(&self) -> &str {
        self.stable.as_deref().unwrap_or(&self.id)
    }

    pub fn body(&self) -> Option<String> {
        let body = self.message.get_child("body", "jabber:client");
        body.map(Element::text)
    }
}

impl Server {
    pub(super) fn clock(&self) -> Timestamp {
        self.now.parse().expect("the clock of this server was set")
    }

    /// The archive forgets everything from before that time, in all accounts.
    pub fn expire_before(&mut self, time: Timestamp) {
        for account in self.accounts.values_mut() {
            account.archive.entries.retain(|entry| entry.when >= time);
        }
    }

    /// Ids and bodies of what the archive of `account` holds of the chat with `with`, in its order; of all
    /// chats where nobody is named. What has no body appears without.
    pub fn archived(&self, account: &str, with: Option<&str>) -> Vec<(String, Option<String>)> {
        let of_chat = |entry: &&Entry| with.is_none_or(|with| entry.with.to_bare().as_str() == with);
        let entries = self.accounts[account].archive.entries.iter();
        entries
            .filter(of_chat)
            .map(|entry| (entry.id.clone(), entry.body()))
            .collect()
    }

    /// The bodies alone, of what has one.
    pub fn archived_bodies(&self, account: &str, with: Option<&str>) -> Vec<String> {
        let all = self.archived(account, with).into_iter();
        all.filter_map(|(_, body)| body).collect()
    }

    /// The ids that the senders gave to what the archive of `account` holds of that chat, in its order. What was sent twice
    /// stands there twice.
    pub fn archived_stanzas(&self, account: &str, with: &str) -> Vec<String> {
        let entries = self.accounts[account].archive.entries.iter();
        let of_chat = entries.filter(|entry| entry.with.to_bare().as_str() == with);
        of_chat
            .filter_map(|entry| entry.message.attr("id").map(str::to_owned))
            .collect()
    }

    /// Takes one message out of one archive, as an administrator might; whether it was there.
    pub fn forget_archived(&mut self, account: &str, id: &str) -> bool {
        let entries = &mut self.accounts.get_mut(account).unwrap().archive.entries;
        let before = entries.len();
        entries.retain(|entry| entry.id != id);
        entries.len() < before
    }

    /// Archives a message that `owner` sends to or gets from `with`, if it is to be; gives it back as those see
    /// it who are on that side.
    pub(super) fn archive(&mut self, owner: &BareJid, with: &Jid, message: Element) -> Element {
        if !self.options.archive || !self.accounts.contains_key(owner.as_str()) {
            return message;
        }
        let manners = self.options.manners;
        let mut clean = message.clone();
        remove(&mut clean, |child| claims(manners, child, owner));
        if !manners.archives(&message) || !self.wants_archived(owner, with) {
            return clean;
        }
        // Prosody looks whether to archive with the forged ids taken out, and goes on with them in.
        let mut seen = if manners == Manners::Prosody {
            message
        } else {
            clean
        };
        let mut kept = manners.stripped(&seen);
        if kept.children().next().is_none() {
            return seen;
        }
        let id = self.archive_id();
        let stanza_id = xml(&format!("<stanza-id xmlns='{SID}' by='{owner}' id='{id}'/>"));
        let mut stable = None;
        match manners {
            Manners::Prosody => {
                seen.append_child(stanza_id);
            }
            Manners::Ejabberd => {
                let old = format!("<archived xmlns='urn:xmpp:mam:tmp' by='{owner}' id='{id}'/>");
                seen = with_first(seen, [xml(&old), stanza_id]);
                kept = seen.clone();
            }
            Manners::Openfire if self.options.stable_ids => {
                let name = format!("{:08x}-stable", self.archive_rows.wrapping_mul(2_654_435_761));
                kept.append_child(xml(&format!(
                    "<stanza-id xmlns='{SID}' by='{owner}' id='{name}'/>"
                )));
                stable = Some(name);
            }
            Manners::Openfire => {}
        }
        let entry = Entry {
            id,
            stable,
            when: self.clock(),
            with: with.clone(),
            message: kept,
        };
        let account = self.accounts.get_mut(owner.as_str()).unwrap();
        account.archive.entries.push(entry);
        seen
    }

    fn wants_archived(&self, owner: &BareJid, with: &Jid) -> bool {
        let account = &self.accounts[owner.as_str()];
        let with = with.to_bare().to_string();
        let preferences = &account.archive.preferences;
        if preferences.never.contains(&with) || preferences.always.contains(&with) {
            return preferences.always.contains(&with);
        }
        match preferences.default.as_str() {
            "roster" => account.roster.get(&with).is_some_and(|item| item.listed),
            default => default == "always",
        }
    }

    /// Prosody's ids say nothing, ejabberd's are the time in microseconds, Openfire's count rows.
    fn archive_id(&mut self) -> String {
        self.archive_rows += 1;
        match self.options.manners {
            Manners::Prosody => opaque(self.archive_rows),
            Manners::Ejabberd => {
                let now = u64::try_from(self.clock().as_microsecond()).unwrap();
                self.archive_time = now.max(self.archive_time + 1);
                self.archive_time.to_string()
            }
            Manners::Openfire => self.archive_rows.to_string(),
        }
    }

    /// Reads or sets what is archived (XEP-0313, 6).
    pub(super) fn on_preferences(&mut self, id: u64, own: &str, iq: &Element, asked: &Element) {
        if self.options.manners == Manners::Openfire {
            self.archive_error(id, iq, "service-unavailable");
            return;
        }
        let preferences = &mut self.accounts.get_mut(own).unwrap().archive.preferences;
        if iq.attr("type") == Some("set") {
            let list = |name| {
                let list = asked.get_child(name, NS);
                let jids = list.into_iter().flat_map(Element::children);
                jids.map(Element::text).collect()
            };
            *preferences = Preferences {
                default: asked.attr("default").expect("a default").to_owned(),
                always: list("always"),
                never: list("never"),
            };
        }
        let jids =
            |list: &[String]| -> String { list.iter().map(|jid| format!("<jid>{jid}</jid>")).collect() };
        let answer = format!(
            "<prefs xmlns='{NS}' default='{}'><always>{}</always><never>{}</never></prefs>",
            preferences.default,
            jids(&preferences.always),
            jids(&preferences.never),
        );
        let answer = self.archive_reply(id, iq, &answer);
        self.deliver(id, answer);
    }
}

/// Whether somebody wrote an archive id that only the archive of `owner` may give.
fn claims(manners: Manners, child: &Element, owner: &BareJid) -> bool {
    let by = child.attr("by").and_then(|by| by.parse::<Jid>().ok());
    let Some(by) = by else { return false };
    match manners {
        Manners::Prosody => child.is("stanza-id", SID) && by == *owner,
        Manners::Ejabberd => {
            (child.is("stanza-id", SID) || child.is("archived", "urn:xmpp:mam:tmp"))
                && by.domain() == owner.domain()
        }
        Manners::Openfire => false,
    }
}

/// The same element with others in front of its children.
fn with_first(mut element: Element, first: [Element; 2]) -> Element {
    let rest = element.take_nodes();
    for child in first {
        element.append_child(child);
    }
    for node in rest {
        element.append_node(node);
    }
    element
}

/// Text of 24 characters that tells nothing of its number and never comes twice.
fn opaque(number: u64) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = number;
    let mut text = String::new();
    for _ in 0..24 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.push(char::from(letters[usize::try_from(state >> 58).unwrap()]));
    }
    text
}
