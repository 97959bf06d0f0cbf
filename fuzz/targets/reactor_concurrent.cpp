// fuzz/targets/reactor_concurrent.cpp: registrations used by two threads while a third one drives the
// reactor: no wake is lost, nothing is left, and, under ThreadSanitizer, no access is unordered.
//
// Some places belong to one thread, which may do anything with them: register, wait, deregister, close
// and open again. The others are registered all the time: one thread reads there, the other one writes,
// as the halves of a stream do. What a record does and who does it are its kind; where, is `a`.
#include <fuzz/finding.hpp>
#include <fuzz/reactor/ends.hpp>
#include <fuzz/records.hpp>

#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/reactor_thread.hpp>
#include <yot_run/reactor/registration.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <array>
#include <barrier>
#include <chrono>
#include <deque>
#include <optional>
#include <thread>
#include <vector>

namespace {

using fuzz::record;
using fuzz::require;
using yot_run::internal::direction;
using yot_run::internal::reactor;
using yot_run::internal::reactor_thread;
using yot_run::internal::registration;
using yot_run::internal::waker_probe;
using namespace yot_run::fuzzing;

constexpr std::size_t actor_count = 2;
constexpr std::size_t place_count = 4;  // Of each actor, and shared.

// A task that waits: it is woken, or what it waits for has not come.
struct place {
    std::unique_ptr<end> what = open_end(end_kind::socket_pair);
    std::optional<registration> watched;
    std::array<waker_probe*, 2> waiting{};
};
using places = std::array<place, place_count>;

std::size_t index_of(direction way) { return way == direction::read ? 0 : 1; }

void wait_at(place& at, direction way, std::deque<waker_probe>& tasks) {
    for (int attempts = 0; attempts < 3; ++attempts) {
        waker_probe& task = tasks.emplace_back();
        const yot_run::waker mine = task.make();
        yot_run::environment nowhere;
        yot_run::context cx(mine, nowhere);
        auto polled = at.watched->poll_ready(way, cx);
        at.waiting[index_of(way)] = polled.is_pending() ? &task : nullptr;
        if (polled.is_pending()) return;
        const auto found = std::move(polled).value();
        if (found.is_shut_down() || at.what->try_once(way) != attempt::would_wait) return;
        at.watched->clear_ready(way, found);
    }
}

class actor {
public:
    actor(reactor& driven, places& shared, direction half)
        : driven_(driven), shared_(shared), half_(half) {}

    void add(const record& given) { script_.push_back(given); }
    void run() {
        for (const record& each : script_) carry_out(each);
    }
    [[nodiscard]] places& own() { return own_; }
    void end() {
        for (place& each : own_) each.watched.reset();
    }
    [[nodiscard]] int wakers_alive() const {
        int alive = 0;
        for (const waker_probe& each : tasks_) alive += each.alive();
        return alive;
    }

private:
    void carry_out(const record& given) {
        place& mine = own_[given.a % place_count];
        place& shared = shared_[given.a % place_count];
        const direction way = given.b % 2 == 0 ? direction::read : direction::write;
        switch (given.kind / actor_count % 14) {
            case 0:
                toggle(mine);
                break;
            case 1:
            case 2:
                if (mine.watched) wait_at(mine, way, tasks_);
                break;
            case 3:
            case 4:
                if (shared.watched) wait_at(shared, half_, tasks_);
                break;
            case 5:
                mine.what->send(given.c);
                break;
            case 6:
                mine.what->receive(given.b_and_c());
                break;
            case 7:
                mine.what->fill();
                break;
            case 8:
                shared.what->send(given.c);
                break;
            case 9:
                shared.what->receive(given.b_and_c());
                break;
            case 10:
                if (half_ == direction::write) shared.what->fill();
                break;
            case 11:
                mine.what->half_close();
                break;
            case 12:
                reopen(mine);
                break;
            case 13:
                given.b % 16 == 0 ? driven_.shut_down() : driven_.interrupt();
                break;
        }
    }
    void toggle(place& at) {
        at.waiting = {};
        if (at.watched) {
            at.watched.reset();
        } else if (auto added = registration::add(driven_, at.what->number())) {
            at.watched.emplace(*std::move(added));
        } else {
            require(added.error() == std::errc::operation_canceled, "it cannot be registered");
        }
    }
    void reopen(place& at) {
        at.waiting = {};
        at.watched.reset();
        at.what.reset();
        at.what = open_end(end_kind::socket_pair);
        require(at.what != nullptr, "no descriptors are left");
    }

    reactor& driven_;
    places& shared_;
    const direction half_;
    std::vector<record> script_;
    std::deque<waker_probe> tasks_;  // Outlives the registrations, whose wakers it counts.
    places own_;
};

// Everybody who waits for what has come has been told, or will be.
void require_that_nobody_is_forgotten(const places& all) {
    constexpr std::chrono::minutes long_enough(1);  // Only what is lost takes longer.
    for (const place& each : all) {
        if (!each.watched) continue;
        for (const direction way : {direction::read, direction::write}) {
            const waker_probe* const task = each.waiting[index_of(way)];
            const auto give_up = std::chrono::steady_clock::now() + long_enough;
            while (task != nullptr && task->wakes() == 0 && is_ready(each.what->number(), way)) {
                require(std::chrono::steady_clock::now() < give_up, "a wake was lost");
                std::this_thread::yield();
            }
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto driven = reactor::create().value();
    places shared;
    for (place& each : shared)
        each.watched.emplace(registration::add(*driven, each.what->number()).value());
    {
        std::array<actor, actor_count> actors{actor(*driven, shared, direction::read),
                                              actor(*driven, shared, direction::write)};
        fuzz::record_reader input({data, size});
        while (const auto next = input.next()) actors[next->kind % actor_count].add(*next);

        reactor_thread turning(driven, "reactor");
        std::barrier start(actor_count);
        {
            const auto act = [&start](actor& who) {
                start.arrive_and_wait();
                who.run();
            };
            const std::jthread first(act, std::ref(actors[0]));
            const std::jthread second(act, std::ref(actors[1]));
        }
        require_that_nobody_is_forgotten(shared);
        for (actor& each : actors) require_that_nobody_is_forgotten(each.own());
        turning.stop();

        for (actor& each : actors) each.end();
        for (place& each : shared) each.watched.reset();
        require(driven->counters().registered_sockets == 0, "a registration is left");
        for (const actor& each : actors) require(each.wakers_alive() == 0, "a waker is left");
    }
    return 0;
}
