#include <yot_run/simulation/kernel/file.hpp>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <ranges>
#include <stdexcept>
#include <utility>

namespace yot_run::sys_simulated::kernel {
namespace {

// Bits of an interest that are no events.
constexpr std::uint32_t modes = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;
// Reported whether one asks for them or not.
constexpr std::uint32_t unmaskable = EPOLLERR | EPOLLHUP;

}  // namespace

std::unexpected<std::error_code> failed(int number) {
    return std::unexpected(std::error_code(number, std::system_category()));
}

void observer::on_close(int /*number*/) {}

file::~file() {
    for (observer* each : observers_) each->on_end();
}

void file::wake(std::uint32_t may_be_true) {
    // The newest first, as in Linux.
    for (observer* each : std::views::reverse(observers_)) each->on_wake(may_be_true);
}

void file::close(int number) {
    // A copy: they may leave.
    for (observer* each : std::vector(observers_)) each->on_close(number);
}

void watch::on_wake(std::uint32_t may_be_true) {
    const bool is_disabled = (interest & ~modes) == 0;
    if (is_disabled || (may_be_true != 0 && (may_be_true & interest) == 0)) return;
    epoll->make_ready(*this);
}

void watch::on_end() { epoll->forget(*this); }

std::uint32_t event_file::poll() {
    constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max() - 1;
    return (count_ > 0 ? EPOLLIN : 0U) | (count_ < highest ? EPOLLOUT : 0U);
}

void event_file::signal() {
    // At the highest count Linux says EAGAIN, of which the seam makes success.
    if (count_ == std::numeric_limits<std::uint64_t>::max() - 1) return;
    ++count_;
    wake(EPOLLIN);
}

void event_file::drain() {
    if (std::exchange(count_, 0) > 0) wake(EPOLLOUT);
}

epoll_file::~epoll_file() {
    for (watch& each : watches_) each.target->leave(each);
}

std::uint32_t epoll_file::poll() {
    throw std::logic_error(
        "yot_run: the simulated kernel has no epoll inside epoll; watch the sockets themselves");
}

epoll_file::position epoll_file::find(const file& target, int number) {
    return std::ranges::find_if(watches_, [&](const watch& each) {
        return each.target == &target && each.number == number;
    });
}

void epoll_file::make_ready(watch& which) {
    if (!std::exchange(which.is_ready, true)) ready_.push_back(&which);
}

// The target forgets by itself.
void epoll_file::forget(const watch& which) {
    std::erase(ready_, &which);
    watches_.remove_if([&](const watch& each) { return &each == &which; });
}

io_result<void> epoll_file::add(file& target, int number, std::uint32_t events,
                                std::uint64_t token) {
    if (find(target, number) != watches_.end()) return failed(EEXIST);
    const std::uint32_t interest = events | unmaskable;
    const bool is_ready = (target.poll() & interest) != 0;
    watches_.emplace_back(*this, target, number, interest, token);
    target.join(watches_.back());
    if (is_ready) make_ready(watches_.back());
    return {};
}

io_result<void> epoll_file::modify(file& target, int number, std::uint32_t events,
                                   std::uint64_t token) {
    const position found = find(target, number);
    if (found == watches_.end()) return failed(ENOENT);
    found->interest = events | unmaskable;
    found->token = token;
    if ((target.poll() & found->interest) != 0) make_ready(*found);
    return {};
}

io_result<void> epoll_file::remove(file& target, int number) {
    const position found = find(target, number);
    if (found == watches_.end()) return failed(ENOENT);
    target.leave(*found);
    forget(*found);
    return {};
}

std::size_t epoll_file::take(std::span<epoll_event> into) {
    std::deque<watch*> scanned = std::exchange(ready_, {});
    std::size_t count = 0;
    while (!scanned.empty() && count < into.size()) {
        watch& each = *scanned.front();
        scanned.pop_front();
        each.is_ready = false;
        const std::uint32_t events = each.target->poll() & each.interest;
        if (events == 0) continue;
        into[count].events = events;
        into[count++].data.u64 = each.token;
        if ((each.interest & EPOLLONESHOT) != 0) {
            each.interest &= modes;
        } else if ((each.interest & EPOLLET) == 0) {
            make_ready(each);
        }
    }
    // What found no place is first next time.
    ready_.insert(ready_.begin(), scanned.begin(), scanned.end());
    return count;
}

void epoll_file::wake_falsely(std::uint64_t which) {
    if (watches_.empty()) return;
    const auto step = static_cast<std::ptrdiff_t>(which % watches_.size());
    make_ready(*std::next(watches_.begin(), step));
}

int descriptor_table::lowest_free() const {
    return first_number + static_cast<int>(std::ranges::find(files_, nullptr) - files_.begin());
}

io_result<int> descriptor_table::insert(std::shared_ptr<file> opened) {
    const int number = lowest_free();
    if (number >= limit_) return failed(EMFILE);
    const auto index = static_cast<std::size_t>(number - first_number);
    if (index == files_.size()) files_.emplace_back();
    files_[index] = std::move(opened);
    return number;
}

io_result<std::shared_ptr<file>> descriptor_table::find(int number) const {
    const auto index = static_cast<std::size_t>(number - first_number);
    if (number < first_number || index >= files_.size() || !files_[index]) return failed(EBADF);
    return files_[index];
}

io_result<void> descriptor_table::remove(int number) {
    const auto found = find(number);
    if (!found) return std::unexpected(found.error());
    (*found)->close(number);
    // Before the file ends, which `found` still holds: whatever that does finds the number free.
    files_[static_cast<std::size_t>(number - first_number)].reset();
    return {};
}

int descriptor_table::size() const {
    return static_cast<int>(files_.size()) - static_cast<int>(std::ranges::count(files_, nullptr));
}

}  // namespace yot_run::sys_simulated::kernel
