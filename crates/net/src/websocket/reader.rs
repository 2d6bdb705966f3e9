//! From bytes to messages, without I/O: heads, masks, fragments (RFC 6455 §5.4), inflation.

use bytes::{Buf, BytesMut};

use super::deflate::{Deflate, Fault};
use super::frame::{self, Head, Mask};
use super::{Close, Message, NO_STATUS};

/// What the bytes so far come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// More bytes are needed, in [`Reader::buffer`].
    NeedHead,
    /// More bytes are needed, in [`Reader::payload`].
    NeedPayload,
    Message(Message),
    Ping(BytesMut),
    /// The peer breaks the protocol: the code and reason of the Close that it gets.
    Refused(u16, String),
}

#[derive(Default)]
pub(super) struct Reader {
    /// What has been read and belongs to no payload yet.
    pub(super) buffer: BytesMut,
    frame: Option<Frame>,
    /// The message that is being put together from fragments.
    partial: Option<Partial>,
}

/// The frame whose payload is being read.
struct Frame {
    opcode: u8,
    fin: bool,
    compressed: bool,
    mask: Mask,
    payload: BytesMut,
    /// How much of `payload` was there before this frame, and how much of this frame is.
    start: usize,
    done: usize,
    length: usize,
}

struct Partial {
    opcode: u8,
    compressed: bool,
    payload: BytesMut,
}

impl Reader {
    pub(super) fn new(buffer: BytesMut) -> Self {
        Self {
            buffer,
            ..Self::default()
        }
    }

    /// Whether no frame has been begun: what follows in the buffer and on the wire is whole frames.
    pub(super) fn is_between_messages(&self) -> bool {
        self.frame.is_none() && self.partial.is_none()
    }

    /// Where the payload's bytes go, and how many are missing.
    pub(super) fn payload(&mut self) -> Option<(&mut BytesMut, usize)> {
        let frame = self.frame.as_mut()?;
        Some((&mut frame.payload, frame.length - frame.done))
    }

    pub(super) fn step(&mut self, max: usize, mut deflate: Option<&mut Deflate>) -> Step {
        loop {
            if self.frame.is_none() {
                let Some((head, size)) = Head::parse(&self.buffer) else {
                    return Step::NeedHead;
                };
                self.buffer.advance(size);
                match self.begin(head, max, deflate.is_some()) {
                    Ok(frame) => self.frame = Some(frame),
                    Err((code, reason)) => return Step::Refused(code, reason),
                }
            }
            let Some(mut frame) = self.frame.take() else {
                return Step::NeedHead;
            };
            let buffered = self.buffer.len().min(frame.length - frame.done);
            if buffered > 0 {
                frame.payload.extend_from_slice(&self.buffer[..buffered]);
                self.buffer.advance(buffered);
            }
            frame.unmask();
            if frame.done < frame.length {
                self.frame = Some(frame);
                return Step::NeedPayload;
            }
            if !frame.fin {
                self.partial = Some(Partial {
                    opcode: frame.opcode,
                    compressed: frame.compressed,
                    payload: frame.payload,
                });
                continue;
            }
            match frame.opcode {
                frame::PONG => continue,
                frame::PING => return Step::Ping(frame.payload),
                _ => return finish(frame, max, deflate.take()),
            }
        }
    }

    fn begin(&mut self, head: Head, max: usize, deflates: bool) -> Result<Frame, (u16, String)> {
        const PROTOCOL: u16 = 1002;
        const TOO_LARGE: u16 = 1009;
        let refuse = |reason: &str| Err((PROTOCOL, reason.to_owned()));
        if head.reserved {
            return refuse("Received frame had RSV bits 2 or 3 set");
        }
        let before = self
            .partial
            .as_ref()
            .map_or(0, |partial| partial.payload.len());
        let max = max.saturating_sub(before);
        let length = match usize::try_from(head.length) {
            Ok(length) if length <= max => length,
            _ => {
                let length = head.length;
                return Err((TOO_LARGE, format!("Message is too large: {length} > {max}")));
            }
        };
        let is_data = head.opcode < frame::CLOSE;
        if head.opcode == frame::CONTINUATION && self.partial.is_none() {
            return refuse("Unexpected continuation frame");
        }
        if is_data && head.opcode != frame::CONTINUATION && self.partial.is_some() {
            return refuse("Missing continuation frame");
        }
        if !is_data && !head.fin {
            return refuse("Received fragmented control frame");
        }
        let partial = if is_data { self.partial.take() } else { None };
        let frame = match partial {
            Some(partial) => Frame {
                opcode: partial.opcode,
                compressed: partial.compressed || head.compressed,
                start: partial.payload.len(),
                payload: partial.payload,
                fin: head.fin,
                mask: head.mask,
                done: 0,
                length,
            },
            None => Frame {
                opcode: head.opcode,
                compressed: head.compressed,
                // What is announced is believed only as it comes.
                payload: BytesMut::with_capacity(length.min(self.buffer.len())),
                fin: head.fin,
                mask: head.mask,
                start: 0,
                done: 0,
                length,
            },
        };
        let opcode = frame.opcode;
        if !matches!(
            opcode,
            frame::TEXT | frame::BINARY | frame::CLOSE | frame::PING | frame::PONG
        ) {
            return Err((PROTOCOL, format!("Unknown opcode {opcode}")));
        }
        if frame.compressed && !deflates && !matches!(opcode, frame::PING | frame::PONG) {
            return refuse(
                "Received a WebSocket frame whose compression bit was set, but the compression extension was not \
                 negotiated for this connection.",
            );
        }
        Ok(frame)
    }
}

impl Frame {
    /// Unmasks what has come since.
    fn unmask(&mut self) {
        let from = self.start + self.done;
        frame::apply(self.mask, self.done, &mut self.payload[from..]);
        self.done = self.payload.len() - self.start;
    }
}

fn finish(frame: Frame, max: usize, deflate: Option<&mut Deflate>) -> Step {
    let mut payload = frame.payload;
    if frame.opcode == frame::CLOSE {
        return Step::Message(Message::Close(close(&payload)));
    }
    if let (true, Some(deflate)) = (frame.compressed, deflate) {
        payload = match deflate.inflate(payload, max) {
            Ok(message) => message,
            Err(Fault::Invalid) => {
                return Step::Refused(1002, "Invalid compressed data".to_owned());
            }
            Err(Fault::TooLarge) => return Step::Refused(1009, "Message is too large".to_owned()),
        };
    }
    let payload = payload.freeze();
    Step::Message(match frame.opcode {
        frame::TEXT => Message::Text(payload),
        _ => Message::Binary(payload),
    })
}

fn close(payload: &[u8]) -> Close {
    match payload.split_first_chunk::<2>() {
        None => Close {
            code: NO_STATUS,
            reason: String::new(),
        },
        Some((code, reason)) => Close {
            code: u16::from_be_bytes(*code),
            reason: String::from_utf8_lossy(reason).into_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const MAX: usize = 1000;

    /// All steps until more bytes are needed, with the bytes fed in pieces.
    fn steps(bytes: &[u8], piece: usize) -> Vec<Step> {
        let mut reader = Reader::default();
        let mut all = Vec::new();
        for piece in bytes.chunks(piece) {
            reader.buffer.extend_from_slice(piece);
            loop {
                match reader.step(MAX, None) {
                    Step::NeedHead | Step::NeedPayload => break,
                    step @ Step::Refused(..) => {
                        all.push(step);
                        return all;
                    }
                    step => all.push(step),
                }
            }
        }
        all
    }

    fn check(bytes: &[u8], expected: &[Step]) {
        for piece in [1, 2, 3, bytes.len()] {
            assert_eq!(steps(bytes, piece), expected, "in pieces of {piece}");
        }
    }

    fn refused(code: u16, reason: &str) -> Step {
        Step::Refused(code, reason.to_owned())
    }

    fn text(text: &'static str) -> Step {
        Step::Message(Message::Text(Bytes::from_static(text.as_bytes())))
    }

    #[test]
    fn puts_fragments_together_with_control_frames_between() {
        let bytes = b"\x01\x02he\x89\x01!\x00\x02ll\x8a\x00\x80\x01o\x82\x01\xff";
        let expected = [
            Step::Ping(BytesMut::from("!")),
            text("hello"),
            Step::Message(Message::Binary(Bytes::from_static(b"\xff"))),
        ];
        check(bytes, &expected);
    }

    #[test]
    fn unmasks() {
        check(b"\x81\x85\x01\x02\x03\x04igohn", &[text("hello")]);
        check(b"\x81\x85\x00\x00\x00\x00hello", &[text("hello")]);
    }

    #[test]
    fn reads_a_close_with_and_without_a_code() {
        let closed = |code, reason: &str| {
            Step::Message(Message::Close(Close {
                code,
                reason: reason.to_owned(),
            }))
        };
        check(b"\x88\x00", &[closed(1005, "")]);
        check(b"\x88\x01x", &[closed(1005, "")]);
        check(b"\x88\x05\x03\xe8bye", &[closed(1000, "bye")]);
        check(b"\x88\x03\x03\xe8\xff", &[closed(1000, "\u{fffd}")]);
    }

    #[test]
    fn refuses_what_breaks_the_protocol() {
        for (bytes, code, reason) in [
            (
                &b"\xa1\x00"[..],
                1002,
                "Received frame had RSV bits 2 or 3 set",
            ),
            (b"\x80\x00", 1002, "Unexpected continuation frame"),
            (b"\x01\x00\x81\x00", 1002, "Missing continuation frame"),
            (b"\x09\x00", 1002, "Received fragmented control frame"),
            (b"\x83\x00", 1002, "Unknown opcode 3"),
            (b"\x8b\x00", 1002, "Unknown opcode 11"),
            (
                b"\x82\x7e\x03\xe9",
                1009,
                "Message is too large: 1001 > 1000",
            ),
            (
                b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
                1009,
                "Message is too large: 18446744073709551615 > 1000",
            ),
            (
                b"\x01\x01x\x80\x7e\x03\xe8",
                1009,
                "Message is too large: 1000 > 999",
            ),
        ] {
            check(bytes, &[refused(code, reason)]);
        }
        assert!(matches!(
            steps(b"\xc1\x00", 2)[..],
            [Step::Refused(1002, _)]
        ));
    }

    #[test]
    fn any_bytes_whatever_do_no_harm() {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..2_000 {
            let mut bytes = Vec::new();
            for _ in 0..64 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.push(state as u8 & if state & 0x100 == 0 { 0x8f } else { 0xff });
            }
            assert_eq!(steps(&bytes, 7), steps(&bytes, 64));
        }
    }
}
