//! A terminal that has links (OSC 8): which of its cells leads where. It knows no
//! symbols but those of one column.

use std::collections::BTreeMap;

/// What it shows as links: row and column, and the id and address of each.
#[derive(Default)]
pub struct Linked {
    pub cells: BTreeMap<(u16, u16), String>,
    x: u16,
    y: u16,
}

impl Linked {
    /// Panics on anything but text and sequences of ours.
    pub fn process(&mut self, bytes: &[u8]) {
        let mut link: Option<String> = None;
        let mut rest = std::str::from_utf8(bytes).unwrap();
        while let Some(c) = rest.chars().next() {
            if let Some(osc) = rest.strip_prefix("\u{1b}]8;") {
                let (told, after) = osc.split_once("\u{1b}\\").unwrap();
                assert!(told.bytes().all(|byte| byte.is_ascii_graphic()), "{told:?}");
                assert_eq!(told == ";", link.is_some(), "opened once and closed: {told:?}");
                link = (told != ";").then(|| told.to_owned());
                rest = after;
            } else if let Some(csi) = rest.strip_prefix("\u{1b}[") {
                let (parameters, after) = csi.split_at(csi.find(|c: char| c.is_ascii_alphabetic()).unwrap());
                if after.starts_with('H') {
                    let (row, column) = parameters.split_once(';').unwrap();
                    self.y = row.parse::<u16>().unwrap() - 1;
                    self.x = column.parse::<u16>().unwrap() - 1;
                } else {
                    assert!(after.starts_with('m'), "{after:?}");
                }
                rest = after.split_at(1).1;
            } else {
                assert!(!c.is_control(), "{c:?}");
                match &link {
                    Some(link) => self.cells.insert((self.y, self.x), link.clone()),
                    None => self.cells.remove(&(self.y, self.x)),
                };
                self.x += 1;
                rest = rest.split_at(c.len_utf8()).1;
            }
        }
        assert_eq!(link, None, "nothing stays open");
    }
}
