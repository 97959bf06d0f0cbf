#include <property_tests/programs/statistics.hpp>

#include <algorithm>
#include <array>
#include <iomanip>

namespace programs {
namespace {

// Each must come about in some program; most do in many.
constexpr std::array required{
    "aborts", "accepts given up", "bells heard", "blocked on", "connections accepted",
    "connections made", "connects failed", "ends of streams", "errors of streams", "exchanges",
    "games of ping-pong", "gatherings", "gatherings of vectors", "groups: crowd", "groups: relay",
    "handles dropped", "hoarded wakers called", "joined: a value", "joined: an exception",
    "joined: cancelled", "never polled", "programs that end in the middle", "programs with faults",
    "races", "races of vectors", "reads", "rests", "sleeps handed over", "spawns in a shutdown",
    "splits", "streams closed", "timeouts", "timers", "wakes after the end", "wakes during a poll",
    "wakes that coalesce",
    "woken by a hoarded waker", "writes"};

}  // namespace

void statistics::add(const program& what, const execution& run) {
    ++programs_;
    polls_ += run.polls;
    tasks_ += run.tasks;
    points_ += run.report.points;
    calls_ += run.report.calls;
    faults_ += run.report.faults;
    virtual_time_ += run.report.virtual_time;
    const auto note = [this](const std::string& name, std::uint64_t times) {
        if (times == 0) return;
        ++counts_[name].programs;
        counts_[name].times += times;
    };
    for (const auto& [name, times] : run.counts) note(name, times);
    note("programs that end in the middle", what.ends_in_the_middle);
    note("programs with faults", run.report.faults);
}

double statistics::seconds() const {
    return std::chrono::duration<double>(clock::now() - begin_).count();
}

bool statistics::is_time_for_progress() {
    if (clock::now() - last_progress_ < std::chrono::seconds(1)) return false;
    last_progress_ = clock::now();
    return true;
}

void statistics::tell_progress(std::ostream& out) const {
    out << programs_ << " programs, " << std::uint64_t(double(programs_) / seconds())
        << " per second" << std::endl;
}

void statistics::tell(std::ostream& out) const {
    const double time = seconds();
    const auto per_second = [&](std::uint64_t number) {
        return std::uint64_t(double(number) / std::max(time, 1e-9));
    };
    out << programs_ << " programs in " << std::fixed << std::setprecision(1) << time
        << " s: " << per_second(programs_) << " programs, " << per_second(polls_) << " polls, "
        << per_second(points_) << " points per second\n"
        << tasks_ << " tasks, " << polls_ << " polls, " << calls_ << " system calls, " << faults_
        << " faults, " << std::chrono::duration<double>(virtual_time_).count()
        << " s of virtual time\n";
    for (const auto& [name, seen] : counts_) {
        out << std::setw(8) << seen.times << "  " << name << ", in " << std::setprecision(1)
            << 100.0 * double(seen.programs) / double(programs_) << " % of the programs\n";
    }
    out << std::defaultfloat << std::flush;
}

bool statistics::has_everything(std::ostream& out) const {
    bool all = true;
    for (const char* const name : required) {
        if (counts_.contains(name)) continue;
        out << "the generator is too poor: no program had any '" << name << "'\n";
        all = false;
    }
    return all;
}

}  // namespace programs
