#include <yot_run/runtime/block_on.hpp>

#include <yot_run/executor/worker.hpp>

#include <stdexcept>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

struct blocking_tag;
using current_section = sync::thread_slot<blocking_section, blocking_tag>;

unpark_waker& waker_of(const void* data) noexcept {
    return *static_cast<unpark_waker*>(const_cast<void*>(data));
}
sync::reference<unpark_waker> adopt(const void* data) noexcept {
    return sync::reference<unpark_waker>::adopt(&waker_of(data));
}
raw_waker clone_unpark(const void* data) noexcept;
void wake_unpark(const void* data) noexcept { adopt(data)->unpark(); }
void wake_unpark_by_ref(const void* data) noexcept { waker_of(data).unpark(); }
void drop_unpark(const void* data) noexcept { static_cast<void>(adopt(data)); }

constexpr waker_functions unpark_functions{clone_unpark, wake_unpark, wake_unpark_by_ref,
                                           drop_unpark};

raw_waker clone_unpark(const void* data) noexcept {
    waker_of(data).references().add();
    return {data, &unpark_functions};
}

}  // namespace

sync::reference<unpark_waker> unpark_waker::make() {
    return sync::make_shared_object<unpark_waker>();
}

waker unpark_waker::make_waker() noexcept {
    references().add();
    return waker({this, &unpark_functions});
}

blocking_section::blocking_section() {
    if (worker::current() != nullptr)
        throw std::logic_error(
            "block_on was called inside a task, where it would block a worker: co_await the future "
            "instead, or call block_on on a thread of your own");
    if (current_section::get() != nullptr)
        throw std::logic_error(
            "block_on was called inside another block_on on the same thread: co_await the future "
            "instead");
    current_section::set(this);
}

blocking_section::~blocking_section() { current_section::set(nullptr); }

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
