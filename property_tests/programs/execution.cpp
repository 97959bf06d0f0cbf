#include <property_tests/programs/execution.hpp>

#include <property_tests/programs/world.hpp>

#include <yot_run/simulation/simulation.hpp>

#include <cerrno>
#include <chrono>
#include <memory>

namespace programs {
namespace {

using namespace std::chrono_literals;
namespace simulation = yot_run::simulation;

// The thread outside of the runtime.
class outsider {
public:
    explicit outsider(world& in) : in_(in) {}

    void go();

private:
    void go_beside();
    void do_one(outside_operation what);
    void run_script(outside_operation what);
    void join(held target);
    void listen();
    void look_around();
    void release_all();
    void end_runtime(yot_run::sync::thread& second);
    void check_metrics(const yot_run::runtime_metrics& seen, bool at_end) const;
    void use_what_is_left();
    std::optional<held> take_handle(std::size_t which);

    world& in_;
    std::unique_ptr<yot_run::runtime> runtime_;
    std::function<yot_run::runtime_metrics()> metrics_;
    std::vector<held> handles_;
};

void outsider::go() {
    yot_run::runtime_options options;
    options.workers = in_.plan.workers;
    options.placement = in_.plan.idle_workers_drive ? yot_run::reactor_placement::idle_workers
                                                    : yot_run::reactor_placement::own_thread;
    options.unhandled_exception = [this](const std::exception_ptr&) {
        in_.account.report_unobserved();
    };
    runtime_ = std::make_unique<yot_run::runtime>(options);
    metrics_ = runtime_->metrics_source();
    if (in_.plan.has_listener) listen();
    yot_run::sync::thread second("beside", [this] { go_beside(); });
    do_one({outside_activity::spawn, 0, 0});
    for (const outside_operation each : in_.plan.outside) do_one(each);
    // A runtime that is destroyed must not be used any more; one that is shut down may be.
    const bool overlaps = in_.plan.ends_in_the_middle && !in_.plan.destroys;
    if (!overlaps) second.join();
    if (!in_.plan.ends_in_the_middle) release_all();
    end_runtime(second);
    use_what_is_left();
    in_.account.check_remains();
}

void outsider::listen() {
    const yot_run::enter_guard inside = runtime_->enter();
    yot_run::net::listen_options options;
    options.backlog = int(in_.plan.backlog);
    auto listener = yot_run::net::tcp_listener::bind(yot_run::net::socket_address::loopback(0),
                                                     std::move(options));
    ledger::require(listener.has_value(), "P8: bind fails without a reason");
    in_.listener = listener->local_address().value();
    auto port = std::make_shared<open_port>(in_, *std::move(listener));
    const auto accept = [given = std::move(port)](task_id id) mutable {
        return accept_all(std::move(given), id);
    };
    handles_.push_back(spawn_task(in_, "accepts", 0, accept, runtime_.get()));
}

std::optional<held> outsider::take_handle(std::size_t which) {
    if (handles_.empty()) return std::nullopt;
    const auto at = handles_.begin() + std::ptrdiff_t(which % handles_.size());
    held taken = std::move(*at);
    handles_.erase(at);
    return taken;
}

void outsider::do_one(outside_operation what) {
    switch (what.what) {
        case outside_activity::spawn:
            handles_.push_back(
                spawn_script(in_, what.which % in_.plan.scripts.size(), what.much, runtime_.get()));
            break;
        case outside_activity::block_on:
            run_script(what);
            break;
        case outside_activity::ring:
            in_.bell_at(what.which).ring();
            break;
        case outside_activity::abort:
            if (handles_.empty()) break;
            ++in_.account.counts["aborts"];
            handles_[what.which % handles_.size()].handle.abort();
            break;
        case outside_activity::drop_handle:
            if (const auto taken = take_handle(what.which)) in_.account.drop_handle(taken->id);
            break;
        case outside_activity::join:
            if (auto taken = take_handle(what.which)) join(*std::move(taken));
            break;
        case outside_activity::wake_hoarded:
            in_.wake_hoarded(what.which);
            break;
        case outside_activity::pause:
            simulation::sleep_for(100us * (what.much % 200));
            break;
        case outside_activity::settle:
            look_around();
            break;
    }
}

// Its handles go at the end; after the shutdown, all its tasks are cancelled at once.
void outsider::go_beside() {
    std::vector<held> mine;
    for (const outside_operation what : in_.plan.beside) {
        switch (what.what) {
            case outside_activity::spawn:
                if (!in_.may_spawn()) break;
                mine.push_back(spawn_script(in_, what.which % in_.plan.scripts.size(), what.much,
                                            runtime_.get()));
                break;
            case outside_activity::ring:
                in_.bell_at(what.which).ring();
                break;
            case outside_activity::wake_hoarded:
                in_.wake_hoarded(what.which);
                break;
            default:
                simulation::sleep_for(100us * (what.much % 200));
                break;
        }
    }
    for (const held& each : mine) in_.account.drop_handle(each.id);
}

// As the work of a thread in block_on, which is no task.
void outsider::run_script(outside_operation what) {
    const std::size_t index = what.which % in_.plan.scripts.size();
    const task_id self = in_.account.begin_outsider();
    try {
        const output got = runtime_->block_on(
            carry_out(in_, self, in_.plan.scripts[index], index + 1, true, nullptr));
        ledger::require(got.of() == self, "P1: block_on gives the output of another task");
    } catch (const script_failed& error) {
        ledger::require(error.who == self, "P1: block_on throws what another task has thrown");
    }
    ++in_.account.counts["blocked on"];
}

void outsider::join(held target) {
    const task_id id = target.id;
    std::optional<std::expected<output, yot_run::timed_out>> got;
    std::exception_ptr thrown;
    try {
        got = runtime_->block_on(yot_run::timeout(20ms, std::move(target.handle)));
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown && !*got) {
        in_.account.drop_handle(id);
        return;
    }
    deliver_outcome(in_.account, id, [&]() -> output {
        if (thrown) std::rethrow_exception(thrown);
        return **std::move(got);
    });
}

void outsider::look_around() {
    simulation::settle();
    in_.account.check_rest();
    check_metrics(runtime_->metrics(), false);
    ++in_.account.counts["rests"];
}

// Rings until nobody waits for a bell any more.
void outsider::release_all() {
    for (;;) {
        look_around();
        const auto is_bell = [](const wait_entry& each) { return each.what == "a bell"; };
        if (std::ranges::none_of(in_.account.waits(), is_bell)) return;
        for (bell& each : in_.bells) each.ring();
    }
}

void outsider::end_runtime(yot_run::sync::thread& second) {
    in_.account.begin_shutdown();
    if (!in_.plan.destroys) {
        const yot_run::shutdown_report report = runtime_->shutdown_timeout(std::chrono::hours(1));
        ledger::require(report.complete(), "P5: a worker is stuck, but no task is");
        in_.account.check_end();
        if (second.joinable()) second.join();
        handles_.push_back(spawn_script(in_, 0, handles_.size(), runtime_.get()));
        ledger::require(handles_.back().handle.is_finished(),
                        "P5: a task that was spawned after the shutdown has not ended");
    }
    runtime_.reset();
    in_.account.check_end();
    check_metrics(metrics_(), true);
}

void outsider::check_metrics(const yot_run::runtime_metrics& seen, bool at_end) const {
    const ledger& account = in_.account;
    const auto expect = [](const char* what, std::uint64_t is, std::uint64_t should_be) {
        ledger::require(is == should_be, "P10: " + std::string(what) + " is " + std::to_string(is) +
                                             ", but should be " + std::to_string(should_be));
    };
    expect("tasks_completed", seen.tasks_completed, account.ended(ending::gave));
    expect("tasks_failed", seen.tasks_failed, account.ended(ending::threw));
    // After the shutdown has begun, spawning makes a task that is cancelled and not counted.
    if (!at_end) {
        expect("tasks_spawned", seen.tasks_spawned, account.tasks());
        expect("tasks_cancelled", seen.tasks_cancelled, account.ended(ending::cancelled));
    }
    expect("tasks_pending", seen.tasks_pending, account.live());
    expect("tasks_spawned, as a sum", seen.tasks_spawned,
           seen.tasks_completed + seen.tasks_failed + seen.tasks_cancelled + seen.tasks_pending);
    expect("unobserved_failures", seen.unobserved_failures, account.unobserved);
    expect("injector_depth", seen.injector_depth, 0);
    expect("active_timers", seen.active_timers, 0);
    std::uint64_t polls = 0;
    for (const yot_run::worker_metrics& each : seen.workers) {
        expect("queue_depth", each.queue_depth, 0);
        polls += each.polls;
    }
    // A worker also counts the runs that only cancel.
    ledger::require(polls >= account.polls(), "P10: fewer polls are counted than there were");
}

// Handles, wakers and bells outlive the runtime.
void outsider::use_what_is_left() {
    for (bell& each : in_.bells) each.ring();
    while (!in_.hoard.empty()) in_.wake_hoarded(3 * in_.hoard.size() + 1);
    for (std::size_t i = 0; i < handles_.size(); ++i) {
        held& each = handles_[i];
        if (i % 3 == 0) {
            in_.account.drop_handle(each.id);
            continue;
        }
        yot_run::environment nowhere;
        const waker nobody = yot_run::noop_waker();
        context cx(nobody, nowhere);
        deliver_outcome(in_.account, each.id, [&]() -> output {
            auto answer = each.handle.poll(cx);
            ledger::require(answer.is_ready(), "P5: a handle does not report after the shutdown");
            return std::move(answer).value();
        });
    }
    handles_.clear();
    for (bell& each : in_.bells) each.forget_all();
}

// Sockets that cannot be watched: but for those that come with the runtime and its listener.
simulation::fault_plan fail_watches(std::uint64_t one_in) {
    if (one_in == 0) return {};
    return [one_in](const simulation::numbered_call& asked) {
        const bool fails = asked.kind == yot_run::sys_simulated::call::epoll_add &&
                           asked.of_kind > 2 && asked.of_kind % one_in == 0;
        return simulation::fault{.error = fails ? ENOSPC : 0};
    };
}

}  // namespace

execution execute(const program& what) {
    execution result;
    simulation::options options;
    options.seed = what.schedule;
    options.scheduler = what.scheduler;
    options.faults.connections_one_in = what.one_in_connections_fails;
    options.plan = fail_watches(what.one_in_watches_fails);
    options.faults.short_counts_one_in = what.one_in_counts_is_short;
    options.send_buffer = 4608;
    options.receive_buffer = 2304;
    options.most_points = 20'000'000;
    // Outside: what a program that fails leaves behind may still refer to it.
    auto in = std::make_unique<world>(what);
    result.report = simulation::run(options, [&in] { outsider(*in).go(); });
    if (!result.report.failure && result.report.open_descriptors != 0)
        result.report.failure =
            "P5: " + std::to_string(result.report.open_descriptors) + " descriptors are left open";
    result.polls = in->account.polls();
    result.tasks = in->account.tasks();
    result.counts = in->account.counts;
    if (result.report.failure) static_cast<void>(in.release());
    return result;
}

}  // namespace programs
