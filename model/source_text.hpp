// model/source_text.hpp: what the source says at a place, for people who read histories.
#pragma once

#include <string>

namespace model {

// As Relacy prints it.
struct source_place {
    std::string file;  // From the root of the repository, where the programs are run.
    unsigned line = 0;
    std::string function;
};

// "deque.hpp:94 steal".
[[nodiscard]] std::string short_name(const source_place& at);
// What the operation there is done to: `top_`, in `top_.load(...)`; or "an object".
[[nodiscard]] std::string operand_at(const source_place& at);

}  // namespace model
