//! Queries of archives (XEP-0313, XEP-0059): what is asked, which page that is, and how each server says it.

use jid::Jid;
use minidom::Element;
use susurro::model::Timestamp;

use super::archive::{Entry, NS};
use super::manners::Manners;
use super::{Server, xml};

const RSM: &str = "http://jabber.org/protocol/rsm";

/// What a client asks of an archive.
#[derive(Debug, Default)]
struct Query {
    id: Option<String>,
    with: Option<Jid>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    text: Option<String>,
    ids: Option<Vec<String>>,
    after: Option<String>,
    before: Option<String>,
    /// The same out of the form, which does not turn the direction.
    after_id: Option<String>,
    before_id: Option<String>,
    max: Option<usize>,
    flip: bool,
}

/// A page: which entries of those that fit.
struct Page {
    entries: Vec<Entry>,
    complete: bool,
    count: usize,
}

impl Server {
    pub(super) fn on_archive(&mut self, id: u64, own: &str, to: &str, iq: &Element, payload: &Element) {
        let manners = self.options.manners;
        if !self.options.archive {
            self.reply_error(id, iq, "service-unavailable", "");
            return;
        }
        if to != own && manners != Manners::Ejabberd {
            let refused = match manners {
                Manners::Openfire => "forbidden",
                _ => "service-unavailable",
            };
            self.archive_error(id, iq, refused);
            return;
        }
        match (payload.name(), iq.attr("type")) {
            ("prefs", _) => self.on_preferences(id, own, iq, payload),
            ("metadata", Some("get")) => self.on_metadata(id, own, iq),
            ("query", Some("get")) => self.on_form(id, iq),
            ("query", Some("set")) => self.on_query(id, own, iq, payload),
            (name, kind) => panic!("{name} of an archive in an iq of type {kind:?}"),
        }
    }

    fn on_query(&mut self, id: u64, own: &str, iq: &Element, payload: &Element) {
        self.sessions.get_mut(&id).unwrap().asked_archive = true;
        self.queries.push(payload.clone());
        let page =
            Query::read(self.options.manners, payload).and_then(|query| Ok((self.page(own, &query)?, query)));
        let (page, query) = match page {
            Ok(both) => both,
            Err(condition) => return self.archive_error(id, iq, condition),
        };
        let to = self.sessions[&id].jid.clone();
        let mut shown: Vec<&Entry> = page.entries.iter().collect();
        if query.flip && self.options.manners != Manners::Openfire {
            shown.reverse();
        }
        let mut answer: Vec<Element> = shown
            .into_iter()
            .map(|entry| self.result(own, &to, iq, &query, entry))
            .collect();
        let end = self.fin(&query, &page);
        answer.push(self.archive_reply(id, iq, &end));
        self.give_page(id, answer);
    }

    fn page(&self, own: &str, query: &Query) -> Result<Page, &'static str> {
        let manners = self.options.manners;
        let mut fitting: Vec<Entry> = self.accounts[own].archive.entries.clone();
        fitting.retain(|entry| query.fits(manners, entry));
        let count = fitting.len();
        let backwards = match manners {
            Manners::Ejabberd => {
                query.before.is_some() && query.after.as_deref().unwrap_or_default().is_empty()
            }
            _ => query.before.is_some(),
        };
        match manners {
            Manners::Ejabberd => cut_by_time(&mut fitting, query, backwards),
            _ => cut_by_id(manners, &mut fitting, query)?,
        }
        let (usual, cap) = match manners {
            Manners::Prosody => (20, 50),
            Manners::Ejabberd => (50, 250),
            Manners::Openfire => (1000, usize::MAX),
        };
        let max = query.max.unwrap_or(usual).min(self.options.page.unwrap_or(cap));
        let complete = fitting.len() <= max;
        if backwards {
            fitting.drain(..fitting.len().saturating_sub(max));
        } else {
            fitting.truncate(max);
        }
        Ok(Page {
            entries: fitting,
            complete,
            count,
        })
    }

    /// One message of a page.
    fn result(&self, own: &str, to: &Jid, iq: &Element, query: &Query, entry: &Entry) -> Element {
        let manners = self.options.manners;
        let stamp = manners.stamp(entry.when);
        let domain = own.split('@').nth(1).unwrap();
        let queryid = attribute("queryid", query.id.as_deref());
        let from = match manners {
            Manners::Ejabberd => attribute("from", Some(own)),
            Manners::Prosody => attribute("from", iq.attr("to")),
            Manners::Openfire => String::new(),
        };
        let by = match manners {
            Manners::Ejabberd => attribute("from", Some(domain)),
            _ => String::new(),
        };
        let mut result = xml(&format!(
            "<message xmlns='jabber:client' to='{to}'{from}><result xmlns='{NS}'{queryid} id='{}'>\
             <forwarded xmlns='urn:xmpp:forward:0'/></result></message>",
            entry.id
        ));
        let forwarded = result
            .get_child_mut("result", NS)
            .and_then(|result| result.get_child_mut("forwarded", "urn:xmpp:forward:0"))
            .unwrap();
        let delay = xml(&format!("<delay xmlns='urn:xmpp:delay'{by} stamp='{stamp}'/>"));
        let both = match manners {
            Manners::Ejabberd => [entry.message.clone(), delay],
            _ => [delay, entry.message.clone()],
        };
        for child in both {
            forwarded.append_child(child);
        }
        result
    }

    fn fin(&self, query: &Query, page: &Page) -> String {
        let manners = self.options.manners;
        let mut ends = [page.entries.first(), page.entries.last()];
        if query.flip && manners == Manners::Ejabberd {
            ends.reverse();
        }
        let ids = match ends {
            [Some(first), Some(last)] => {
                format!("<first>{}</first><last>{}</last>", first.cursor(), last.cursor())
            }
            _ => String::new(),
        };
        let none = query.max == Some(0);
        let count = format!("<count>{}</count>", page.count);
        let (complete, count) = match manners {
            Manners::Prosody => (page.complete || none, if none { count } else { String::new() }),
            Manners::Ejabberd => (page.complete && !none, count),
            Manners::Openfire => (page.complete || page.entries.is_empty() && !none, count),
        };
        let complete = match (manners, complete) {
            (Manners::Ejabberd, complete) => format!(" complete='{complete}'"),
            (_, true) => " complete='true'".to_owned(),
            (_, false) => String::new(),
        };
        let queryid = match manners {
            Manners::Openfire => attribute("queryid", query.id.as_deref()),
            _ => String::new(),
        };
        format!("<fin xmlns='{NS}'{queryid}{complete}><set xmlns='{RSM}'>{ids}{count}</set></fin>")
    }

    /// The ends of an archive (XEP-0313, 4).
    fn on_metadata(&mut self, id: u64, own: &str, iq: &Element) {
        match self.options.manners {
            Manners::Prosody => {}
            Manners::Ejabberd => return self.archive_error(id, iq, "bad-request"),
            Manners::Openfire => return self.archive_error(id, iq, "service-unavailable"),
        }
        let entries = &self.accounts[own].archive.entries;
        let end = |name, entry: Option<&Entry>| {
            entry.map_or_else(String::new, |entry| {
                let stamp = Manners::Prosody.stamp(entry.when);
                format!("<{name} id='{}' timestamp='{stamp}'/>", entry.id)
            })
        };
        let ends = end("start", entries.first()) + &end("end", entries.last());
        let answer = self.archive_reply(id, iq, &format!("<metadata xmlns='{NS}'>{ends}</metadata>"));
        self.deliver(id, answer);
    }

    /// Which fields a query may have.
    fn on_form(&mut self, id: u64, iq: &Element) {
        let fields: String = known_fields(self.options.manners)
            .iter()
            .map(|field| format!("<field var='{field}'/>"))
            .collect();
        let form = format!(
            "<query xmlns='{NS}'><x xmlns='jabber:x:data' type='form'><field type='hidden' var='FORM_TYPE'>\
             <value>{NS}</value></field>{fields}</x></query>"
        );
        let answer = self.archive_reply(id, iq, &form);
        self.deliver(id, answer);
    }

    /// The answer to something asked of the account. ejabberd writes both addresses into it.
    pub(super) fn archive_reply(&self, id: u64, request: &Element, payload: &str) -> Element {
        xml(&format!(
            "<iq xmlns='jabber:client' type='result' id='{}'{}>{payload}</iq>",
            request.attr("id").unwrap(),
            self.addresses(id, request),
        ))
    }

    fn addresses(&self, id: u64, request: &Element) -> String {
        let me = &self.sessions[&id].jid;
        let asked = request.attr("to").map(str::to_owned);
        match self.options.manners {
            Manners::Ejabberd => {
                let from = asked.unwrap_or_else(|| me.to_bare().to_string());
                format!(" xml:lang='en' from='{from}' to='{me}'")
            }
            _ => attribute("from", asked.as_deref()),
        }
    }

    /// An error; ejabberd and Openfire repeat the request in front of it.
    pub(super) fn archive_error(&mut self, id: u64, request: &Element, condition: &str) {
        let kind = match condition {
            "item-not-found" | "bad-request" => "modify",
            "forbidden" => "auth",
            _ => "cancel",
        };
        let mut answer = self.archive_reply(id, request, "");
        answer.set_attr(
            minidom::rxml::Namespace::NONE,
            "type".try_into().unwrap(),
            "error",
        );
        if self.options.manners != Manners::Prosody {
            for child in request.children() {
                answer.append_child(child.clone());
            }
        }
        answer.append_child(xml(&format!(
            "<error xmlns='jabber:client' type='{kind}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        )));
        self.give_page(id, vec![answer]);
    }
}

/// Fields of the form that a server understands.
fn known_fields(manners: Manners) -> &'static [&'static str] {
    match manners {
        Manners::Prosody => &["with", "start", "end", "before-id", "after-id", "ids"],
        Manners::Ejabberd => &["with", "start", "end"],
        Manners::Openfire => &["with", "start", "end", "text"],
    }
}

impl Query {
    fn read(manners: Manners, payload: &Element) -> Result<Self, &'static str> {
        let mut query = Self {
            id: payload.attr("queryid").map(str::to_owned),
            flip: payload.has_child("flip-page", NS),
            ..Self::default()
        };
        if let Some(form) = payload.get_child("x", "jabber:x:data") {
            query.read_form(manners, form)?;
        }
        if let Some(set) = payload.get_child("set", RSM) {
            for child in set.children() {
                match child.name() {
                    "max" => query.max = Some(child.text().parse().map_err(|_| "bad-request")?),
                    "after" => query.after = Some(child.text()),
                    "before" => query.before = Some(child.text()),
                    "index" if manners == Manners::Prosody => {}
                    "index" => return Err("feature-not-implemented"),
                    other => panic!("{other} in a question for a page"),
                }
            }
        }
        Ok(query)
    }

    fn read_form(&mut self, manners: Manners, form: &Element) -> Result<(), &'static str> {
        assert_eq!(form.attr("type"), Some("submit"), "a form that is handed in");
        let mut named = false;
        for field in form.children() {
            let name = field.attr("var").expect("a field has a name");
            let values: Vec<String> = field.children().map(Element::text).collect();
            let value = values.first().cloned().unwrap_or_default();
            named |= name == "FORM_TYPE" && value == NS;
            let known = known_fields(manners).contains(&name);
            match name {
                "FORM_TYPE" => {}
                _ if !known && manners == Manners::Prosody => {}
                _ if !known => return Err("bad-request"),
                "with" => self.with = Some(value.parse().map_err(|_| "bad-request")?),
                "start" => self.start = Some(value.parse().map_err(|_| "bad-request")?),
                "end" => self.end = Some(value.parse().map_err(|_| "bad-request")?),
                "before-id" => self.before_id = Some(value),
                "after-id" => self.after_id = Some(value),
                "ids" => self.ids = Some(values),
                _ => self.text = Some(value),
            }
        }
        if named { Ok(()) } else { Err("bad-request") }
    }

    fn fits(&self, manners: Manners, entry: &Entry) -> bool {
        let with = self.with.as_ref().is_none_or(|with| match manners {
            // ejabberd takes a resource at its word.
            Manners::Ejabberd if with.resource().is_some() => entry.with == *with,
            _ => entry.with.to_bare() == with.to_bare(),
        });
        with && self.start.is_none_or(|start| entry.when >= start)
            && self.end.is_none_or(|end| entry.when <= end)
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&entry.id))
            && self
                .text
                .as_ref()
                .is_none_or(|text| entry.body().is_some_and(|body| body.contains(text)))
    }
}

/// Between two ids, which must be there: among what fits the rest of the question, as Prosody's own storage has it.
fn cut_by_id(manners: Manners, fitting: &mut Vec<Entry>, query: &Query) -> Result<(), &'static str> {
    let at = |fitting: &[Entry], id: &str| {
        let named = |entry: &Entry| entry.id == id || entry.stable.as_deref() == Some(id);
        fitting.iter().position(named).ok_or("item-not-found")
    };
    let backwards = query.before.is_some();
    let after = query.after.as_ref().or(query.after_id.as_ref());
    let before = query.before.as_ref().or(query.before_id.as_ref());
    if let Some(before) = before.filter(|id| !id.is_empty()) {
        match at(fitting, before) {
            Ok(at) => fitting.truncate(at),
            // Prosody only looks for the id from which it goes on; the other one is where it would stop.
            Err(_) if manners == Manners::Prosody && !backwards => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(after) = after.filter(|id| !id.is_empty()) {
        match at(fitting, after) {
            Ok(at) => drop(fitting.drain(..=at)),
            Err(_) if manners == Manners::Prosody && backwards => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// ejabberd's ids are times, so it looks for none: a number is a time, and any other text is no place at all.
fn cut_by_time(fitting: &mut Vec<Entry>, query: &Query, backwards: bool) {
    let number = |id: &str| id.parse::<u64>().ok();
    // What another program archived before has got its time for an id.
    let when = |entry: &Entry| u64::try_from(entry.when.as_microsecond()).unwrap();
    let time = |entry: &Entry| number(&entry.id).unwrap_or_else(|| when(entry));
    if backwards {
        let before = query.before.as_deref().unwrap_or_default();
        match number(before) {
            Some(before) => fitting.retain(|entry| time(entry) < before),
            None if before.is_empty() => {}
            None => fitting.clear(),
        }
    } else if let Some(after) = query.after.as_deref().and_then(number) {
        fitting.retain(|entry| time(entry) > after);
    }
}

fn attribute(name: &str, value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| format!(" {name}='{value}'"))
}
