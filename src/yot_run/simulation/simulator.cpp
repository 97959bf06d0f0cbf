#include <yot_run/simulation/simulator.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace yot_run::simulation::internal {
namespace {

using sys_simulated::call;

simulator* the_current = nullptr;

// Independent seeds from one (splitmix64: Steele, Lea, Flood, OOPSLA 2014).
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t purpose) {
    std::uint64_t mixed = seed + (purpose + 1) * 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
}

sys_simulated::machine_options machine_options_of(const options& with) {
    return {.seed = seed_of(with.seed, 0),
            .descriptor_limit = with.descriptor_limit,
            .send_buffer = with.send_buffer,
            .receive_buffer = with.receive_buffer,
            .has_spurious_events = with.has_spurious_events};
}

bool is_of_connections(call kind) {
    using enum call;
    constexpr std::array kinds{accept, connect, recv, send, sendmsg};
    return std::ranges::find(kinds, kind) != kinds.end();
}

// The threads of programs that have failed, as they stood.
std::deque<std::deque<sim_thread>>& abandoned_threads() {
    static auto& the_threads = *new std::deque<std::deque<sim_thread>>;
    return the_threads;
}

}  // namespace

std::size_t next_slot_index() noexcept {
    static std::size_t next = 0;
    return next++;
}

void*& slot(std::size_t index) noexcept {
    static std::vector<void*> outside;
    std::vector<void*>& slots = the_current != nullptr ? the_current->self().slots : outside;
    if (slots.size() <= index) slots.resize(index + 1);
    return slots[index];
}

simulator* simulator::current() noexcept { return the_current; }

simulator& simulator::needed() {
    if (the_current == nullptr)
        throw std::logic_error(
            "yot_run: this library is simulated, and nothing is being simulated now: run the "
            "program inside simulation::run");
    return *the_current;
}

simulator::simulator(const simulation::options& with, std::function<void()> first)
    : machine(machine_options_of(with)),
      options_(with),
      scope_(*this),
      scheduler_(scheduler::make(with.scheduler, seed_of(with.seed, 1))),
      random_(seed_of(with.seed, 2)) {
    plan_faults([this](const sys_simulated::numbered_call& asked) { return on_call(asked); });
    start("main", std::move(first));
}

simulator::~simulator() = default;

report simulator::run() {
    if (the_current != nullptr)
        throw std::logic_error("yot_run: a simulation inside a simulation: run them one by one");
    const time_point begin = now();
    the_current = this;
    running_ = &threads_.front();
    points_left = points_granted_ = scheduler_->next_interval(0);
    host_.switch_to(running_->runs_on);
    pay_for_points();
    the_current = nullptr;
    points_left = std::numeric_limits<std::uint64_t>::max();

    report_.points = points_passed_;
    report_.calls = calls();
    report_.faults = planned_failures();
    report_.open_descriptors = std::size_t(open_descriptors());
    report_.virtual_time = now() - begin;
    const bool all_have_ended = std::ranges::all_of(threads_, &sim_thread::has_ended);
    if (!report_.failure && !all_have_ended)
        report_.failure = "the program has ended, but not its threads:" + who_waits_for_what();
    report_.last_calls = tell_calls();
    if (!all_have_ended) {
        for (sim_thread& each : threads_)
            if (!each.has_ended) each.runs_on.abandon();
        abandoned_threads().push_back(std::move(threads_));
        threads_.clear();
    }
    return report_;
}

sim_thread& simulator::start(std::string name, std::move_only_function<void()> body) {
    const auto alive = std::size_t(std::ranges::count(threads_, false, &sim_thread::has_ended));
    if (alive >= options_.thread_limit)
        throw std::system_error(EAGAIN, std::system_category(),
                                "yot_run: no more simulated threads");
    const auto number = thread_number(threads_.size());
    threads_.emplace_back(number, std::move(name),
                          [this, number, body = std::move(body)]() mutable {
                              live(number, std::move(body));
                          });
    if (running_ != nullptr) hurry();
    return threads_.back();
}

void simulator::live(thread_number number, std::move_only_function<void()> body) noexcept {
    try {
        body();
    } catch (const std::exception& error) {
        note_exception(number, error.what());
    } catch (...) {
        note_exception(number, "something that is no std::exception");
    }
    body = nullptr;  // What lies on this stack is not destroyed any more.
    sim_thread& self = threads_[number];
    self.has_ended = true;
    self.is_ready = false;
    wake_all(self.joiners);
    if (number == 0 || report_.error) stop();
    choose();
    std::abort();  // Nobody switches to a thread that has ended.
}

void simulator::note_exception(thread_number of, const std::string& what) noexcept {
    report_.error = std::current_exception();
    const std::string who = of == 0 ? "the program" : "the thread " + threads_[of].name;
    report_.failure = who + " threw: " + what;
}

void simulator::leave_to(sim_thread& left, fiber& next) noexcept {
    if (left.has_ended) left.runs_on.leave_to(next);
    left.runs_on.switch_to(next);
}

void simulator::stop() noexcept {
    leave_to(*running_, host_);
    std::abort();
}

void simulator::fail(std::string why) noexcept {
    report_.failure = std::move(why);
    stop();
}

void simulator::pass_point() noexcept {
    pay_for_points();
    if (points_passed_ > options_.most_points)
        fail("the program does not end: " + std::to_string(points_passed_) + " points;" +
             who_waits_for_what());
    const bool is_interval_over = interval_left_ == 0;
    points_left = is_interval_over ? scheduler_->next_interval(running_->number)
                                   : std::exchange(interval_left_, 0);
    points_granted_ = points_left;
    if (options_.stalls_one_in != 0 && happens(options_.stalls_one_in))
        pass_time_until(now() + duration(pick(std::uint64_t(options_.longest_stall.count()) + 1)));
    choose();
}

// The next point is one at which the scheduler is asked; the interval goes on after it.
void simulator::hurry() noexcept {
    if (points_left <= 1) return;
    pay_for_points();
    interval_left_ += points_left - 1;
    points_left = points_granted_ = 1;
}

void simulator::choose() noexcept {
    for (;;) {
        ready_.clear();
        for (const sim_thread& each : threads_)
            if (each.is_ready) ready_.push_back(each.number);
        if (!ready_.empty()) break;
        if (!let_time_pass()) fail("nothing can happen any more:" + who_waits_for_what());
    }
    sim_thread& next = threads_[scheduler_->choose(ready_)];
    ++report_.choices;
    report_.fingerprint = seed_of(report_.fingerprint ^ next.number, points_passed_);
    if (&next == running_) return;
    leave_to(*std::exchange(running_, &next), next.runs_on);
}

bool simulator::wait(wait_list& list, const char* for_what,
                     std::optional<time_point> deadline) noexcept {
    sim_thread& self = *running_;
    self.is_ready = false;
    self.timed_out = false;
    self.waits_for = for_what;
    if (deadline != time_point::max()) self.deadline = deadline;
    self.waits_in = &list;
    list.push_back(&self);
    choose();
    return !self.timed_out;
}

void simulator::wake(sim_thread& thread) noexcept {
    if (thread.is_ready || thread.has_ended) return;
    std::erase(*thread.waits_in, &thread);
    thread.waits_in = nullptr;
    thread.deadline.reset();
    thread.is_ready = true;
    hurry();
}

void simulator::wake_all(wait_list& list) noexcept {
    while (!list.empty()) wake(*list.front());
}

void simulator::settle() noexcept { wait(settlers_, "everybody else", std::nullopt); }

void simulator::sleep(duration length) noexcept {
    wait_list nobody_else;
    wait(nobody_else, "the time", time_after(std::max(length, duration::zero())));
}

time_point simulator::time_after(duration length) noexcept {
    const time_point from = read_clock();
    return length > time_point::max() - from ? time_point::max() : from + length;
}

// Nobody can move: something that is due happens, or a thread that settles goes on. False: neither.
bool simulator::let_time_pass() noexcept {
    std::optional<time_point> first;
    for (const sim_thread& each : threads_)
        if (each.deadline && (!first || *each.deadline < *first)) first = each.deadline;
    if (first) {
        pass_time_until(std::max(*first, now()));
    } else if (!settlers_.empty()) {
        wake(*settlers_.front());
    } else {
        return false;
    }
    return true;
}

void simulator::pass_time_until(time_point time) noexcept {
    const std::optional<time_point> repeat = network().next_repeat();
    advance_to(time);
    if (repeat && *repeat <= time) wake_all(kernel_waiters_);
    for (sim_thread& each : threads_) {
        if (!each.deadline || *each.deadline > time) continue;
        wake(each);
        each.timed_out = true;
    }
}

void simulator::pay_for_points() noexcept {
    const std::uint64_t passed = points_granted_ - points_left;
    if (passed == 0) return;
    points_granted_ = points_left;
    points_passed_ += passed;
    pass_time_until(now() + options_.point_cost * passed);
}

time_point simulator::read_clock() noexcept {
    if (the_current == this) {
        point();
        pay_for_points();
    }
    return now();
}

void simulator::wait_for_something(std::optional<time_point> deadline) {
    if (the_current != this) return machine::wait_for_something(deadline);
    wait(kernel_waiters_, "an event", deadline);
}

// Each system call begins here, so it is a point. Whatever it will do, somebody may be waiting for it.
fault simulator::on_call(const numbered_call& asked) {
    if (the_current != this) return {};
    point();
    wake_all(kernel_waiters_);
    const fault planned = fault_of(asked);
    if (last_calls_.size() == options_.calls_told) last_calls_.pop_front();
    if (options_.calls_told > 0) last_calls_.push_back({running_->number, asked.kind, planned});
    return planned;
}

fault simulator::fault_of(const numbered_call& asked) {
    if (options_.plan) {
        const fault planned = options_.plan(asked);
        if (planned.error != 0 || planned.most_bytes) return planned;
    }
    return faults_allowed_ ? random_fault(asked.kind) : fault{};
}

fault simulator::random_fault(call kind) {
    const random_faults& rates = options_.faults;
    const auto strikes = [&](std::uint64_t one_in) { return one_in != 0 && happens(one_in); };
    const auto errors = sys_simulated::documented_errors(kind);
    if (!errors.empty()) {
        const bool fails = strikes(rates.everywhere_one_in) ||
                           (is_of_connections(kind) && strikes(rates.connections_one_in));
        if (fails) return {.error = errors[pick(errors.size())]};
    }
    if (sys_simulated::has_short_counts(kind) && strikes(rates.short_counts_one_in))
        return {.most_bytes = 1 + pick(16)};
    return {};
}

std::string simulator::who_waits_for_what() const {
    std::string text;
    for (const sim_thread& each : threads_) {
        if (each.has_ended) continue;
        text += "\n  " + each.name + (each.is_ready ? " can move" : " waits for ") +
                (each.is_ready ? "" : each.waits_for);
    }
    return text;
}

std::vector<std::string> simulator::tell_calls() const {
    std::vector<std::string> lines;
    for (const auto& [by, kind, planned] : last_calls_) {
        std::string line = threads_[by].name + ": " + std::string(name_of(kind));
        if (planned.error != 0) line += std::string(" fails: ") + strerrorname_np(planned.error);
        if (planned.most_bytes)
            line += ", at most " + std::to_string(*planned.most_bytes) + " bytes";
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace yot_run::simulation::internal
