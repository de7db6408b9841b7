//! What commands about files ask for.

use super::{CommandRow, Does};
use crate::ask::{Ask, Context, FileDeed, PageName};
use crate::paths;

/// Runs a row with what was written behind its name.
pub(super) fn run(world: &Context<'_>, row: &CommandRow, rest: &str) -> Result<Vec<Ask>, String> {
    let rest = rest.trim();
    let deed = match row.does {
        Does::Files => {
            let Some(chat) = world.chat else {
                return Err("Open a chat first: /find shows them all.".into());
            };
            return Ok(vec![Ask::Show(PageName::Files(chat.clone()))]);
        }
        Does::Browse if rest.is_empty() => FileDeed::Look(paths::at_home("~")),
        Does::Browse => FileDeed::Look(paths::at_home(rest)),
        _ if rest.is_empty() => return Err(format!("Write it as {}.", row.written)),
        Does::OpenWith => FileDeed::OpenInHand(rest.to_owned()),
        Does::Save => match paths::named(rest).as_slice() {
            [path] => FileDeed::Save(path.clone()),
            _ => return Err("Name one path to save it as.".into()),
        },
        _ => FileDeed::Attach {
            paths: paths::named(rest),
            original: row.does == Does::Original,
        },
    };
    Ok(vec![Ask::File(deed)])
}
