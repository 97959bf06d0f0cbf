//! Tasks that do next to nothing, so that the rest is the runtime.

use crate::measure::{cost_of_rounds, fibonacci_calls, fibonacci_of, percentiles, Metrics};
use crate::{run_on_worker, Settings};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, Notify};

const YIELDING_TASKS: u64 = 1000;
const MANY_PAIRS: u64 = 1000;

fn measure<F>(settings: &Settings, operations: u64, start: impl Fn() -> F) -> Metrics
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = settings.runtime();
    cost_of_rounds(operations, || run_on_worker(&runtime, start()))
}

pub fn spawn_join(settings: &Settings) -> Metrics {
    let count = settings.count;
    measure(settings, count, || async move {
        let mut handles = Vec::with_capacity(count as usize);
        for number in 0..count {
            handles.push(tokio::spawn(async move { number }));
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.expect("a task");
        }
        assert_eq!(sum, count * (count - 1) / 2, "the sum of what the tasks gave");
    })
}

pub fn spawn_detached(settings: &Settings) -> Metrics {
    let count = settings.count;
    measure(settings, count, || async move {
        let countdown = Arc::new((AtomicU64::new(count), Notify::new()));
        for _ in 0..count {
            let countdown = countdown.clone();
            tokio::spawn(async move {
                if countdown.0.fetch_sub(1, Ordering::AcqRel) == 1 {
                    countdown.1.notify_one();
                }
            });
        }
        countdown.1.notified().await;
    })
}

async fn yield_often(times: u64) -> u64 {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
    times
}

pub fn yields(settings: &Settings) -> Metrics {
    let each = settings.count / YIELDING_TASKS;
    measure(settings, settings.count, || async move {
        let handles: Vec<_> =
            (0..YIELDING_TASKS).map(|_| tokio::spawn(yield_often(each))).collect();
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.expect("a task");
        }
        assert_eq!(sum, each * YIELDING_TASKS, "the number of yields");
    })
}

async fn notify_pair(round_trips: u64) -> u64 {
    let ours = Arc::new(Notify::new());
    let theirs = Arc::new(Notify::new());
    let other = {
        let (here, there) = (theirs.clone(), ours.clone());
        tokio::spawn(async move {
            for _ in 0..round_trips {
                here.notified().await;
                there.notify_one();
            }
        })
    };
    for _ in 0..round_trips {
        theirs.notify_one();
        ours.notified().await;
    }
    other.await.expect("the other task");
    round_trips
}

async fn channel_pair(round_trips: u64) -> u64 {
    let (ask, mut questions) = mpsc::channel::<u64>(1);
    let (answer, mut answers) = mpsc::channel::<u64>(1);
    let other = tokio::spawn(async move {
        for _ in 0..round_trips {
            let number = questions.recv().await.expect("a question");
            answer.send(number + 1).await.expect("a receiver");
        }
    });
    let mut number = 0;
    for _ in 0..round_trips {
        ask.send(number).await.expect("a receiver");
        number = answers.recv().await.expect("an answer");
    }
    other.await.expect("the other task");
    number
}

fn measure_pairs<F>(settings: &Settings, pairs: u64, pair: fn(u64) -> F) -> Metrics
where
    F: Future<Output = u64> + Send + 'static,
{
    let round_trips = settings.count / pairs;
    measure(settings, settings.count, || async move {
        let handles: Vec<_> = (0..pairs).map(|_| tokio::spawn(pair(round_trips))).collect();
        for handle in handles {
            assert_eq!(handle.await.expect("a pair"), round_trips, "a pair lost a round trip");
        }
    })
}

pub fn notify(settings: &Settings) -> Metrics {
    measure_pairs(settings, 1, notify_pair)
}

pub fn notify_pairs(settings: &Settings) -> Metrics {
    measure_pairs(settings, MANY_PAIRS, notify_pair)
}

pub fn channel(settings: &Settings) -> Metrics {
    measure_pairs(settings, 1, channel_pair)
}

pub fn channel_pairs(settings: &Settings) -> Metrics {
    measure_pairs(settings, MANY_PAIRS, channel_pair)
}

fn fibonacci(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if n < 2 {
            return n;
        }
        let first = tokio::spawn(fibonacci(n - 1));
        let second = tokio::spawn(fibonacci(n - 2));
        first.await.expect("a call") + second.await.expect("a call")
    })
}

pub fn fork_join(settings: &Settings) -> Metrics {
    let n = settings.count;
    measure(settings, fibonacci_calls(n), || async move {
        assert_eq!(fibonacci(n).await, fibonacci_of(n), "the Fibonacci number");
    })
}

pub fn inject(settings: &Settings) -> Metrics {
    let runtime = settings.runtime();
    cost_of_rounds(settings.count, || {
        let left = Arc::new(AtomicU64::new(settings.count));
        for _ in 0..settings.count {
            let left = left.clone();
            runtime.spawn(async move {
                left.fetch_sub(1, Ordering::AcqRel);
            });
        }
        while left.load(Ordering::Acquire) != 0 {
            std::thread::sleep(Duration::from_micros(50));
        }
    })
}

pub fn wake_idle(settings: &Settings) -> Metrics {
    let runtime = settings.runtime();
    let latency_ns = Arc::new(AtomicU64::new(0));
    let ran = Arc::new(AtomicBool::new(false));
    let mut latencies_us = Vec::new();
    for _ in 0..settings.count {
        ran.store(false, Ordering::Relaxed);
        std::thread::sleep(Duration::from_micros(200)); // Workers go to sleep.
        let (latency, done) = (latency_ns.clone(), ran.clone());
        let start = Instant::now();
        runtime.spawn(async move {
            latency.store(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
            done.store(true, Ordering::Release);
        });
        loop {
            std::thread::sleep(Duration::from_micros(100));
            if ran.load(Ordering::Acquire) {
                break;
            }
        }
        latencies_us.push(latency_ns.load(Ordering::Relaxed) as f64 / 1000.0);
    }
    percentiles(latencies_us)
}
