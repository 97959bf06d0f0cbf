#include <yot_run/task/describe.hpp>

#include <yot_run/task/fake_executor.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/when_all.hpp>
#include <yot_run/task/when_any.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::fake_executor;

struct own_words {
    yot_run::poll<> poll(context& /*cx*/) noexcept { return poll_pending; }
    void describe(description& into) const { into.line("better times"); }
};
struct without_words {
    yot_run::poll<> poll(context& /*cx*/) noexcept { return poll_pending; }
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// The lines of `text` that come after one another contain `parts`.
bool contains_in_order(const std::string& text, const std::vector<std::string>& parts) {
    std::size_t at = 0;
    for (const std::string& part : parts) {
        at = text.find(part, at);
        if (at == std::string::npos) return false;
        at += part.size();
    }
    return true;
}

task<> innermost() { co_await own_words(); }
task<> middle() { co_await innermost(); }
task<> outermost() { co_await middle(); }

// A task that has been polled, and waits.
class stalled {
public:
    template <runnable W>
    explicit stalled(W&& work) : handle_(executor_.spawn(std::forward<W>(work))) {
        executor_.run();
    }
    [[nodiscard]] std::string text() {
        description into;
        executor_.describe(into);
        return into.text();
    }
    fake_executor& executor() { return executor_; }

private:
    fake_executor executor_;
    join_handle<void> handle_;
};

}  // namespace

class describe_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(describe_test);
    CPPUNIT_TEST(a_future_says_itself_what_it_waits_for);
    CPPUNIT_TEST(of_other_futures_the_type_is_named);
    CPPUNIT_TEST(a_chain_is_told_innermost_first_with_its_places);
    CPPUNIT_TEST(a_task_says_where_it_was_spawned);
    CPPUNIT_TEST(combinators_describe_their_children);
    CPPUNIT_TEST(a_handle_names_the_task_it_waits_for);
    CPPUNIT_TEST(a_task_that_is_queued_is_not_looked_into);
    CPPUNIT_TEST(looking_loses_no_wake);
    CPPUNIT_TEST(looking_loses_no_abort);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_future_says_itself_what_it_waits_for() {
        description into;
        describe_future(own_words(), into);
        CPPUNIT_ASSERT_EQUAL(std::string("better times\n"), into.text());
    }

    void of_other_futures_the_type_is_named() {
        description into;
        describe_future(without_words(), into);
        describe_future(pending_future<int>(), into);
        CPPUNIT_ASSERT(contains(into.text(), "without_words\n"));
        CPPUNIT_ASSERT(contains(into.text(), "pending_future<int>\n"));
    }

    void a_chain_is_told_innermost_first_with_its_places() {
        stalled task([]() -> yot_run::task<> { co_await outermost(); });
        CPPUNIT_ASSERT(contains_in_order(
            task.text(), {"waits for", "better times", "innermost", "(describe_test.cpp:", "middle",
                          "(describe_test.cpp:", "outermost", "(describe_test.cpp:"}));
    }

    void a_task_says_where_it_was_spawned() {
        fake_executor executor;
        auto handle = executor.spawn(own_words());
        const std::string line = "(describe_test.cpp:" + std::to_string(__LINE__ - 1) + ")";
        executor.run();
        description into;
        executor.describe(into);
        CPPUNIT_ASSERT(contains_in_order(into.text(), {"task spawned at", line, "better times"}));
    }

    void combinators_describe_their_children() {
        stalled all([]() -> yot_run::task<> { co_await when_all(own_words(), innermost()); });
        CPPUNIT_ASSERT(contains_in_order(
            all.text(), {"all of", "better times", "waits for", "better times", "innermost"}));
        stalled any(
            []() -> yot_run::task<> { co_await when_any(own_words(), ready(1), pending()); });
        CPPUNIT_ASSERT(!contains(any.text(), "task spawned"));
        stalled others([]() -> yot_run::task<> {
            std::vector<own_words> many(3);
            co_await when_all(std::move(many));
        });
        CPPUNIT_ASSERT(contains_in_order(others.text(), {"all of 3", "better times"}));
        stalled first([]() -> yot_run::task<> { co_await when_any(own_words(), without_words()); });
        CPPUNIT_ASSERT(
            contains_in_order(first.text(), {"any of", "better times", "without_words"}));
    }

    void a_handle_names_the_task_it_waits_for() {
        fake_executor executor;
        auto inner = executor.spawn(own_words());
        const std::string line = "(describe_test.cpp:" + std::to_string(__LINE__ - 1) + ")";
        auto outer = executor.spawn(std::move(inner));
        executor.run();
        description into;
        executor.describe(into);
        CPPUNIT_ASSERT(contains_in_order(into.text(), {"the end of the task spawned at", line}));
    }

    void a_task_that_is_queued_is_not_looked_into() {
        fake_executor executor;
        auto handle = executor.spawn(own_words());
        description into;
        executor.describe(into);
        CPPUNIT_ASSERT(contains(into.text(), "is queued, or being polled"));
        CPPUNIT_ASSERT(!contains(into.text(), "better times"));
    }

    // Wakes its own task while it is described, as another thread might.
    class woken_meanwhile {
    public:
        woken_meanwhile(unsigned& polls, std::optional<waker>& own) : polls_(&polls), own_(&own) {}
        yot_run::poll<> poll(context& cx) {
            if (++*polls_ == 2) return {};
            own_->emplace(cx.waker().clone());
            return poll_pending;
        }
        void describe(description& into) const {
            into.line("news");
            std::move(**own_).wake();
        }

    private:
        unsigned* polls_;
        std::optional<waker>* own_;
    };

    void looking_loses_no_wake() {
        unsigned polls = 0;
        std::optional<waker> own;
        stalled task(woken_meanwhile(polls, own));
        CPPUNIT_ASSERT(contains(task.text(), "news"));
        CPPUNIT_ASSERT_EQUAL(1U, task.executor().run());
        CPPUNIT_ASSERT_EQUAL(2U, polls);
        own.reset();
    }

    void looking_loses_no_abort() {
        struct aborted_meanwhile {
            join_handle<void>* self;
            yot_run::poll<> poll(context& /*cx*/) { return poll_pending; }
            void describe(description& /*into*/) const { self->abort(); }
        };
        fake_executor executor;
        join_handle<void> handle;
        handle = executor.spawn(aborted_meanwhile{&handle});
        executor.run();
        description into;
        executor.describe(into);
        CPPUNIT_ASSERT_EQUAL(1U, executor.run());
        CPPUNIT_ASSERT(handle.is_finished());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.ended(ending::cancelled));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(describe_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
