// yot_run/task/describe.hpp: what a future waits for, in words: for those who ask why a program hangs.
//
// A future may have `void describe(yot_run::description&) const`, which writes a line or more; of
// others the type is named. It is called between two polls, by a thread that holds the task's run
// token in the meantime (core.hpp), so it may read whatever a poll may.
// Checked by: describe_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <cstddef>
#include <source_location>
#include <string>
#include <string_view>

namespace yot_run::inline YOT_RUN_WORLD {

// Lines of text, indented.
class description {
public:
    void line(std::string_view text);
    // What `body` adds is indented below the last line.
    template <class Body>
    void below(Body body) {
        ++depth_;
        body();
        --depth_;
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
    std::size_t depth_ = 0;
};

namespace internal {

// "function (file:line)".
[[nodiscard]] std::string name_of(const std::source_location& place);
// As it is named in the source: without the world's own namespace.
[[nodiscard]] std::string tidied(std::string_view name);

template <class T>
[[nodiscard]] std::string type_name() {
    // "... [with T = name; ...]" or "... [T = name]".
    const std::string_view here = __PRETTY_FUNCTION__;
    const std::size_t begin = here.find("T = ") + 4;
    std::size_t end = here.find(';', begin);
    if (end == std::string_view::npos) end = here.rfind(']');
    return tidied(here.substr(begin, end - begin));
}

template <class F>
void describe_future(const F& future, description& into) {
    if constexpr (requires { future.describe(into); }) future.describe(into);
    else into.line(type_name<F>());
}

}  // namespace internal
}  // namespace yot_run::inline YOT_RUN_WORLD
