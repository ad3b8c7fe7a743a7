//! Many properties at once, their results in order, with memory for as many as there are threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex};

use super::Failure;

/// So many results may wait for an earlier one, for each thread.
const WAITING: usize = 4;

/// Does `work` for `0..count` on several threads, and gives each result to `take` in order, on this thread.
/// Every thread has a `State` of its own, to use memory again. Stops at the first failure of `take`.
pub(super) fn in_order<State: Default, Result: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize, &mut State) -> Result + Sync,
    mut take: impl FnMut(Result) -> std::result::Result<(), Failure>,
) -> std::result::Result<(), Failure> {
    let threads = threads.min(count);
    if threads <= 1 {
        let mut state = State::default();
        return (0..count).try_for_each(|index| take(work(index, &mut state)));
    }
    let next = AtomicUsize::new(0);
    let turnstile = Turnstile { taken: Mutex::new(0), moved: Condvar::new(), ahead: threads * WAITING };
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            let (next, turnstile, work) = (&next, &turnstile, &work);
            scope.spawn(move || {
                let mut state = State::default();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count || !turnstile.wait_for(index) {
                        break;
                    }
                    if sender.send((index, work(index, &mut state))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut expected = 0;
        for (index, result) in receiver {
            early.insert(index, result);
            while let Some(result) = early.remove(&expected) {
                expected += 1;
                turnstile.let_through(expected);
                if let Err(failure) = take(result) {
                    turnstile.let_through(usize::MAX);
                    // Threads that come to the turnstile now find that nobody takes their results.
                    next.store(count, Ordering::Relaxed);
                    return Err(failure);
                }
            }
        }
        Ok(())
    })
}

/// Keeps threads from running far ahead of the output, which would pile up results.
struct Turnstile {
    taken: Mutex<usize>,
    moved: Condvar,
    ahead: usize,
}

impl Turnstile {
    /// Waits until the work of `index` is near; `false` when there is nothing to wait for any more.
    fn wait_for(&self, index: usize) -> bool {
        // A poisoned lock means that another thread panicked; the scope then ends with that panic.
        let Ok(mut taken) = self.taken.lock() else { return false };
        while index >= taken.saturating_add(self.ahead) {
            match self.moved.wait(taken) {
                Ok(guard) => taken = guard,
                Err(_) => return false,
            }
        }
        *taken != usize::MAX
    }

    fn let_through(&self, taken: usize) {
        if let Ok(mut guard) = self.taken.lock() {
            *guard = taken;
        }
        self.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_takes_longest() {
        for threads in [1, 2, 7] {
            let mut taken = Vec::new();
            let work = |index: usize, seen: &mut usize| {
                *seen += 1;
                (0..(index * 7919) % 5000).for_each(|spin| {
                    std::hint::black_box(spin);
                });
                index
            };
            in_order(200, threads, work, |index| {
                taken.push(index);
                Ok(())
            })
            .unwrap();
            assert_eq!(taken, (0..200).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_closed_output_ends_the_work() {
        let done = AtomicUsize::new(0);
        let work = |_: usize, (): &mut ()| {
            done.fetch_add(1, Ordering::Relaxed);
        };
        let mut left = 3;
        let result = in_order(10_000, 2, work, |()| {
            left -= 1;
            if left == 0 { Err(Failure::OutputClosed) } else { Ok(()) }
        });
        assert!(matches!(result, Err(Failure::OutputClosed)));
        assert!(done.load(Ordering::Relaxed) < 100);
    }
}
