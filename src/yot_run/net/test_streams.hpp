// yot_run/net/test_streams.hpp: what several tests of streams do.
#pragma once

#include <yot_run/net/test_driver.hpp>

#include <cppunit/TestAssert.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::net {

inline std::vector<std::byte> pattern(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i % 251);
    return bytes;
}

// Reads exactly as much text as is expected, and compares.
inline void expect_text(test_driver& driver, tcp_stream& stream, std::string_view expected) {
    std::vector<std::byte> got(expected.size());
    driver.run(stream.read_exact(got)).value();
    CPPUNIT_ASSERT_EQUAL(std::string(expected), std::string(as_text(got)));
}

// Writes until the stream takes no more, and returns how much it took. The kernel may have news
// about room already, so it has to be found full a second time, after a turn.
inline std::size_t fill(test_driver& driver, tcp_stream& stream) {
    const std::vector<std::byte> bytes = pattern(64 * 1024);
    std::size_t written = 0;
    for (bool was_full = false;;) {
        write_future writing = stream.write(bytes);
        auto answer = driver.poll_once(writing);
        if (answer.is_ready()) {
            written += answer.value().value();
        } else if (std::exchange(was_full, true)) {
            return written;
        }
        driver.turn();
    }
}

inline void small_buffers(tcp_stream& stream) {
    for (const auto option :
         {sys::socket_option::send_buffer, sys::socket_option::receive_buffer}) {
        sys::setsockopt(stream.native_handle(), option, 4096).value();
    }
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
