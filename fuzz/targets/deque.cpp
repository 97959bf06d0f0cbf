// fuzz/targets/deque.cpp: executor/deque.hpp, by one thread, does what a std::deque does: the
// owner's end is the back, the thieves' end the front. Also where the ring is full, where it is
// used again, and where the indices wrap. The first record says where they begin, and how large the
// ring is.
#include <yot_run/executor/deque.hpp>

#include <fuzz/finding.hpp>
#include <fuzz/records.hpp>
#include <property_tests/parts/deque_reference.hpp>

#include <array>
#include <cstdint>
#include <numeric>
#include <optional>

namespace {

using fuzz::record;
using fuzz::require;
using fuzz::steps;
using yot_run::internal::steal_status;

// Just before, just behind or exactly where indices wrap or change their sign, or anywhere.
std::uint64_t first_index(const record& settings) {
    constexpr std::array<std::uint64_t, 4> places{0, std::uint64_t{1} << 63, std::uint64_t{1} << 32,
                                                  std::uint64_t{1} << 31};
    return places[settings.a % places.size()] + std::uint64_t{settings.b % 64U} - 32;
}
std::size_t initial_capacity(const record& settings) { return settings.c % 20; }

class session {
public:
    explicit session(const record& settings)
        : queue_(initial_capacity(settings), first_index(settings)),
          expected_(initial_capacity(settings)) {
        std::iota(items_.begin(), items_.end(), 0);
        look();
    }
    // What is left comes out, too, from both ends.
    ~session() {
        while (!expected_.empty()) {
            pop();
            steal();
        }
        pop();
        steal();
    }

    void carry_out(const record& given) {
        const auto times = [&given](auto operation) {
            for (int i = 0; i <= given.a % 40; ++i) operation();
        };
        switch (given.kind % 6) {
            case 0:
                return push();
            case 1:
                return pop();
            case 2:
                return steal();
            case 3:
                return times([this] { push(); });
            case 4:
                return times([this] { pop(); });
            case 5:
                return times([this] { steal(); });
        }
    }

private:
    void push() {
        const int item = std::exchange(next_, (next_ + 1) % int(items_.size()));
        steps.add({"push", item});
        const bool has_grown = queue_.push(items_[std::size_t(item)]);
        require(has_grown == expected_.push(item), "the ring grew and push denies it, or not");
        look();
    }
    void pop() {
        steps.add("pop");
        require_same(queue_.pop(), expected_.pop());
        look();
    }
    void steal() {
        steps.add("steal");
        const auto [status, item] = queue_.steal();
        require(status == (expected_.empty() ? steal_status::empty : steal_status::stolen),
                "a thief who is alone is told otherwise");
        require_same(item, expected_.steal());
        look();
    }

    void require_same(const int* item, std::optional<int> expected) {
        require((item != nullptr) == expected.has_value(), "an item is lost, or comes twice");
        if (item != nullptr) require(*item == *expected, "another item");
    }
    void look() {
        require(queue_.looks_empty() == expected_.empty(), "it looks empty and is not, or not");
        require(queue_.approximate_size() == expected_.size(), "another size");
    }

    yot_run::internal::deque<int> queue_;
    reference::deque expected_;
    std::array<int, 4096> items_{};
    int next_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    steps.begin();
    fuzz::record_reader input({data, size});
    session one(input.next().value_or(record{}));
    while (const auto next = input.next()) one.carry_out(*next);
    return 0;
}
