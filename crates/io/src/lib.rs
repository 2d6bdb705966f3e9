//! Event loops and the I/O of events: one [`IoContext`] an event owns all that it has started.
