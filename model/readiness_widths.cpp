// model/readiness_widths.cpp: reactor/readiness_word.hpp with fewer bits: what tick and generation
// are for, and when they fail.
//
// Promises:
//   a tick of b bits keeps a clear from undoing an event, unless a multiple of 2^b events is delivered
//   after the value that the operation observed; with exactly that many, all of them between the system
//   call and the clear, it fails, and this model says so;
//   a generation of b bits keeps an event from finding a later registration, unless the slot is used
//   a multiple of 2^b times between the event's report and its delivery; likewise.
// Scenarios that are named `fails_` are expected to fail: they show the bound from the other side.
// Bounds: one task, one reactor; one and two bits, up to four events or uses. The shipping widths are
// 24 and 32 bits: 16,777,216 events, 4,294,967,296 uses.
// Not covered: everything else about registrations, which is registration.cpp.
#include <model/counting_waker.hpp>
#include <yot_run/reactor/readiness_word.hpp>
#include <yot_run/sys/sys.hpp>
#include <yot_run/task/waker_slot.hpp>

namespace {

namespace sys = yot_run::sys;
using model::check;
using namespace yot_run;
using namespace yot_run::internal;

// Thread 0 tries to read, finds nothing, clears, and waits. Thread 1 is the kernel: a byte arrives,
// and is reported, and so are more events about it.
template <unsigned TickBits, int Events>
class events_against_clear : public model::test {
    void before() override {
        static_cast<void>(state_.open());
        stream_ = sys::make_stream(0);
    }
    void thread(unsigned index) override {
        if (index == 1) {
            sys::peer_sends(stream_.get());
            for (int i = 0; i < Events; ++i) {
                check(state_.deliver(0, ready_bits::readable), "the registration is there");
                reader_.wake();
            }
            return;
        }
        const auto seen = state_.observe();
        if (sys::take_byte(stream_.get())) return;
        state_.clear(direction::read, seen);
        reader_.register_waker(task_.make_waker());
        is_waiting_ = !state_.observe().is_ready(direction::read) || !sys::take_byte(stream_.get());
    }
    void after() override {
        static_cast<void>(reader_.take());
        check(!is_waiting_ || task_.take_wakes() > 0, "whoever waits for a byte is told of it");
    }
    basic_slot_state<8, TickBits> state_;
    waker_slot reader_;
    model::sleeper task_;
    sys::descriptor stream_;
    bool is_waiting_ = false;
};

// Thread 0 is the reactor: it has an event for the first use of a slot, and delivers it. Thread 1
// ends that use, and begins and ends others.
template <unsigned GenerationBits, int Uses>
class event_against_reuse : public model::test {
    void before() override {
        reported_for_ = state_.open();
        state_.clear(direction::read, state_.observe());
    }
    void thread(unsigned index) override {
        if (index == 0) {
            static_cast<void>(state_.deliver(reported_for_, ready_bits::readable));
            return;
        }
        for (int i = 0; i < Uses; ++i) {
            state_.close();
            static_cast<void>(state_.open());
        }
        state_.clear(direction::read, state_.observe());
        check(!state_.observe().is_ready(direction::read), "an event finds no later use");
    }
    basic_slot_state<GenerationBits, 16> state_;
    std::uint32_t reported_for_ = 0;
};

template <class Model>
model::scenario holds(const char* name) {
    return model::scenario::of<Model>(name, {.tree = 100'000});
}
template <class Model>
model::scenario fails(const char* name) {
    return model::scenario::of<Model>(name, {.bounded = 0})
        .fails_with(rl::test_result_user_assert_failed);
}

}  // namespace

int main(int argc, char** argv) {
    return model::run(
        argc, argv,
        {
            holds<events_against_clear<1, 1>>("tick_of_one_bit_one_event"),
            fails<events_against_clear<1, 2>>("fails_tick_of_one_bit_two_events"),
            holds<events_against_clear<2, 3>>("tick_of_two_bits_three_events"),
            fails<events_against_clear<2, 4>>("fails_tick_of_two_bits_four_events"),
            holds<event_against_reuse<1, 1>>("generation_of_one_bit_one_use"),
            fails<event_against_reuse<1, 2>>("fails_generation_of_one_bit_two_uses"),
            holds<event_against_reuse<2, 3>>("generation_of_two_bits_three_uses"),
            fails<event_against_reuse<2, 4>>("fails_generation_of_two_bits_four_uses"),
        });
}
