// yot_run/reactor/epoll_selector.hpp: the selector on Linux: epoll(7), woken through an eventfd(2).
//
// Sockets are registered once, edge-triggered, for both directions; nothing is modified later. The
// eventfd is level-triggered and drained, so a wake is reported until it has been answered.
// Order: wake_flag.hpp. None rests on the kernel.
// Checked by: epoll_selector_test.cpp, epoll_selector_fault_test.cpp.
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
class epoll_selector {
public:
    struct handles {
        sys::descriptor epoll;
        sys::descriptor event;
    };

    // Errors: those of epoll_create1(2), eventfd(2) and epoll_ctl(2); then nothing stays open.
    [[nodiscard]] static io_result<handles> open();
    explicit epoll_selector(handles opened) noexcept;
    epoll_selector(const epoll_selector&) = delete;
    epoll_selector& operator=(const epoll_selector&) = delete;

    [[nodiscard]] io_result<void> add(int descriptor, std::uint64_t token);
    [[nodiscard]] io_result<void> remove(int descriptor);
    // At most 256 events at a time.
    [[nodiscard]] io_result<selector_wait> wait(std::span<selector_event> into,
                                                std::optional<sys::duration> timeout);
    void wake() noexcept;

private:
    handles handles_;
    wake_flag wanted_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
