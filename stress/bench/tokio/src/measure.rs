//! How the program measures: the same as ../harness does for the programs in C++.

use std::time::{Duration, Instant};

/// Names and values, in the order in which they are printed.
pub type Metrics = Vec<(&'static str, f64)>;

/// Rounds that take less are repeated until they have taken so long together.
const SHORTEST_MEASUREMENT: Duration = Duration::from_millis(100);

/// What one of `operations` costs when `round` does that many of them. The first round warms up.
pub fn cost_of_rounds(operations: u64, mut round: impl FnMut()) -> Metrics {
    round();
    let cpu_before = cpu_seconds();
    let start = Instant::now();
    let mut done = 0.0;
    let mut elapsed = Duration::ZERO;
    while elapsed < SHORTEST_MEASUREMENT {
        round();
        done += operations as f64;
        elapsed = start.elapsed();
    }
    vec![
        ("ns", elapsed.as_secs_f64() / done * 1e9),
        ("cpu_ns", (cpu_seconds() - cpu_before) / done * 1e9),
        ("peak_mib", peak_mib()),
    ]
}

pub fn percentiles(mut microseconds: Vec<f64>) -> Metrics {
    microseconds.sort_by(f64::total_cmp);
    let at = |fraction: f64| {
        let index = (fraction * microseconds.len() as f64) as usize;
        microseconds[index.min(microseconds.len() - 1)]
    };
    vec![("p50_us", at(0.5)), ("p99_us", at(0.99)), ("max_us", at(1.0))]
}

/// What the process uses while nobody does anything.
pub fn watch_idle(seconds: f64) -> Metrics {
    std::thread::sleep(Duration::from_millis(100)); // The start is no part of it.
    let cpu_before = cpu_seconds();
    let switches_before = voluntary_switches();
    std::thread::sleep(Duration::from_secs_f64(seconds));
    vec![
        ("cpu_us_per_s", (cpu_seconds() - cpu_before) / seconds * 1e6),
        // One of them is this thread's.
        ("switches_per_s", (voluntary_switches() - switches_before - 1.0) / seconds),
    ]
}

/// What a work with timers ends with; `lateness_us` has one figure a timer.
pub fn timer_metrics(cpu_before: f64, lateness_us: Vec<f64>) -> Metrics {
    let cpu = cpu_seconds() - cpu_before;
    assert!(lateness_us.iter().all(|&lateness| lateness >= -1000.0), "a timer came too early");
    let mut all = vec![("cpu_s", cpu), ("cpu_us_per_timer", cpu * 1e6 / lateness_us.len() as f64)];
    all.extend(percentiles(lateness_us));
    all.push(("peak_mib", peak_mib()));
    all
}

/// Deadlines of timers, within a second, the same in every program: xorshift64.
pub struct Deadlines(u64);

impl Deadlines {
    pub fn new() -> Self {
        Deadlines(88172645463325252)
    }
}

impl Iterator for Deadlines {
    type Item = Duration;
    fn next(&mut self) -> Option<Duration> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Some(Duration::from_micros(self.0 % 1_000_000))
    }
}

/// What the recursive Fibonacci function gives, and how many calls it makes.
pub fn fibonacci_of(n: u64) -> u64 {
    (0..n).fold((0, 1), |(current, next), _| (next, current + next)).0
}

pub fn fibonacci_calls(n: u64) -> u64 {
    2 * fibonacci_of(n + 1) - 1
}

pub fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0, "clock_gettime");
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

pub fn resident_bytes() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("/proc/self/statm");
    let pages: f64 = statm.split(' ').nth(1).and_then(|text| text.parse().ok()).expect("statm");
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as f64
}

fn usage() -> libc::rusage {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) }, 0, "getrusage");
    usage
}

/// Not ru_maxrss: that begins with what the parent had when it forked.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc/self/status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("VmHWM");
    kib / 1024.0
}

fn voluntary_switches() -> f64 {
    usage().ru_nvcsw as f64
}

pub fn raise_descriptor_limit() {
    unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit), 0, "getrlimit");
        limit.rlim_cur = limit.rlim_max;
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &limit), 0, "setrlimit");
    }
}
