// yot_run/executor/idle_set.hpp: which workers sleep, and how many search for work.
//
// One word counts the workers that are awake and, of these, the ones that search; a list under a
// mutex says which ones sleep. Every change of the list changes the word under the mutex.
//
// Publishing work and falling asleep are a store/load race on two objects, the queue and the word:
//   producer: publish work (SC), then look at the word (I1)
//   worker:   announce sleep in the word (I2), then look at all sources of work (SC)
// With sequential consistency on both sides, one of the two sees the other. Wake-ups are throttled:
// while somebody searches, a producer wakes nobody. That is right because a searcher either fails,
// and announces it together with its sleep in one read-modify-write (I2) before it looks again, or
// succeeds; and the last one that succeeds (I3) wakes another in its place.
//
// Order: I1 and I2 are sequentially consistent, as is all that stands beside them: publishing, and
// looking. I3, I4 and I5 are relaxed, and that is enough. Whatever value I1 reads, each worker that it
// counts as awake or searching leaves that count later in the word's modification order; and when it
// goes to sleep, it does so by an I2, before which I1 is then coherence-ordered. So I1 precedes that
// I2 in the single total order, the publishing precedes I1, and the look after I2 sees the work. This
// needs every write of the word to be a read-modify-write, and nothing of the order of the others.
// Checked by: idle_set_test.cpp, model/idle_set.cpp (I1-I5).
#pragma once

#include <yot_run/sync/sync.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class idle_set {
public:
    // All workers start awake and not searching.
    explicit idle_set(unsigned workers) : workers_(workers), word_(one_awake * workers) {
        asleep_.mut().reserve(workers);
    }

    // The producer's side, after publishing work (sequentially consistent). Any thread. The worker
    // that the caller must unpark, which is from now on awake and searching; or nobody.
    [[nodiscard]] std::optional<unsigned> claim_sleeper() noexcept {
        if (!should_wake(word_.load(sync::seq_cst))) return std::nullopt;  // I1, against I2.
        const sync::lock guard(mutex_);
        // Relaxed: under the mutex the number awake is exact; and a searcher that is counted here,
        // in a value no older than I1's, leaves that count later than I1 (see above).
        if (!should_wake(word_.load(sync::relaxed)) || asleep_.get().empty()) return std::nullopt;
        const unsigned worker = asleep_.get().back();
        asleep_.mut().pop_back();
        word_.fetch_add(one_awake + one_searching, sync::relaxed);  // I5, see above.
        return worker;
    }

    // The workers' side.

    // False: enough others search already (half of the workers); the caller goes to sleep instead.
    [[nodiscard]] bool begin_search() noexcept {
        // Relaxed: a throttle; being wrong costs a search too many or too few, never work.
        if (2 * searching(word_.load(sync::relaxed)) >= workers_) return false;
        word_.fetch_add(one_searching, sync::relaxed);  // I4, see above.
        return true;
    }

    // A searcher has found work. True: it was the last one, and must see whether to wake another.
    [[nodiscard]] bool end_search() noexcept {
        return searching(word_.fetch_sub(one_searching, sync::relaxed)) == 1;  // I3, see above.
    }

    // Announces sleep; the caller must look at every source of work before it parks.
    void begin_sleep(unsigned worker, bool was_searching) noexcept {
        const sync::lock guard(mutex_);
        asleep_.mut().push_back(worker);  // Within the reserved capacity.
        // I2 leaves the search and announces the sleep at once, before the caller looks again.
        word_.fetch_sub(one_awake + (was_searching ? one_searching : 0), sync::seq_cst);
    }

    // The caller has seen work, or was unparked, and is awake from now on. True: it counts as
    // searching, because it wants to (`search`) or because a producer claimed it.
    [[nodiscard]] bool end_sleep(unsigned worker, bool search) noexcept {
        const sync::lock guard(mutex_);
        if (std::erase(asleep_.mut(), worker) == 0) return true;
        word_.fetch_add(one_awake + (search ? one_searching : 0), sync::relaxed);  // I5, see above.
        return search;
    }

    // Any thread; a figure, which may be old when it is read.
    [[nodiscard]] unsigned awake() const noexcept {
        return unsigned(word_.load(sync::relaxed) / one_awake);
    }

    // Any thread; the figures of a moment that is over.
    struct picture {
        unsigned awake;
        unsigned searching;
        std::vector<unsigned> asleep;
    };
    [[nodiscard]] picture look() {
        const sync::lock guard(mutex_);
        // Relaxed: nothing is concluded from it.
        const std::uint64_t word = word_.load(sync::relaxed);
        return {unsigned(word / one_awake), unsigned(searching(word)), asleep_.get()};
    }

private:
    static constexpr std::uint64_t one_searching = 1;
    static constexpr std::uint64_t one_awake = std::uint64_t{1} << 32;

    [[nodiscard]] static std::uint64_t searching(std::uint64_t word) noexcept {
        return word & (one_awake - 1);
    }
    [[nodiscard]] bool should_wake(std::uint64_t word) const noexcept {
        return searching(word) == 0 && word / one_awake < workers_;
    }

    const unsigned workers_;
    alignas(64) sync::atomic<std::uint64_t> word_;
    sync::mutex mutex_;
    sync::cell<std::vector<unsigned>> asleep_;  // Under the mutex.
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
