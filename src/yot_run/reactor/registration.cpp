#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/registration.hpp>

#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

io_result<registration> registration::add(reactor& owner, int descriptor) {
    const auto added = owner.add(descriptor);
    if (!added) return std::unexpected(added.error());
    return registration(sync::reference<reactor>::share(&owner), descriptor, added->index,
                        added->slot);
}

registration::registration(sync::reference<reactor> owner, int descriptor, std::uint32_t index,
                           io_slot* slot) noexcept
    : owner_(std::move(owner)), slot_(slot), index_(index), descriptor_(descriptor) {}

registration::registration(registration&& other) noexcept
    : owner_(std::move(other.owner_)),
      slot_(other.slot_),
      index_(other.index_),
      descriptor_(other.descriptor_) {}

registration& registration::operator=(registration&& other) noexcept {
    if (this == &other) return *this;
    remove();
    owner_ = std::move(other.owner_);
    slot_ = other.slot_;
    index_ = other.index_;
    descriptor_ = other.descriptor_;
    return *this;
}

registration::~registration() { remove(); }

void registration::remove() noexcept {
    // The last reference may be this one: it goes when nothing of the reactor is needed any more.
    if (const sync::reference<reactor> owner = std::move(owner_))
        owner->remove(descriptor_, index_, *slot_);
}

yot_run::poll<readiness> registration::poll_ready(direction way, context& cx) noexcept {
    readiness_word seen = slot_->state.observe();
    if (!seen.is_ready(way)) {
        slot_->waiting(way).register_waker(cx.waker());
        // What was delivered before the waker could be taken has called nobody. It is seen now.
        seen = slot_->state.observe();
        if (!seen.is_ready(way)) return poll_pending;
    }
    return readiness(seen, way);
}

void registration::clear_ready(direction way, readiness seen) noexcept {
    slot_->state.clear(way, seen.seen_);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
