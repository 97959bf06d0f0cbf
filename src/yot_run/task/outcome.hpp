// yot_run/task/outcome.hpp: how a task ended, and what it left: a place for one result.
//
// Written by whoever runs the coroutine, taken by whoever asked for it, ordered by others (the task
// state word, or because it is the same thread).
// Checked by: outcome_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/task/poll.hpp>

#include <exception>
#include <stdexcept>
#include <utility>
#include <variant>

namespace yot_run::inline YOT_RUN_WORLD {

// Thrown to whoever awaits a task that was aborted, or that its runtime cancelled on shutdown.
class task_cancelled : public std::runtime_error {
public:
    task_cancelled() : std::runtime_error("the awaited task was cancelled before it finished") {}
};

namespace internal {

enum class ending { none, completed, failed, cancelled };

template <class T>
class outcome {
public:
    template <class... Arguments>
    void complete(Arguments&&... arguments) {
        content_.mut().template emplace<1>(std::forward<Arguments>(arguments)...);
    }
    void fail(std::exception_ptr error) noexcept {
        content_.mut().template emplace<2>(std::move(error));
    }
    void cancel() noexcept { content_.mut().template emplace<3>(); }

    [[nodiscard]] ending how() const noexcept { return ending(content_.get().index()); }
    // REQUIRES: how() == ending::failed.
    [[nodiscard]] std::exception_ptr error() const noexcept {
        return *std::get_if<2>(&content_.get());
    }
    // Gives the value or throws what was stored, and leaves nothing behind, even when moving the
    // value throws. REQUIRES: how() != ending::none.
    T take() {
        const cleared_at_exit cleared{*this};
        content_type& content = content_.mut();
        if (auto* failed = std::get_if<2>(&content)) std::rethrow_exception(std::move(*failed));
        if (content.index() == 3) throw task_cancelled();
        if constexpr (!std::is_void_v<T>) return std::move(*std::get_if<1>(&content));
    }
    void clear() noexcept { content_.mut().template emplace<0>(); }

private:
    struct none_tag {};
    struct cancelled_tag {};
    struct cleared_at_exit {
        outcome& place;
        ~cleared_at_exit() { place.clear(); }
    };
    using content_type = std::variant<none_tag, regular_t<T>, std::exception_ptr, cancelled_tag>;

    sync::cell<content_type> content_;
};

}  // namespace internal
}  // namespace yot_run::inline YOT_RUN_WORLD
