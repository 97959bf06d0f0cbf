#include <yot_run/task/chain.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

bool chain::drive(context& cx) noexcept {
    poll_ = &cx;
    if (leaf_ != nullptr) {
        if (!leaf_->poll_leaf(cx)) return false;
        leaf_ = nullptr;
    }
    for (;;) {
        if (cx.must_yield()) return false;
        cx.charge();
        innermost_->frame().resume();
        if (innermost_ == nullptr) return true;
        if (leaf_ != nullptr) return false;
    }
}

void chain::destroy() noexcept {
    // The last frame to go is the root's, and this chain with it.
    promise_base* innermost = innermost_;
    while (innermost != nullptr) {
        promise_base* const next = innermost->awaited_by();
        innermost->disown();
        innermost->frame().destroy();
        innermost = next;
    }
}

void chain::describe(description& into) const {
    if (leaf_ != nullptr) {
        into.line("waits for");
        into.below([&] { leaf_->describe(into); });
    } else {
        into.line("is about to go on");
    }
    for (const promise_base* each = innermost_; each != nullptr; each = each->awaited_by())
        into.line("in " + name_of(each->awaits_at()));
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
