// yot_run/net/accept_backoff.hpp: what to do about an error of accept(2): a value that decides; the
// listener acts.
//
//   error                                        answer
//   one connection is bad (aborted, unreachable) again      the next one may be good
//     the 16th of these in a row                 pause      so that they cannot keep a task busy
//   out of descriptors, memory, epoll watches    pause      5 ms, doubled each time, at most 1 s
//   anything else                                give_up    the listener itself is broken
//
// A success, and an empty queue, start all over.
// Source: accept(2), "Error handling": errors of the new connection are reported by accept, and are
// to be treated like EAGAIN by retrying. EPERM is a firewall's, per connection.
// Checked by: accept_backoff_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace yot_run::inline YOT_RUN_WORLD::net::internal {

enum class accept_answer : unsigned char { again, pause, give_up };

class accept_backoff {
public:
    static constexpr unsigned most_again = 15;
    static constexpr std::chrono::milliseconds first_pause{5};
    static constexpr std::chrono::milliseconds longest_pause{1000};

    // What to do about `error`. After `pause`, pause() says how long.
    [[nodiscard]] constexpr accept_answer after(int error) noexcept {
        const accept_answer kind = kind_of(error);
        if (kind == accept_answer::give_up) return kind;
        if (kind == accept_answer::again && again_ < most_again) {
            ++again_;
            return kind;
        }
        again_ = 0;
        pause_ = pause_ == pause_.zero() ? first_pause : std::min(2 * pause_, longest_pause);
        return accept_answer::pause;
    }
    [[nodiscard]] constexpr std::chrono::milliseconds pause() const noexcept { return pause_; }
    // A connection was accepted, or there was none.
    constexpr void reset() noexcept { *this = {}; }

private:
    [[nodiscard]] static constexpr accept_answer kind_of(int error) noexcept {
        switch (error) {
            case EMFILE:
            case ENFILE:
            case ENOBUFS:
            case ENOMEM:
            case ENOSPC:  // epoll_ctl(2): too many descriptors are watched.
                return accept_answer::pause;
            case ECONNABORTED:
            case EPROTO:
            case EPERM:
            case EINTR:
            case ENETDOWN:
            case ENETUNREACH:
            case ENOPROTOOPT:
            case EHOSTDOWN:
            case EHOSTUNREACH:
            case ENONET:
            case EOPNOTSUPP:
            case ETIMEDOUT:
                return accept_answer::again;
            default:
                return accept_answer::give_up;
        }
    }

    unsigned again_ = 0;
    std::chrono::milliseconds pause_{0};
};

}  // namespace yot_run::inline YOT_RUN_WORLD::net::internal
