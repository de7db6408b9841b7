//! The terminal, taken and given back: raw mode, the other screen, bracketed paste,
//! focus, mouse, title, clipboard.
//!
//! Whatever ends the program gives it back: leaving, a signal (the loop leaves then), an error, a panic in
//! any thread. So does what stops it; when it goes on, everything is taken and painted anew.

use std::cell::RefCell;
use std::io::{self, BufWriter, Stdout, Write};
use std::rc::Rc;
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
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};

use super::safe_backend::SafeBackend;
use super::targets::Table;
use signals::{Held, Signal};

/// Whether the terminal is ours at the moment, for the panic hook, which cannot reach anything else.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Room for a whole frame, in bytes, so that it goes out in one write.
const FRAME: usize = 64 * 1024;

/// Saves and brings back the window's title (XTWINOPS).
const SAVE_TITLE: &str = "\x1b[22;0t";
const RESTORE_TITLE: &str = "\x1b[23;0t";

/// The terminal while it is ours; given back when this is dropped.
pub struct Screen {
    terminal: ratatui::Terminal<SafeBackend<BufWriter<Stdout>>>,
    mouse: bool,
    title: String,
    /// Which cells belong to links; None where the terminal has none.
    links: Option<Rc<RefCell<Table>>>,
}

impl Screen {
    /// Takes the terminal. `colour`: whether we use any, which crossterm would decide by NO_COLOR alone;
    /// `links`: whether it has links.
    ///
    /// # Errors
    /// If it is none, or cannot be set.
    pub fn take(mouse: bool, colour: bool, links: bool) -> io::Result<Self> {
        crossterm::style::force_color_output(colour);
        restore_on_panic();
        take()?;
        let careful = SafeBackend::new(BufWriter::with_capacity(FRAME, io::stdout()));
        let links = links.then(|| careful.links());
        let made = ratatui::Terminal::new(careful);
        let mut screen = Self {
            terminal: made.inspect_err(|_| restore())?,
            mouse: false,
            title: String::new(),
            links,
        };
        if mouse {
            screen.mouse(true)?;
        }
        Ok(screen)
    }

    /// Whether it is ours at the moment.
    pub fn is_taken(&self) -> bool {
        TAKEN.load(Ordering::SeqCst)
    }

    /// Gives it back for a while: whoever started us may use it.
    pub fn lend(&mut self) {
        restore();
    }

    /// Takes it again, whether it was lent or we were stopped without a chance to do so; the
    /// next frame is painted whole.
    ///
    /// # Errors
    /// The terminal's.
    pub fn take_back(&mut self) -> io::Result<()> {
        if self.is_taken() {
            in_front()?;
            restore();
        }
        take()?;
        self.terminal.backend_mut().forget();
        if self.mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        if !self.title.is_empty() {
            execute!(io::stdout(), crossterm::terminal::SetTitle(&self.title))?;
        }
        self.redraw()
    }

    /// Paints one frame, and says where its links are; only what differs from the last one is written.
    ///
    /// # Errors
    /// The terminal's.
    pub fn draw(&mut self, paint: impl FnOnce(&mut ratatui::Frame<'_>) -> Table) -> io::Result<()> {
        let shared = self.links.as_ref();
        self.terminal
            .draw(|frame| {
                let links = paint(frame);
                if let Some(shared) = shared {
                    links.paint_what_changed(&shared.borrow(), frame.buffer_mut());
                    shared.replace(links);
                }
            })
            .map(|_| ())
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
        self.mouse = on;
        match on {
            true => execute!(io::stdout(), EnableMouseCapture),
            false => execute!(io::stdout(), DisableMouseCapture),
        }
    }

    /// Asks the terminal something; it answers as if the answer were typed.
    ///
    /// # Errors
    /// The terminal's.
    pub fn ask(&mut self, question: &str) -> io::Result<()> {
        execute!(io::stdout(), Print(question))
    }

    /// Throws away what was typed or answered and not read yet: it is not for
    /// whoever reads the terminal next.
    pub fn drop_input(&self) {
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
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
        title.clone_into(&mut self.title);
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

/// Takes the modes, with an empty screen.
fn take() -> io::Result<()> {
    // First, since it stops us if we are in the background: then nothing was written yet.
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let taken = execute!(
        io::stdout(),
        Print(SAVE_TITLE),
        EnterAlternateScreen,
        Clear(ClearType::All),
        // A symbol that is wider than expected in the last column must not scroll the screen.
        DisableLineWrap,
        EnableBracketedPaste,
        EnableFocusChange
    );
    taken.inspect_err(|_| restore())
}

/// Returns when we are in the foreground: to touch the modes, even without a change, stops whoever is not.
fn in_front() -> io::Result<()> {
    let modes = tcgetattr(io::stdin())?;
    Ok(tcsetattr(io::stdin(), OptionalActions::Now, &modes)?)
}

/// Gives the terminal back, once. Errors have nobody to hear them.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // A program that is ended while it is in the background is not stopped instead.
    let _held = Held::hold(&[Signal::SIGTTOU]);
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

/// A panic in any thread gives the terminal back before its one line is printed, and ends the program after
/// it: a screen without its session, or the other way round, would only pretend to work.
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
