//! What it costs to do nothing: an idle runtime, tasks that wait for ever, or for a time.

use crate::measure::{
    cpu_seconds, resident_bytes, timer_metrics, watch_idle, Deadlines, Metrics,
};
use crate::{run_on_worker, Settings};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

pub fn idle(settings: &Settings) -> Metrics {
    let runtime = settings.runtime();
    run_on_worker(&runtime, async {});
    watch_idle(settings.seconds)
}

pub fn idle_memory(settings: &Settings) -> Metrics {
    let runtime = settings.runtime();
    let started = Arc::new(AtomicU64::new(0));
    let before = resident_bytes();
    for _ in 0..settings.count {
        let started = started.clone();
        runtime.spawn(async move {
            started.fetch_add(1, Ordering::AcqRel);
            std::future::pending::<()>().await;
        });
    }
    while started.load(Ordering::Acquire) != settings.count {
        std::thread::sleep(Duration::from_millis(1));
    }
    let bytes = resident_bytes() - before;
    std::mem::forget(runtime); // Not taken down task by task.
    vec![("bytes", bytes / settings.count as f64)]
}

pub fn timers(settings: &Settings) -> Metrics {
    let runtime = settings.runtime();
    let count = settings.count;
    let lateness_ns: Arc<Vec<AtomicU64>> =
        Arc::new((0..count).map(|_| AtomicU64::new(0)).collect());
    let results = lateness_ns.clone();
    let cpu_before = cpu_seconds();
    run_on_worker(&runtime, async move {
        let countdown = Arc::new((AtomicU64::new(count), Notify::new()));
        for (number, time) in (0..count as usize).zip(Deadlines::new()) {
            let (results, countdown) = (results.clone(), countdown.clone());
            tokio::spawn(async move {
                let deadline = Instant::now() + time;
                tokio::time::sleep_until(deadline.into()).await;
                let late = Instant::now().saturating_duration_since(deadline);
                results[number].store(late.as_nanos() as u64, Ordering::Relaxed);
                if countdown.0.fetch_sub(1, Ordering::AcqRel) == 1 {
                    countdown.1.notify_one();
                }
            });
        }
        countdown.1.notified().await;
    });
    let lateness_us = lateness_ns.iter().map(|late| late.load(Ordering::Relaxed) as f64 / 1000.0);
    timer_metrics(cpu_before, lateness_us.collect())
}
