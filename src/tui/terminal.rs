//! The terminal, taken and given back: raw mode, the other screen, bracketed paste, focus, mouse, title, clipboard.
//!
//! Whatever ends the program gives it back: leaving, a signal (the loop leaves then), an error, a panic in any thread.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::style::Print;
use crossterm::terminal::{
    Clear, ClearType, DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};

use super::careful::Careful;

/// Whether the terminal is ours at the moment, for the panic hook, which cannot reach anything else.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Room for a whole frame, in bytes, so that it goes out in one write.
const FRAME: usize = 64 * 1024;

/// Saves and brings back the window's title (XTWINOPS).
const SAVE_TITLE: &str = "\x1b[22;0t";
const RESTORE_TITLE: &str = "\x1b[23;0t";

/// The terminal while it is ours; given back when this is dropped.
pub struct Screen {
    terminal: ratatui::Terminal<Careful<BufWriter<Stdout>>>,
}

impl Screen {
    /// Takes the terminal. `colour`: whether we use any, which crossterm would decide by NO_COLOR alone.
    ///
    /// # Errors
    /// If it is none, or cannot be set.
    pub fn take(mouse: bool, colour: bool) -> io::Result<Self> {
        crossterm::style::force_color_output(colour);
        restore_on_panic();
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let taken = || -> io::Result<Self> {
            execute!(
                io::stdout(),
                Print(SAVE_TITLE),
                EnterAlternateScreen,
                Clear(ClearType::All),
                // A symbol that is wider than expected in the last column must not scroll the screen.
                DisableLineWrap,
                EnableBracketedPaste,
                EnableFocusChange
            )?;
            let terminal =
                ratatui::Terminal::new(Careful::new(BufWriter::with_capacity(FRAME, io::stdout())))?;
            Ok(Self { terminal })
        };
        let mut screen = taken().inspect_err(|_| restore())?;
        if mouse {
            screen.mouse(true)?;
        }
        Ok(screen)
    }

    /// Paints one frame; only what differs from the last one is written.
    ///
    /// # Errors
    /// The terminal's.
    pub fn draw(&mut self, paint: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(paint).map(|_| ())
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// The terminal's.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Has the next frame painted whole.
    ///
    /// # Errors
    /// The terminal's.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not `clear`, which asks the terminal where the cursor is: the answer would come between the keys.
        let size = self.terminal.size()?;
        self.terminal
            .resize(ratatui::layout::Rect::new(0, 0, size.width, size.height))
    }

    /// # Errors
    /// The terminal's.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        match on {
            true => execute!(io::stdout(), EnableMouseCapture),
            false => execute!(io::stdout(), DisableMouseCapture),
        }
    }

    /// # Errors
    /// The terminal's.
    pub fn bell(&mut self) -> io::Result<()> {
        execute!(io::stdout(), Print('\x07'))
    }

    /// Sets the window's title to words of ours.
    ///
    /// # Errors
    /// The terminal's.
    pub fn title(&mut self, title: &str) -> io::Result<()> {
        execute!(io::stdout(), crossterm::terminal::SetTitle(title))
    }

    /// Puts a text into the clipboard (OSC 52); in base64 it can hold nothing that a terminal obeys.
    ///
    /// # Errors
    /// The terminal's.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let encoded = BASE64_STANDARD.encode(text);
        execute!(io::stdout(), Print(format!("\x1b]52;c;{encoded}\x07")))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Which clears it: nothing of what was shown stays behind, on the other screen neither.
        restore();
    }
}

/// Gives the terminal back, once. Errors have nobody to hear them.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = queue!(
        out,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        Clear(ClearType::All),
        EnableLineWrap,
        LeaveAlternateScreen,
        cursor::Show,
        Print(RESTORE_TITLE)
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// A panic in any thread gives the terminal back before its one line is printed, and ends the program after it: a screen
/// without its session, or the other way round, would only pretend to work.
fn restore_on_panic() {
    let line = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let ours = TAKEN.load(Ordering::SeqCst);
        // Held to the end: no frame may follow onto the screen that is given back.
        let held = io::stdout().lock();
        restore();
        line(info);
        if ours {
            std::process::exit(101);
        }
        drop(held);
    }));
}
