//! Calls whose results go to who makes them (`Call.sendResultsTo.yourself`). The other side passes on a call of this side
//! so when it turns out to be for an object of this side, and then says that the first call takes the results of the
//! second. `capnp-rpc` never runs such a call: between it and the connection, the call becomes an ordinary one, and its
//! results become those of the first.

use std::cell::RefCell;
use std::collections::HashMap;

use capnp::any_pointer;
use capnp::message::{Builder, HeapAllocator};
use capnp_rpc::IncomingMessage;
use capnp_rpc::rpc_capnp::{call::send_results_to, exception, message, return_};
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

use crate::layout::Result;

/// A message that was made here.
pub struct Made(pub Builder<HeapAllocator>);

impl IncomingMessage for Made {
    fn get_body(&self) -> Result<any_pointer::Reader<'_>> {
        self.0.get_root_as_reader()
    }
}

/// A call of the other side's whose results are for a call of this side.
enum State {
    Runs { taker: Option<u32> },
    Has(Outcome),
}

/// What became of it.
enum Outcome {
    /// Its results, which refer to nothing.
    Return(Builder<HeapAllocator>),
    Failed(&'static str),
}

/// Those calls, by their numbers.
pub struct TailCalls {
    calls: RefCell<HashMap<u32, State>>,
    late: UnboundedSender<Made>,
}

impl TailCalls {
    /// And what has come late: messages to be taken as if they had come from the other side.
    pub fn new() -> (Self, UnboundedReceiver<Made>) {
        let (late, comes) = unbounded();
        let calls = RefCell::default();
        (Self { calls, late }, comes)
    }

    /// Takes a message that has come; none is left of one that has to wait.
    ///
    /// # Errors
    /// It is malformed.
    pub fn come(
        &self,
        incoming: Box<dyn IncomingMessage>,
    ) -> Result<Option<Box<dyn IncomingMessage>>> {
        let body: message::Reader<'_> = incoming.get_body()?.get_as()?;
        match body.which() {
            Ok(message::Call(call)) => {
                let call = call?;
                let redirects = matches!(
                    call.get_send_results_to().which(),
                    Ok(send_results_to::Yourself(()))
                );
                // What a call refers to cannot be copied.
                if !redirects || !call.get_params()?.get_cap_table()?.is_empty() {
                    return Ok(Some(incoming));
                }
                let mut copy = Builder::new_default();
                copy.set_root(body)?;
                let root: message::Builder<'_> = copy.get_root()?;
                if let Ok(message::Call(call)) = root.which() {
                    call?.get_send_results_to().set_caller(());
                }
                let state = State::Runs { taker: None };
                self.calls
                    .borrow_mut()
                    .insert(call.get_question_id(), state);
                Ok(Some(Box::new(Made(copy))))
            }
            Ok(message::Return(taker)) => {
                let taker = taker?;
                let Ok(return_::TakeFromOtherQuestion(call)) = taker.which() else {
                    return Ok(Some(incoming));
                };
                let taker = taker.get_answer_id();
                let mut calls = self.calls.borrow_mut();
                match calls.remove(&call) {
                    None => Ok(Some(incoming)),
                    Some(State::Has(outcome)) => Ok(Some(Box::new(outcome.for_call(taker)?))),
                    Some(State::Runs { .. }) => {
                        calls.insert(call, State::Runs { taker: Some(taker) });
                        Ok(None)
                    }
                }
            }
            Ok(message::Finish(finish)) => {
                let call = finish?.get_question_id();
                let mut calls = self.calls.borrow_mut();
                if !matches!(calls.get(&call), Some(State::Runs { taker: Some(_) })) {
                    calls.remove(&call);
                }
                Ok(Some(incoming))
            }
            _ => Ok(Some(incoming)),
        }
    }

    /// Takes the results of such a call out of the message that would send them.
    ///
    /// # Errors
    /// The message is malformed.
    pub fn leave(&self, body: any_pointer::Builder<'_>) -> Result<()> {
        let mut calls = self.calls.borrow_mut();
        if calls.is_empty() {
            return Ok(());
        }
        let root: message::Builder<'_> = body.get_as()?;
        let kept = root.reborrow_as_reader();
        let Ok(message::Return(returned)) = kept.which() else {
            return Ok(());
        };
        let returned = returned?;
        let call = returned.get_answer_id();
        let Some(State::Runs { taker }) = calls.get(&call) else {
            return Ok(());
        };
        let has_results = match returned.which() {
            Ok(return_::Results(results)) => results?.get_cap_table()?.is_empty(),
            Ok(return_::Exception(_)) => true,
            _ => false,
        };
        let outcome = if has_results {
            let mut copy = Builder::new_default();
            copy.set_root(kept)?;
            Outcome::Return(copy)
        } else {
            Outcome::Failed(
                "a call that was passed on was canceled, or its results refer to something",
            )
        };
        match *taker {
            Some(taker) => {
                calls.remove(&call);
                // Nobody is left to hear of it at the end of the connection.
                let _ = self.late.unbounded_send(outcome.for_call(taker)?);
            }
            None => drop(calls.insert(call, State::Has(outcome))),
        }
        if let Ok(message::Return(returned)) = root.which() {
            returned?.set_results_sent_elsewhere(());
        }
        Ok(())
    }
}

impl Outcome {
    /// As what a call has come to.
    fn for_call(self, taker: u32) -> Result<Made> {
        let made = match self {
            Self::Return(mut made) => {
                let root: message::Builder<'_> = made.get_root()?;
                if let Ok(message::Return(returned)) = root.which() {
                    let mut returned = returned?;
                    returned.set_answer_id(taker);
                    returned.set_release_param_caps(false);
                    returned.set_no_finish_needed(false);
                }
                made
            }
            Self::Failed(reason) => {
                let mut made = Builder::new_default();
                let root: message::Builder<'_> = made.init_root();
                let mut returned = root.init_return();
                returned.set_answer_id(taker);
                returned.set_release_param_caps(false);
                let mut failed = returned.init_exception();
                failed.set_type(exception::Type::Failed);
                failed.set_reason(reason);
                made
            }
        };
        Ok(Made(made))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(question: u32, to_yourself: bool) -> Box<dyn IncomingMessage> {
        let mut made = Builder::new_default();
        let mut call = made.init_root::<message::Builder<'_>>().init_call();
        call.set_question_id(question);
        if to_yourself {
            call.get_send_results_to().set_yourself(());
        }
        Box::new(Made(made))
    }

    fn take(taker: u32, from: u32) -> Box<dyn IncomingMessage> {
        let mut made = Builder::new_default();
        let mut taken = made.init_root::<message::Builder<'_>>().init_return();
        taken.set_answer_id(taker);
        taken.set_take_from_other_question(from);
        Box::new(Made(made))
    }

    /// Whether the results of a call stay here.
    fn leaves(calls: &TailCalls, question: u32, reason: &str) -> bool {
        let mut made = Builder::new_default();
        let mut returned = made.init_root::<message::Builder<'_>>().init_return();
        returned.set_answer_id(question);
        returned.init_exception().set_reason(reason);
        calls.leave(made.get_root().unwrap()).unwrap();
        let root: message::Reader<'_> = made.get_root_as_reader().unwrap();
        let Ok(message::Return(returned)) = root.which() else {
            panic!("not a return");
        };
        matches!(
            returned.unwrap().which(),
            Ok(return_::ResultsSentElsewhere(()))
        )
    }

    fn returned(incoming: &dyn IncomingMessage) -> (u32, String) {
        let root: message::Reader<'_> = incoming.get_body().unwrap().get_as().unwrap();
        let Ok(message::Return(returned)) = root.which() else {
            panic!("not a return");
        };
        let returned = returned.unwrap();
        let Ok(return_::Exception(exception)) = returned.which() else {
            panic!("not an exception");
        };
        let reason = exception.unwrap().get_reason().unwrap();
        (returned.get_answer_id(), reason.to_string().unwrap())
    }

    #[test]
    fn results_are_taken_before_and_after_they_are_there() {
        let (calls, mut late) = TailCalls::new();
        assert!(calls.come(call(1, true)).unwrap().is_some());
        assert!(calls.come(take(7, 1)).unwrap().is_none());
        assert!(leaves(&calls, 1, "one"));
        let came = late.try_recv().unwrap();
        assert_eq!(returned(&came), (7, "one".into()));

        let ordinary = calls.come(call(2, true)).unwrap().unwrap();
        let root: message::Reader<'_> = ordinary.get_body().unwrap().get_as().unwrap();
        let Ok(message::Call(passed)) = root.which() else {
            panic!("not a call");
        };
        let to = passed.unwrap().get_send_results_to();
        assert!(matches!(to.which(), Ok(send_results_to::Caller(()))));
        assert!(leaves(&calls, 2, "two"));
        let came = calls.come(take(8, 2)).unwrap().unwrap();
        assert_eq!(returned(&*came), (8, "two".into()));
        assert!(calls.calls.borrow().is_empty());
    }

    #[test]
    fn other_calls_are_left_alone() {
        let (calls, _late) = TailCalls::new();
        calls.come(call(1, true)).unwrap();
        calls.come(call(2, false)).unwrap();
        assert!(!leaves(&calls, 2, "two"));
        assert!(calls.come(take(7, 5)).unwrap().is_some());
        // Nobody takes the results of what is done with.
        let mut finish = Builder::new_default();
        let root: message::Builder<'_> = finish.init_root();
        root.init_finish().set_question_id(1);
        assert!(calls.come(Box::new(Made(finish))).unwrap().is_some());
        assert!(calls.calls.borrow().is_empty());
    }
}
