// yot_run/reactor/selector_fixture.hpp: for tests: what holds each selector to its contract begins
// with this: a kernel, the selector of this world, and sockets of which nothing is left to report.
//
// Events are waited for, since a kernel may need a moment; that there is none any more is asked
// only after there was one.
#pragma once

#include <yot_run/reactor/selector.hpp>
#include <yot_run/reactor/socket_pair.hpp>
#include <yot_run/reactor/tcp_pair.hpp>
#include <yot_run/sync/sync.hpp>
#include YOT_RUN_TEST_KERNEL

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class selector_fixture : public CppUnit::TestFixture {
public:
    void setUp() override {
        kernel_.emplace();
        selector_.emplace(selector::open().value());
    }
    void tearDown() override {
        selector_.reset();
        kernel_.reset();
    }

protected:
    void add(const sys::descriptor& socket, std::uint64_t token) {
        selector_->add(socket.get(), token).value();
    }
    // A pair whose left end is added with this token, and what was ready then has been reported.
    tcp_pair added(std::uint64_t token = 7) {
        tcp_pair pair = tcp_pair::make();
        add(pair.left, token);
        static_cast<void>(wait_for(token, &selector_event::writable));
        return pair;
    }

    std::vector<selector_event> wait(sys::duration timeout, std::size_t most = 16) {
        std::vector<selector_event> events(most);
        events.resize(selector_->wait(events, timeout).value().events);
        return events;
    }
    // Nothing is reported now.
    bool is_silent() { return wait(sys::duration::zero()).empty(); }
    // All events as one; each must be of this token.
    static selector_event merged(std::uint64_t token, const std::vector<selector_event>& events) {
        selector_event all{.token = token};
        for (const selector_event& each : events) {
            CPPUNIT_ASSERT_EQUAL(token, each.token);
            all.readable |= each.readable;
            all.writable |= each.writable;
            all.read_closed |= each.read_closed;
            all.write_closed |= each.write_closed;
            all.error |= each.error;
        }
        return all;
    }
    // Waits until all of these have been reported with this token, and says what else was.
    template <class... Flags>
    selector_event wait_for(std::uint64_t token, Flags selector_event::*... flags) {
        std::vector<selector_event> all;
        while (!(... && std::ranges::any_of(all, flags))) {
            const auto events = wait(std::chrono::seconds(10));
            CPPUNIT_ASSERT_MESSAGE("what was waited for has not come", !events.empty());
            all.insert(all.end(), events.begin(), events.end());
        }
        return merged(token, all);
    }

    std::optional<test_kernel> kernel_;
    std::optional<selector> selector_;
    std::array<selector_event, 16> events_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
