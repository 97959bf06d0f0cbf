#include <yot_run/simulation/kernel/machine.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <utility>

namespace yot_run::sys_simulated {
namespace {

machine* the_current = nullptr;

}  // namespace

machine::scope::scope(machine& chosen) : before_(std::exchange(the_current, &chosen)) {}

machine::scope::~scope() { the_current = before_; }

machine& machine::current() {
    if (the_current == nullptr) {
        throw std::logic_error(
            "yot_run: a call of the simulated kernel, but no machine is the current one: make a "
            "machine, and keep a machine::scope for it");
    }
    return *the_current;
}

machine::machine(const options& with)
    : options_(with),
      now_(with.start),
      random_(with.seed),
      network_(with.send_buffer, with.receive_buffer),
      table_(with.descriptor_limit) {}

machine::~machine() = default;

io_result<int> machine::duplicate(int number) {
    const auto found = table_.find(number);
    if (!found) return std::unexpected(found.error());
    return table_.insert(*found);
}

io_result<socket_view> machine::look_at(int number) const {
    const auto found = table_.find(number);
    if (!found) return std::unexpected(found.error());
    const auto socket = std::dynamic_pointer_cast<kernel::tcp_file>(*found);
    if (!socket) return kernel::failed(ENOTSOCK);
    const kernel::endpoint& seen = socket->socket();
    return socket_view{seen.state, seen.received.size(), seen.to_send.size(), seen.waiting.size(),
                       seen.reading_is_shut};
}

void machine::advance_to(time_point time) {
    while (const std::optional<time_point> next = network_.next_repeat()) {
        if (*next > time) break;
        now_ = std::max(now_, *next);
        network_.repeat_requests(now_);
    }
    now_ = time;
}

std::uint64_t machine::calls(call kind) const { return calls_[static_cast<std::size_t>(kind)]; }

fault machine::enter(call kind) {
    const std::uint64_t of_kind = ++calls_[static_cast<std::size_t>(kind)];
    const std::uint64_t of_all = ++all_calls_;
    fault answer;
    if (plan_) answer = plan_({kind, of_kind, of_all});
    if (answer.error != 0) ++planned_failures_;
    network_.bury();
    return answer;
}

std::uint64_t machine::random() { return random_(); }

void machine::add_spurious_event(kernel::epoll_file& epoll) {
    if (options_.has_spurious_events && random() % 4 == 0) epoll.wake_falsely(random());
}

void machine::wait(std::optional<time_point> deadline) {
    const std::optional<time_point> repeat = network_.next_repeat();
    if (repeat && (!deadline || *repeat < *deadline)) deadline = repeat;
    wait_for_something(deadline);
}

void machine::wait_for_something(std::optional<time_point> deadline) {
    if (!deadline) {
        throw std::logic_error(
            "yot_run: an epoll_wait without a timeout, and nothing can happen any more: let "
            "something happen first, or override machine::wait_for_something to run others");
    }
    advance_to(std::max(*deadline, now_));
}

}  // namespace yot_run::sys_simulated
