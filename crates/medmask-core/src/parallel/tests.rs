use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ThreadId;

use super::*;

fn threads(number: usize) -> NonZero<usize> {
    NonZero::new(number).unwrap()
}

#[test]
fn results_come_in_order_from_any_number_of_threads() {
    let items: Vec<u64> = (0..500).collect();
    for number in [1, 2, 7, 600] {
        let out = Rc::new(Mutex::new(Vec::new()));
        // `take` holds what cannot be sent to another thread.
        let taken = Rc::clone(&out);
        let take = move |result: u64| {
            taken.lock().unwrap().push(result);
            Ok::<(), ()>(())
        };
        let worker = || {
            let mut before = 0;
            move |item: &u64| {
                // Each thread has a state of its own, and gets its items in ascending order.
                assert!(*item == 0 || before < *item);
                before = *item;
                Ok(item * 3)
            }
        };
        for_each_ordered(&items, threads(number), worker, take).unwrap();
        assert_eq!(*out.lock().unwrap(), items.iter().map(|n| n * 3).collect::<Vec<_>>());
    }
}

#[test]
fn threads_work_side_by_side_and_each_item_once() {
    let (barrier, mut done) = (Barrier::new(3), Vec::new());
    // No thread goes on before all three are here, so each gets one item.
    let worker = || {
        |item: usize| {
            barrier.wait();
            Ok::<_, ()>((item, thread::current().id()))
        }
    };
    let take = |result: (usize, ThreadId)| {
        done.push(result);
        Ok(())
    };
    for_each_ordered(0..3, threads(3), worker, take).unwrap();
    assert_eq!(done.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(done[0].1 != done[1].1 && done[1].1 != done[2].1 && done[0].1 != done[2].1);
    assert!(done.iter().any(|(_, id)| *id == thread::current().id()));
}

#[test]
fn one_thread_or_item_stays_in_the_calling_thread() {
    let here = thread::current().id();
    for (items, number) in [(10, 1), (1, 8), (0, 8)] {
        let mut taken = 0;
        let take = |id: ThreadId| {
            taken += 1;
            assert_eq!(id, here);
            Ok::<(), ()>(())
        };
        for_each_ordered(0..items, threads(number), || |_| Ok(thread::current().id()), take)
            .unwrap();
        assert_eq!(taken, items);
    }
}

#[test]
fn the_first_failed_work_ends_it_and_all_before_is_taken() {
    for number in [1, 2, 9] {
        let (begun, mut taken) = (Mutex::new(Vec::new()), Vec::new());
        let worker = || {
            |item: usize| {
                begun.lock().unwrap().push(item);
                if item >= 5 { Err(item) } else { Ok(item) }
            }
        };
        let take = |item| {
            taken.push(item);
            Ok(())
        };
        assert_eq!(for_each_ordered(0..1000, threads(number), worker, take), Err(5));
        assert_eq!(taken, [0, 1, 2, 3, 4]);
        let begun = begun.into_inner().unwrap();
        assert!((0..=5).all(|item| begun.contains(&item)) && begun.len() < 20, "{begun:?}");
    }
}

#[test]
fn an_error_of_take_ends_it() {
    for number in [1, 4] {
        let take = |item: u32| if item >= 100 { Err(item) } else { Ok(()) };
        assert_eq!(for_each_ordered(0..500, threads(number), || Ok, take), Err(100));
    }
}

#[test]
fn no_thread_runs_far_ahead() {
    let (begun, mut taken) = (AtomicUsize::new(0), 0);
    let worker = || {
        |()| {
            begun.fetch_add(1, Ordering::Relaxed);
            Ok::<(), ()>(())
        }
    };
    let take = |()| {
        taken += 1;
        let ahead = begun.load(Ordering::Relaxed) - taken;
        assert!(ahead <= 4 * 3, "{ahead}");
        // The others get as far as they may.
        thread::yield_now();
        Ok(())
    };
    for_each_ordered(vec![(); 2000], threads(3), worker, take).unwrap();
    assert_eq!(begun.into_inner(), 2000);
}

#[test]
fn a_panic_of_any_thread_leaves_none_waiting() {
    let caught = |run: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        *panic.downcast::<&str>().unwrap()
    };
    for bad in 0..40 {
        let worker =
            || |item: u32| if item == bad { panic!("in the work") } else { Ok::<_, ()>(item) };
        let message = caught(&|| for_each_ordered(0..500, threads(4), worker, |_| Ok(())).unwrap());
        assert_eq!(message, "in the work");
        let take = |item| if item == bad { panic!("in take") } else { Ok::<(), ()>(()) };
        let message = caught(&|| for_each_ordered(0..500, threads(4), || Ok, take).unwrap());
        assert_eq!(message, "in take");
    }
}
