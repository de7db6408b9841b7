//! `susurro doctor`: a list of checks, one line each, and what to do where one fails.
//!
//! It asks the server itself and changes nothing, neither here nor there.

mod keys;
mod local;
mod messages;
mod online;
mod probe;

use super::args::Common;
use super::open::{OpenProfile, with_profile};
use super::{Code, Exit, output, render};
use model::shown;
use store::omemo;

pub fn run(common: &Common) -> Result<(), Exit> {
    let mut report = Report::default();
    let profile = common.locate()?;
    local::folder(&mut report, &profile)?;
    local::vault(&mut report, &profile)?;
    match with_profile(common, |opened| {
        report.ok("the passphrase opens the vault, and the database opens with its key")?;
        opened_checks(&mut report, opened)
    }) {
        Ok(()) => {}
        // Our own output failed: there is nobody left to report to.
        Err(exit) if exit.code == Code::Done => return Err(exit),
        Err(exit) => report.fail(exit.code, "the profile cannot be used", &exit.text)?,
    }
    report.end()
}

fn opened_checks(report: &mut Report, opened: &mut OpenProfile) -> Result<(), Exit> {
    local::database(report, opened)?;
    let account = match opened.account() {
        Ok(account) => account,
        Err(exit) => return report.warn("no server is checked", &exit.text),
    };
    report.ok(format!("the account is {}", account.jid))?;
    messages::check(report, opened, account.id)?;
    let own = opened.read(|tx| omemo::own_device(tx, account.id))?;
    online::check(report, &account, own.as_ref())
}

/// What was found so far.
#[derive(Debug, Default)]
struct Report {
    /// The code of the first failure.
    first: Option<Code>,
    failures: usize,
}

impl Report {
    fn ok(&mut self, what: impl AsRef<str>) -> Result<(), Exit> {
        output::result(line("ok", what.as_ref(), ""))
    }

    /// Something that works, but not as well as it could.
    fn warn(&mut self, what: impl AsRef<str>, remedy: &str) -> Result<(), Exit> {
        output::result(line("warn", what.as_ref(), remedy))
    }

    fn fail(&mut self, code: Code, what: impl AsRef<str>, remedy: &str) -> Result<(), Exit> {
        self.first.get_or_insert(code);
        self.failures += 1;
        output::result(line("FAIL", what.as_ref(), remedy))
    }

    fn end(self) -> Result<(), Exit> {
        match (self.first, self.failures) {
            (None, _) => Ok(()),
            (Some(code), 1) => Err(Exit::new(code, "One check failed.")),
            (Some(code), failures) => Err(Exit::new(code, format!("{failures} checks failed."))),
        }
    }
}

fn line(mark: &str, what: &str, remedy: &str) -> String {
    let what = render::sentence(&shown::without_codes(what));
    let remedy = shown::without_codes(remedy);
    if remedy.is_empty() {
        format!("{mark:<5} {what}")
    } else {
        format!("{mark:<5} {what} — {}", render::sentence(&remedy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_one_line_with_its_remedy() {
        insta::assert_snapshot!(line("ok", "all is well", ""), @"ok    all is well");
        insta::assert_snapshot!(line("FAIL", "no DNS", "try\nagain"), @"FAIL  no DNS — try ⏎ again");
    }

    #[test]
    fn a_report_ends_with_the_code_of_the_first_failure() {
        assert_eq!(Report::default().end(), Ok(()));
        let report = Report {
            first: Some(Code::NoConnection),
            failures: 2,
        };
        assert_eq!(report.end().unwrap_err().code, Code::NoConnection);
    }
}
