// yot_run/reactor/kqueue_selector.hpp: the selector on the BSDs: kqueue(2), woken through an event
// of its own (EVFILT_USER).
//
// A descriptor is two events of a kqueue, one for each direction (EVFILT_READ and EVFILT_WRITE),
// with EV_CLEAR: reported once for each change. Both are there or none; nothing is modified later.
// The kernel reports them apart, so a descriptor may come twice in one wait, once for each
// direction.
//
//   reported                 means
//   EVFILT_READ              readable
//     with EV_EOF            and nothing more will arrive: read_closed
//   EVFILT_WRITE             writable
//     with EV_EOF            and nothing more can be sent: write_closed
//   EV_EOF, fflags not 0     the error of the socket, not yet taken: error, either way
//   EVFILT_USER              a wake; EV_CLEAR drains it as it is reported
//
// A closed descriptor leaves the kqueue by itself, whoever has another number for the same socket.
// Order: wake_flag.hpp. None rests on the kernel.
// Checked by: selector_*_contract_test.cpp and registration_contract_test.cpp, on an implementation
// of kqueue that lives with the tests, and kqueue_selector_test.cpp beside it (src/testing/kqueue).
// It has not run on a BSD.
#pragma once

#include <yot_run/reactor/selector_event.hpp>
#include <yot_run/reactor/wake_flag.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/result.hpp>
#include <yot_run/sys/sys.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// The members are described in <yot_run/reactor/selector.hpp>.
class kqueue_selector {
public:
    struct handles {
        sys::descriptor kqueue;
    };

    // Errors: those of kqueue(2) and kevent(2); then nothing stays open.
    [[nodiscard]] static io_result<handles> open();
    explicit kqueue_selector(handles opened) noexcept;
    kqueue_selector(const kqueue_selector&) = delete;
    kqueue_selector& operator=(const kqueue_selector&) = delete;

    [[nodiscard]] io_result<void> add(int descriptor, std::uint64_t token);
    [[nodiscard]] io_result<void> remove(int descriptor);
    // At most 256 events at a time.
    [[nodiscard]] io_result<selector_wait> wait(std::span<selector_event> into,
                                                std::optional<sys::duration> timeout);
    void wake() noexcept;

private:
    [[nodiscard]] io_result<void> signal();

    handles handles_;
    wake_flag wanted_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
