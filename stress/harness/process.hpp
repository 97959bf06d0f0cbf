// stress/harness/process.hpp: what the system says about this process and the machine, and the few
// things that scenarios ask of it. Linux.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stress {

// Open descriptors, and threads; each counts itself in the same way every time.
[[nodiscard]] std::size_t descriptor_count();
[[nodiscard]] std::size_t thread_count();

// The threads whose names begin with `prefix`, by their numbers. A thread gives itself its name, so
// this waits until there are as many as the caller knows there must be.
[[nodiscard]] std::vector<pid_t> threads_named(std::string_view prefix, std::size_t count);

// The processors that this process may use.
[[nodiscard]] std::vector<unsigned> usable_processors();
// Ties the threads to one processor each, going round. False: the system refused.
bool pin_to_processors(const std::vector<pid_t>& threads);

// Allows this process as many descriptors as it may allow itself.
void raise_descriptor_limit() noexcept;
// How many more it could open, about.
[[nodiscard]] std::size_t free_descriptors();

// At most this many descriptors more than there are, while it lives.
class descriptor_limit {
public:
    explicit descriptor_limit(std::size_t more);
    descriptor_limit(const descriptor_limit&) = delete;
    descriptor_limit& operator=(const descriptor_limit&) = delete;
    ~descriptor_limit();

private:
    std::size_t before_;
};

struct machine {
    std::string processor;
    unsigned processors = 0;  // That this process may use.
    std::string kernel;
    std::string compiler;
    std::string build;  // Optimized or not, and the sanitizer.
};

[[nodiscard]] machine this_machine();

}  // namespace stress
