// yot_run/sys/descriptor.hpp: the owner of an open descriptor.
//
// Invariant: an open descriptor has one owner, which closes it exactly once, through the seam that
// opened it. An error from close is not reported: the descriptor is gone in any case (close(2)).
// Checked by: posix_test.cpp.
#pragma once

#include <yot_run/sys/result.hpp>

#include <utility>

namespace yot_run {

// Move-only. Each world names its own: `using descriptor = owned_descriptor<&close>`.
template <io_result<void> (*Close)(int)>
class owned_descriptor {
public:
    owned_descriptor() = default;
    // Takes over the ownership of `number`, which is open, or -1.
    explicit owned_descriptor(int number) noexcept : number_(number) {}
    owned_descriptor(owned_descriptor&& other) noexcept : number_(other.release()) {}
    owned_descriptor& operator=(owned_descriptor&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    ~owned_descriptor() { reset(); }

    // The number, or -1 when nothing is owned.
    [[nodiscard]] int get() const noexcept { return number_; }
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
    // Gives the ownership away.
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }
    // Closes what is owned, if anything, and owns `number` instead.
    void reset(int number = -1) noexcept {
        const int old = std::exchange(number_, number);
        if (old >= 0) static_cast<void>(Close(old));
    }

private:
    int number_ = -1;
};

}  // namespace yot_run
