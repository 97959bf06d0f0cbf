#include <testing/kqueue/kqueue_file.hpp>

#include <yot_run/simulation/kernel/tcp.hpp>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace yot_run::sys_simulated::kernel {
namespace {

constexpr unsigned actions = EV_ADD | EV_DELETE;

void require(bool is_simulated) {
    if (!is_simulated) {
        throw std::logic_error(
            "yot_run: the kqueue of the tests does not have this; what it has is told in "
            "testing/kqueue/kqueue_file.hpp");
    }
}

endpoint& socket_of(file& target) {
    auto* const socket = dynamic_cast<tcp_file*>(&target);
    require(socket != nullptr);
    return socket->socket();
}

std::int64_t room_in(const endpoint& socket) {
    const auto capacity = static_cast<std::int64_t>(socket.options[socket_option::send_buffer]);
    return std::max<std::int64_t>(0, capacity - static_cast<std::int64_t>(socket.to_send.size()));
}

}  // namespace

knote::knote(kqueue_file& of, file* target, const struct ::kevent& added)
    : queue_(&of), target_(target), event_(added) {
    event_.flags = static_cast<unsigned short>(event_.flags & ~actions);
    event_.data = 0;
    event_.fflags = 0;
    if (target_ == nullptr) {
        is_triggered_ = (added.fflags & NOTE_TRIGGER) != 0;
    } else {
        target_->join(*this);
    }
}

void knote::on_wake(std::uint32_t may_be_true) {
    const std::uint32_t mine = EPOLLERR | (event_.filter == EVFILT_READ ? new_data : new_room);
    const bool is_signal = may_be_true == anything || (may_be_true & mine) != 0;
    if (is_signal && ask()) queue_->activate(*this);
}

void knote::on_close(int number) {
    if (event_.ident != static_cast<std::uintptr_t>(number)) return;
    target_->leave(*this);
    queue_->forget(*this);  // The end of this object.
}

void knote::on_end() { queue_->forget(*this); }

bool knote::ask() { return target_ == nullptr ? is_triggered_ : ask_socket(); }

bool knote::ask_socket() {
    endpoint& socket = socket_of(*target_);
    const bool reads = event_.filter == EVFILT_READ;
    if (socket.state == tcp_state::listening) {
        event_.data = reads ? static_cast<std::int64_t>(socket.waiting.size()) : 0;
        return event_.data > 0;
    }
    event_.data = reads ? static_cast<std::int64_t>(socket.received.size()) : room_in(socket);
    if (reads ? socket.reading_is_shut : socket.writing_is_shut) {
        event_.flags |= EV_EOF;
        event_.fflags = static_cast<unsigned>(socket.error);
        return true;
    }
    if (socket.error != 0) return true;
    if (reads) return event_.data > 0;
    const bool is_connected =
        socket.state != tcp_state::closed && socket.state != tcp_state::connecting;
    return is_connected && (target_->poll() & EPOLLOUT) != 0;
}

void knote::touch(const struct ::kevent& changed) {
    if ((changed.fflags & NOTE_TRIGGER) != 0) is_triggered_ = true;
    event_.data = changed.data;
    // As in FreeBSD: a change that has this flag takes its own trigger back.
    if ((changed.flags & EV_CLEAR) != 0) reset();
}

void knote::reset() {
    is_triggered_ = false;
    event_.data = 0;
    event_.fflags = 0;
}

kqueue_file::~kqueue_file() {
    for (knote& each : knotes_) {
        if (each.target_ != nullptr) each.target_->leave(each);
    }
}

std::uint32_t kqueue_file::poll() {
    require(false);
    return 0;
}

knote* kqueue_file::find(const struct ::kevent& named) {
    const auto found = std::ranges::find_if(knotes_, [&](const knote& each) {
        return each.event_.ident == named.ident && each.event_.filter == named.filter;
    });
    return found == knotes_.end() ? nullptr : &*found;
}

void kqueue_file::activate(knote& which) {
    if (!std::exchange(which.is_active_, true)) active_.push_back(&which);
}

void kqueue_file::forget(const knote& which) {
    std::erase(active_, &which);
    knotes_.remove_if([&](const knote& each) { return &each == &which; });
}

int kqueue_file::change(const struct ::kevent& wanted, file* target) {
    const bool is_user = wanted.filter == EVFILT_USER;
    require(is_user || wanted.filter == EVFILT_READ || wanted.filter == EVFILT_WRITE);
    require((wanted.flags & ~(actions | EV_CLEAR | EV_RECEIPT)) == 0);
    require((wanted.fflags & ~(is_user ? NOTE_TRIGGER : 0U)) == 0);
    if (is_user) target = nullptr;
    if (!is_user && target == nullptr) return EBADF;
    if (target != nullptr) static_cast<void>(socket_of(*target));

    knote* found = find(wanted);
    if (found == nullptr) {
        if ((wanted.flags & EV_ADD) == 0) return ENOENT;
        found = &knotes_.emplace_back(*this, target, wanted);
    } else if ((wanted.flags & EV_DELETE) != 0) {
        if (target != nullptr) target->leave(*found);
        forget(*found);
        return 0;
    } else {
        found->event_.udata = wanted.udata;
        if (is_user) found->touch(wanted);
    }
    if (found->ask()) activate(*found);
    return 0;
}

std::size_t kqueue_file::take(std::span<struct ::kevent> into) {
    std::deque<knote*> scanned = std::exchange(active_, {});
    std::size_t count = 0;
    while (!scanned.empty() && count < into.size()) {
        knote& each = *scanned.front();
        scanned.pop_front();
        each.is_active_ = false;
        if (!each.ask()) continue;
        into[count++] = each.event_;
        if ((each.event_.flags & EV_CLEAR) != 0) {
            each.reset();
        } else {
            activate(each);
        }
    }
    // What found no place is first next time.
    active_.insert(active_.begin(), scanned.begin(), scanned.end());
    return count;
}

}  // namespace yot_run::sys_simulated::kernel
