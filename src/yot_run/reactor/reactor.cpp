#include <yot_run/reactor/reactor.hpp>

#include <span>
#include <system_error>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

// REQUIRES: nobody else writes the counter at the same time.
void add_to(sync::atomic<std::uint64_t>& counter, std::uint64_t amount) noexcept {
    // Relaxed: a figure for people, which orders nothing.
    counter.store(counter.load(sync::relaxed) + amount, sync::relaxed);
}

}  // namespace

io_result<sync::reference<reactor>> reactor::create() {
    auto opened = selector::open();
    if (!opened) return std::unexpected(opened.error());
    return sync::reference<reactor>::adopt(new reactor(*std::move(opened)));
}

io_result<turn_report> reactor::turn(std::optional<sys::duration> max_wait) {
    turn_report report;
    const std::size_t called_before = batch_.called();
    const auto waited = selector_.wait(events_, timers_.begin_wait(max_wait));
    if (waited) {
        report.events = waited->events;
        report.interrupted = waited->woken;
        for (const selector_event& event : std::span(events_).first(waited->events)) deliver(event);
    }
    report.timers = timers_.end_wait(batch_);
    batch_.wake_all();
    report.wakes = batch_.called() - called_before;

    add_to(counters_.turns, 1);
    add_to(counters_.failed_turns, waited ? 0 : 1);
    add_to(counters_.events, report.events);
    add_to(counters_.timers_fired, report.timers);
    add_to(counters_.wakes, report.wakes);
    if (!waited) return std::unexpected(waited.error());
    return report;
}

void reactor::deliver(const selector_event& event) noexcept {
    const slot_token token = slot_token::unpacked(event.token);
    io_slot* const slot = slots_.find(token.index);
    const ready_bits bits = event.bits();
    if (slot == nullptr || !slot->state.deliver(token.generation, bits)) return;
    // The registration may end here and the slot begin another one. Then somebody is woken who has
    // no news, which is harmless, and registers again.
    if (concerns(bits, direction::read)) queue(slot->reader.take());
    if (concerns(bits, direction::write)) queue(slot->writer.take());
}

void reactor::queue(waker&& waker) noexcept {
    batch_.add(std::move(waker));
    if (batch_.full()) batch_.wake_all();
}

void reactor::shut_down() {
    wake_batch batch;
    const auto wake_later = [&batch](waker&& waker) {
        batch.add(std::move(waker));
        if (batch.full()) batch.wake_all();
    };
    // A registration that acquired its slot just now, and opens it only after this, keeps the mark.
    slots_.seal([&wake_later](io_slot& slot) {
        slot.state.shut_down();
        wake_later(slot.reader.take());
        wake_later(slot.writer.take());
    });
    timers_.shut_down(batch);
    batch.wake_all();
    interrupt();
}

reactor_counters reactor::counters() const noexcept {
    // All relaxed: figures for people, which order nothing.
    return {.registered_sockets = registered_.load(sync::relaxed),
            .active_timers = timers_.size(),
            .turns = counters_.turns.load(sync::relaxed),
            .failed_turns = counters_.failed_turns.load(sync::relaxed),
            .events = counters_.events.load(sync::relaxed),
            .timers_fired = counters_.timers_fired.load(sync::relaxed),
            .wakes = counters_.wakes.load(sync::relaxed)};
}

timer_status reactor::arm(timer_entry& entry, sys::time_point deadline, waker waker) noexcept {
    const timer_queue::armed armed = timers_.arm(entry, deadline, std::move(waker));
    if (armed.interrupt) interrupt();
    return armed.status;
}

io_result<reactor::added> reactor::add(int descriptor) {
    const auto acquired = slots_.acquire();
    if (!acquired) return std::unexpected(std::make_error_code(std::errc::operation_canceled));
    const slot_token token{acquired->index, acquired->slot->state.open()};
    const auto watched = selector_.add(descriptor, token.packed());
    if (!watched) {
        acquired->slot->state.close();
        slots_.release(acquired->index);
        return std::unexpected(watched.error());
    }
    // Relaxed: a figure for people, which orders nothing.
    registered_.fetch_add(1, sync::relaxed);
    return added{acquired->index, acquired->slot};
}

void reactor::remove(int descriptor, std::uint32_t index, io_slot& slot) noexcept {
    // What can fail here is only that the kernel has already forgotten the descriptor.
    static_cast<void>(selector_.remove(descriptor));
    slot.state.close();
    // Dropped at the end: what a waker owns may do anything when it is dropped.
    const waker reader = slot.reader.take();
    const waker writer = slot.writer.take();
    slots_.release(index);
    // Relaxed: a figure for people, which orders nothing.
    registered_.fetch_sub(1, sync::relaxed);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
