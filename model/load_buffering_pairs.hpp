// model/load_buffering_pairs.hpp: what the flag for load buffering has seen (worlds/load_buffering.hpp).
#pragma once

#include <model/order_sites.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace model {

struct load_buffering_pair {
    where load;
    where store;
};

// A plain structure, so that it can be placed in memory that processes share.
class load_buffering_table {
public:
    void add(const where& load, const where& store) noexcept {
        for (unsigned i = 0; i < size_; ++i)
            if (is_same(pairs_[i].load, load) && is_same(pairs_[i].store, store)) return;
        if (size_ == capacity) {
            std::fputs("model: more pairs than load_buffering_table::capacity\n", stderr);
            std::abort();
        }
        pairs_[size_++] = {load, store};
    }
    [[nodiscard]] const load_buffering_pair* begin() const noexcept { return pairs_; }
    [[nodiscard]] const load_buffering_pair* end() const noexcept { return pairs_ + size_; }

private:
    static constexpr unsigned capacity = 512;

    [[nodiscard]] static bool is_same(const where& one, const where& other) noexcept {
        return one.line == other.line && one.column == other.column &&
               std::strcmp(one.file, other.file) == 0;
    }

    load_buffering_pair pairs_[capacity];
    unsigned size_ = 0;
};

// Where the pairs of this process go; null: nobody asks for them.
inline load_buffering_table*& load_buffering_watch() noexcept {
    static constinit load_buffering_table* the_watch = nullptr;
    return the_watch;
}

}  // namespace model
