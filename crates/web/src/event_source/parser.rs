//! The event stream format (HTML §9.2.5 and §9.2.6), without I/O.
//!
//! As in the real workerd an id may contain U+0000, and the message that ends a stream without an empty line is lost.

use std::rc::Rc;
use std::time::Duration;

/// A message to dispatch.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The type of its event, where it names one.
    pub event: Option<String>,
    pub data: String,
    /// Shared: one long id may stand for any number of short messages.
    pub last_event_id: Rc<str>,
}

/// The stream so far.
#[derive(Default)]
pub struct Parser {
    /// The line that has no end yet.
    line: Vec<u8>,
    /// A byte order mark may come, but no more.
    has_begun: bool,
    /// The last byte was a CR: an LF belongs to it.
    after_cr: bool,
    event: Option<String>,
    /// None: no field `data` since the last message.
    data: Option<String>,
    pub last_event_id: Rc<str>,
    /// What the stream asks for, unlimited.
    pub retry: Option<Duration>,
}

/// More bytes than one message may have.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLarge;

/// The most bytes of a line and of the data of a message.
const MAX: usize = 128 << 20;

impl Parser {
    /// For a stream that goes on after this event.
    pub fn new(last_event_id: Rc<str>) -> Self {
        Self {
            last_event_id,
            ..Self::default()
        }
    }

    /// The messages that more bytes complete.
    ///
    /// # Errors
    /// A message is too large.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<Vec<Message>, TooLarge> {
        let mut messages = Vec::new();
        loop {
            if let (true, [first, rest @ ..]) = (self.after_cr, bytes) {
                self.after_cr = false;
                if *first == b'\n' {
                    bytes = rest;
                }
            }
            let end = memchr::memchr2(b'\n', b'\r', bytes);
            let piece = &bytes[..end.unwrap_or(bytes.len())];
            let held = self.line.len() + self.data.as_ref().map_or(0, String::len);
            if held + piece.len() > MAX {
                return Err(TooLarge);
            }
            let Some(end) = end else {
                self.line.extend_from_slice(piece);
                return Ok(messages);
            };
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            let message = if self.line.is_empty() {
                self.take_line(piece)
            } else {
                self.line.extend_from_slice(piece);
                let line = std::mem::take(&mut self.line);
                self.take_line(&line)
            };
            messages.extend(message);
        }
    }

    fn take_line(&mut self, mut line: &[u8]) -> Option<Message> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if !std::mem::replace(&mut self.has_begun, true) {
            line = line.strip_prefix(MARK).unwrap_or(line);
        }
        if line.is_empty() {
            return self.end_message();
        }
        let (name, value) = match memchr::memchr(b':', line) {
            Some(0) => return None,
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &b""[..]),
        };
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match name {
            b"data" => match &mut self.data {
                None => self.data = Some(value.into_owned()),
                Some(data) => {
                    data.push('\n');
                    data.push_str(&value);
                }
            },
            b"event" => self.event = Some(value.into_owned()),
            b"id" => self.last_event_id = value.into(),
            b"retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                if let Ok(milliseconds) = value.parse::<u32>() {
                    self.retry = Some(Duration::from_millis(milliseconds.into()));
                }
            }
            _ => {}
        }
        None
    }

    fn end_message(&mut self) -> Option<Message> {
        let event = self.event.take();
        let data = self.data.take().filter(|data| !data.is_empty())?;
        Some(Message {
            event,
            data,
            last_event_id: self.last_event_id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(event: Option<&str>, data: &str, id: &str) -> Message {
        Message {
            event: event.map(str::to_owned),
            data: data.to_owned(),
            last_event_id: id.into(),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &[Message]) {
        for piece in [1, 2, 3, 5, text.len()] {
            let mut parser = Parser::default();
            let mut messages = Vec::new();
            for piece in text.as_bytes().chunks(piece) {
                messages.extend(parser.feed(piece).unwrap());
            }
            assert_eq!(messages, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn lines_end_in_any_way() {
        let expected = [message(None, "a\nb", ""), message(None, "c", "")];
        check("data: a\ndata: b\n\ndata: c\n\n", &expected);
        check("data: a\rdata: b\r\rdata: c\r\r", &expected);
        check("data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", &expected);
    }

    #[test]
    fn reads_the_fields_of_a_message() {
        let text = "\u{feff}: comment\nevent: kind\nid: 7\nunknown: x\ndata:  two\n\ndata\ndata\n\nid\ndata:x:y\n\ndata: lost";
        check(
            text,
            &[
                message(Some("kind"), " two", "7"),
                message(None, "\n", "7"),
                message(None, "x:y", ""),
            ],
        );
        check(
            "event: kind\n\ndata: x\n\ndata\n\n",
            &[message(None, "x", "")],
        );
    }

    #[test]
    fn messages_share_a_long_id() {
        let text = format!("id: {}\n{}", "i".repeat(1000), "data: x\n\n".repeat(3));
        let messages = Parser::default().feed(text.as_bytes()).unwrap();
        let [first, .., last] = &messages[..] else {
            panic!("{messages:?}");
        };
        assert_eq!(last.last_event_id.len(), 1000);
        assert!(Rc::ptr_eq(&first.last_event_id, &last.last_event_id));
    }

    #[test]
    fn takes_only_whole_numbers_to_wait() {
        for (text, retry) in [
            ("retry: 12\n", Some(12)),
            ("retry:0\n", Some(0)),
            ("retry: 12x\n", None),
            ("retry: -1\n", None),
            ("retry\n", None),
            ("retry: 99999999999\n", None),
        ] {
            let mut parser = Parser::default();
            parser.feed(text.as_bytes()).unwrap();
            assert_eq!(parser.retry, retry.map(Duration::from_millis), "{text}");
        }
    }
}
