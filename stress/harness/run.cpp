#include <stress/harness/run.hpp>

namespace stress {

void run::describe_with(std::function<std::string()> source) {
    const std::lock_guard guard(mutex_);
    describe_ = std::move(source);
}

std::string run::description() const {
    const std::lock_guard guard(mutex_);
    return describe_ ? describe_() : std::string();
}

}  // namespace stress
