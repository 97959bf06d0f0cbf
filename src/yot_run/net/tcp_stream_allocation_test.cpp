#include <yot_run/net/tcp_stream.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cstdlib>
#include <new>

// ThreadSanitizer brings an operator new of its own, and suffers no other.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define YOT_RUN_TEST_COUNTS_NOTHING
#endif
#elif defined(__SANITIZE_THREAD__)
#define YOT_RUN_TEST_COUNTS_NOTHING
#endif

namespace {

// Counts what this program allocates; see operations_allocate_nothing.
std::size_t allocations = 0;

}  // namespace

#ifndef YOT_RUN_TEST_COUNTS_NOTHING

namespace {

void* counted_allocation(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted_allocation(size); }
void* operator new[](std::size_t size) { return counted_allocation(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

#endif

namespace yot_run::net {

class tcp_stream_allocation_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_stream_allocation_test);
    CPPUNIT_TEST(operations_allocate_nothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void operations_allocate_nothing() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        std::array<std::byte, 64> into;
        const std::array pieces{as_bytes("ab"), as_bytes("cd")};
        pair.client.set_nodelay(true).value();  // Or the rounds wait for acknowledgements.
        const auto round = [&] {
            driver.run_all(pair.server.read(into), pair.client.write(as_bytes("a")));
            driver.run_all(pair.server.read_exact(std::span(into).first(4)),
                           pair.client.writev(pieces));
            driver.run_all(pair.client.read_exact(std::span(into).first(5)),
                           pair.server.write_all(as_bytes("hello")));
        };
        round();
        const std::size_t before = allocations;
        for (int i = 0; i < 100; ++i) round();
        const std::size_t after = allocations;
        CPPUNIT_ASSERT_EQUAL(before, after);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_stream_allocation_test);

}  // namespace yot_run::net
