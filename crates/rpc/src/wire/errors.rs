//! Errors.

use io::ChannelError;
use io::channel::Hint;
use net::BodyError;

use bytes::BytesMut;

use super::{Reader, Wire, wire_enum};
use crate::Malformed;

wire_enum! { ChannelError {
    0 Remote { class, message },
    1 Hinted { hint, thrown },
    2 Error { value, plain },
    3 Failed(message),
    4 Internal(message),
    5 Disconnected(message),
    6 Classed { class, message },
} }

wire_enum! { Hint {
    0 Retryable,
    1 Overloaded,
    2 Reset,
} }

impl Wire for BodyError {
    fn write(&self, to: &mut BytesMut) {
        match self {
            Self::Incomplete => 0_u8.write(to),
            Self::Connection(message) => (1_u8, message.clone()).write(to),
            Self::Aborted(message) => (2_u8, message.clone()).write(to),
            Self::Coding(message) => (3_u8, (*message).to_owned()).write(to),
            Self::TooLarge { limit } => (4_u8, *limit).write(to),
            Self::Disconnected(message) => (6_u8, message.clone()).write(to),
            Self::Thrown {
                class,
                message,
                value,
            } => {
                (5_u8, class.clone()).write(to);
                message.write(to);
                value.write(to);
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Ok(match u8::read(from)? {
            0 => Self::Incomplete,
            // A broken coding is a broken connection to those who did not see the coding.
            1 | 3 => Self::Connection(Wire::read(from)?),
            2 => Self::Aborted(Wire::read(from)?),
            4 => Self::TooLarge {
                limit: Wire::read(from)?,
            },
            5 => Self::Thrown {
                class: Wire::read(from)?,
                message: Wire::read(from)?,
                value: Wire::read(from)?,
            },
            6 => Self::Disconnected(Wire::read(from)?),
            _ => return Err(super::UNKNOWN),
        })
    }
}
