//! Native code that can stop in the middle of a call: a function with a stack of its own.
//!
//! For libraries that call back and expect the answer when the callback returns, while the answer takes
//! other work of the event loop. JavaScript never runs on such a stack: V8 checks the limits of the
//! thread's own, and looks for references there. Whoever resumes a fiber runs on the thread's stack.
//!
//! A callback that a library stores must own what it uses, so that it cannot borrow the coroutine's
//! own handle; a [`Suspender`] can be cloned and stored. What makes it sound:
//!
//! F1. A link points to the coroutine's handle exactly while the function of its fiber has begun and
//!     not ended, unwinding included: `Entered` sets and clears it.
//! F2. [`RUNNING`] names the fiber whose stack this thread is on: `resume` sets it before the switch
//!     and restores it after. Only that fiber can be suspended.

use std::cell::{Cell, RefCell};
use std::io;
use std::ptr::NonNull;
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// Enough for a parser and its callbacks in a build without optimizations; pages that are not touched cost
/// nothing.
const STACK_SIZE: usize = 256 << 10;

/// How many stacks a thread keeps for the next fibers.
const SPARE_STACKS: usize = 8;

thread_local! {
    static SPARE: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
    /// The fiber whose stack is in use; 0 on the thread's own.
    static RUNNING: Cell<usize> = const { Cell::new(0) };
    static LAST_ID: Cell<usize> = const { Cell::new(0) };
}

/// What a fiber does when it is resumed.
pub enum Step<Y, R> {
    /// It has suspended itself.
    Suspended(Y),
    /// Its function has returned.
    Returned(R),
}

/// A function on a stack of its own. Dropped before its end, it is unwound.
pub struct Fiber<I: 'static, Y: 'static, R: 'static> {
    coroutine: Option<Coroutine<I, Y, R, DefaultStack>>,
    id: usize,
}

struct Link<I, Y> {
    id: usize,
    yielder: Cell<Option<NonNull<Yielder<I, Y>>>>,
}

/// Stops the fiber that it was made for, from inside.
pub struct Suspender<I, Y>(Rc<Link<I, Y>>);

impl<I, Y> Clone for Suspender<I, Y> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

/// Keeps F1.
struct Entered<'a, I, Y>(&'a Link<I, Y>);

impl<I, Y> Drop for Entered<'_, I, Y> {
    fn drop(&mut self) {
        self.0.yielder.set(None);
    }
}

/// Keeps F2.
struct Running(usize);

impl Running {
    fn enter(id: usize) -> Self {
        Self(RUNNING.replace(id))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.set(self.0);
    }
}

impl<I: 'static, Y: 'static, R: 'static> Fiber<I, Y, R> {
    /// A fiber that runs `body` when it is first resumed, with what it is resumed with.
    ///
    /// # Errors
    /// When there is no memory for its stack.
    pub fn new(body: impl FnOnce(&Suspender<I, Y>, I) -> R + 'static) -> io::Result<Self> {
        let spare = SPARE.with_borrow_mut(Vec::pop);
        let stack = match spare {
            Some(stack) => stack,
            None => DefaultStack::new(STACK_SIZE)?,
        };
        let id = LAST_ID.get() + 1;
        LAST_ID.set(id);
        let coroutine = Coroutine::with_stack(stack, move |yielder: &Yielder<I, Y>, input| {
            let yielder = Cell::new(Some(NonNull::from(yielder)));
            let suspender = Suspender(Rc::new(Link { id, yielder }));
            let _entered = Entered(&suspender.0);
            body(&suspender, input)
        });
        Ok(Self {
            coroutine: Some(coroutine),
            id,
        })
    }

    /// Runs the fiber until it suspends itself or ends. `None` when it has ended before.
    pub fn resume(&mut self, input: I) -> Option<Step<Y, R>> {
        let coroutine = self.coroutine.as_mut()?;
        let result = {
            let _running = Running::enter(self.id);
            coroutine.resume(input)
        };
        Some(match result {
            CoroutineResult::Yield(value) => Step::Suspended(value),
            CoroutineResult::Return(value) => {
                self.recycle();
                Step::Returned(value)
            }
        })
    }

    fn recycle(&mut self) {
        if let Some(coroutine) = self.coroutine.take()
            && coroutine.done()
        {
            let stack = coroutine.into_stack();
            SPARE.with_borrow_mut(|spare| {
                if spare.len() < SPARE_STACKS {
                    spare.push(stack);
                }
            });
        }
    }
}

impl<I: 'static, Y: 'static, R: 'static> Drop for Fiber<I, Y, R> {
    fn drop(&mut self) {
        if let Some(coroutine) = &mut self.coroutine {
            coroutine.force_unwind();
            self.recycle();
        }
    }
}

impl<I, Y> Suspender<I, Y> {
    /// Hands `value` to whoever has resumed the fiber; returns with what it is resumed with next.
    ///
    /// # Panics
    /// Outside of its fiber.
    pub fn suspend(&self, value: Y) -> I {
        assert_eq!(
            RUNNING.get(),
            self.0.id,
            "a fiber suspends itself, from its own stack"
        );
        let yielder = self.0.yielder.get().expect("F1: the fiber is running");
        // SAFETY: F1: the handle lives as long as the fiber's function, which has not returned; F2: this is
        // its own stack, which the switch may leave.
        unsafe { yielder.as_ref() }.suspend(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stored callback that suspends the fiber it was made on.
    type Callback = Box<dyn FnOnce() -> u32>;

    #[test]
    fn a_stored_callback_suspends_its_fiber() {
        let mut fiber = Fiber::<u32, u32, u32>::new(|suspender, first| {
            let suspender = suspender.clone();
            let callback: Callback = Box::new(move || suspender.suspend(first + 1));
            callback() + 1
        })
        .unwrap();
        assert!(matches!(fiber.resume(1), Some(Step::Suspended(2))));
        assert!(matches!(fiber.resume(10), Some(Step::Returned(11))));
        assert!(fiber.resume(0).is_none());
    }

    #[test]
    fn fibers_interleave() {
        let new = || {
            Fiber::<u32, u32, ()>::new(|suspender, mut value| {
                loop {
                    value = suspender.suspend(value * 2);
                }
            })
            .unwrap()
        };
        let (mut one, mut other) = (new(), new());
        for round in 0..4 {
            assert!(
                matches!(one.resume(round), Some(Step::Suspended(value)) if value == round * 2)
            );
            assert!(matches!(other.resume(7), Some(Step::Suspended(14))));
        }
    }

    #[test]
    fn a_dropped_fiber_drops_what_its_stack_holds() {
        let counter = Rc::new(());
        let held = Rc::clone(&counter);
        let mut fiber = Fiber::<(), (), ()>::new(move |suspender, ()| {
            let _held = held;
            suspender.suspend(());
        })
        .unwrap();
        fiber.resume(());
        assert_eq!(Rc::strong_count(&counter), 2);
        drop(fiber);
        assert_eq!(Rc::strong_count(&counter), 1);
    }

    #[test]
    #[should_panic(expected = "a fiber suspends itself")]
    fn nobody_suspends_a_fiber_from_outside() {
        let leaked: Rc<RefCell<Option<Suspender<(), ()>>>> = Rc::default();
        let slot = Rc::clone(&leaked);
        let mut fiber = Fiber::<(), (), ()>::new(move |suspender, ()| {
            slot.replace(Some(suspender.clone()));
            suspender.suspend(());
        })
        .unwrap();
        fiber.resume(());
        let suspender = leaked.take().unwrap();
        suspender.suspend(());
    }

    #[test]
    fn a_panic_reaches_whoever_resumes() {
        let mut fiber =
            Fiber::<(), (), ()>::new(|_, ()| std::panic::resume_unwind(Box::new(7))).unwrap();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            fiber.resume(());
        }));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&7));
        assert_eq!(RUNNING.get(), 0);
    }
}
