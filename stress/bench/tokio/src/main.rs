//! What Tokio's operations cost. Each function in `tasks`, `resting` and `echo_server` does one
//! work of ../README.md, which also describes the command line and the line of JSON.

mod echo_server;
mod measure;
mod resting;
mod tasks;

use measure::Metrics;
use std::future::Future;
use tokio::runtime::Runtime;

/// What the command line asks for.
pub struct Settings {
    pub workers: usize,
    pub count: u64,
    pub message_bytes: usize,
    pub seconds: f64,
}

impl Settings {
    pub fn runtime(&self) -> Runtime {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.workers)
            .enable_all()
            .build()
            .expect("a runtime")
    }
}

/// Runs it on a worker: the thread that waits does not take part.
pub fn run_on_worker<F>(runtime: &Runtime, future: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    runtime.block_on(runtime.spawn(future)).expect("the task")
}

type Work = fn(&Settings) -> Metrics;

/// Name, default count, function.
const WORKS: &[(&str, u64, Work)] = &[
    ("spawn_join", 1_000_000, tasks::spawn_join),
    ("spawn_detached", 1_000_000, tasks::spawn_detached),
    ("yield", 1_000_000, tasks::yields),
    ("notify", 500_000, tasks::notify),
    ("notify_pairs", 1_000_000, tasks::notify_pairs),
    ("channel", 500_000, tasks::channel),
    ("channel_pairs", 1_000_000, tasks::channel_pairs),
    ("fork_join", 27, tasks::fork_join),
    ("inject", 1_000_000, tasks::inject),
    ("wake_idle", 10_000, tasks::wake_idle),
    ("idle", 1, resting::idle),
    ("idle_memory", 1_000_000, resting::idle_memory),
    ("timers", 1_000_000, resting::timers),
    ("echo", 1, echo_server::echo),
];

fn refuse(message: &str) -> ! {
    eprintln!("bench_tokio: {}", message);
    std::process::exit(2);
}

fn read_options(arguments: &[String], default_count: u64) -> Settings {
    let mut settings =
        Settings { workers: 2, count: default_count, message_bytes: 64, seconds: 2.0 };
    for option in arguments.chunks(2) {
        let value = option.get(1).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        if value <= 0.0 {
            refuse(&format!("{} needs a positive number", option[0]));
        }
        match option[0].as_str() {
            "--workers" => settings.workers = value as usize,
            "--count" => settings.count = value as u64,
            "--message-bytes" => settings.message_bytes = value as usize,
            "--seconds" => settings.seconds = value,
            other => refuse(&format!("unknown option {}", other)),
        }
    }
    settings
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        None => refuse("usage: bench_tokio list | WORK [--workers N] [--count N] ..."),
        Some("list") => WORKS.iter().for_each(|(name, ..)| println!("{}", name)),
        Some(name) => match WORKS.iter().find(|work| work.0 == name) {
            None => refuse(&format!("there is no work '{}'", name)),
            Some((_, default_count, work)) => {
                let metrics = work(&read_options(&arguments[1..], *default_count));
                let fields: Vec<String> = metrics
                    .iter()
                    .map(|(name, value)| format!("\"{}\": {:.3}", name, value))
                    .collect();
                println!("{{{}}}", fields.join(", "));
            }
        },
    }
    std::process::exit(0); // Tasks that wait for ever are not taken down one by one.
}
