//! Where words go: results to stdout, everything said to a person to stderr, one sentence a line.

use std::io::{self, Write};

use super::{Exit, render};

/// Writes result lines to stdout and flushes. An error is [`Exit::output`].
pub fn results<I>(lines: I) -> Result<(), Exit>
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let mut stdout = io::stdout().lock();
    write_lines(&mut stdout, lines).map_err(Exit::output)
}

/// Writes one result line.
pub fn result(line: impl AsRef<str>) -> Result<(), Exit> {
    results([line])
}

/// Columns of the terminal that stdout is; None if it is none.
pub fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

fn write_lines<I>(out: &mut impl Write, lines: I) -> io::Result<()>
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    for line in lines {
        out.write_all(line.as_ref().as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Says one sentence on stderr. It may quote servers and other people, so it is made one safe line here. That nobody
/// can be told (stderr closed) is no reason to fail.
pub fn say(sentence: impl AsRef<str>) {
    let line = render::sentence(sentence.as_ref());
    let _ = writeln!(io::stderr().lock(), "{line}");
}
