//! Where words go: results to stdout, everything said to a person to stderr, one sentence a line.

use std::io::{self, Write};
use std::os::fd::AsFd;

use unicode_width::UnicodeWidthStr;

use super::{Exit, render};
use model::shown;

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
    columns(io::stdout())
}

/// Columns of the terminal behind this descriptor; None if it is none.
pub fn columns(out: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(out).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Our own words for a terminal of `width` columns: lines are broken between words.
pub fn wrap(text: &str, width: usize) -> String {
    let mut wrapped = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut column = 0;
        for word in line.split_inclusive(' ') {
            let wide = word.trim_end().width();
            if column > 0 && column + wide > width {
                wrapped.truncate(wrapped.trim_end_matches(' ').len());
                wrapped.push('\n');
                column = 0;
            }
            wrapped.push_str(word);
            column += word.width();
        }
    }
    wrapped
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

/// Says one sentence on stderr. It may quote servers and other people, so it is made one safe line here. That
/// nobody can be told (stderr closed) is no reason to fail.
pub fn say(sentence: impl AsRef<str>) {
    let line = render::sentence(&shown::without_codes(sentence.as_ref()));
    let line = match columns(io::stderr()) {
        Some(width) => wrap(&line, width),
        None => line,
    };
    let _ = writeln!(io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_are_broken_between_words_and_only_where_they_must_be() {
        assert_eq!(wrap("one two three", 80), "one two three");
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(
            wrap("one  two\n\n    six words\n", 9),
            "one  two\n\n    six\nwords\n"
        );
        assert_eq!(
            wrap("incomprehensibilities it is", 5),
            "incomprehensibilities\nit is"
        );
    }
}
