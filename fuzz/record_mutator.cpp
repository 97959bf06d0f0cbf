// fuzz/record_mutator.cpp: for targets whose input is a sequence of records (records.hpp): mutations
// that keep the records whole. Every other mutation is one of the engine's own, on the bytes.
#include <fuzz/records.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

using fuzz::record;

using randomness = std::minstd_rand;

struct sequence {
    std::uint8_t* data;
    std::size_t count;  // Of records.
    std::size_t most;

    [[nodiscard]] std::uint8_t* at(std::size_t index) const { return data + index * record::size; }
    [[nodiscard]] bool has_room() const { return count < most; }
    void open_gap(std::size_t index, std::size_t length) {
        std::memmove(at(index + length), at(index), (count - index) * record::size);
        count += length;
    }
    void close_gap(std::size_t index, std::size_t length) {
        std::memmove(at(index), at(index + length), (count - index - length) * record::size);
        count -= length;
    }
};

std::size_t below(std::size_t end, randomness& random) { return random() % end; }

void insert_one(sequence& all, randomness& random) {
    if (!all.has_room()) return;
    const std::size_t where = below(all.count + 1, random);
    all.open_gap(where, 1);
    for (std::size_t i = 0; i < record::size; ++i) all.at(where)[i] = std::uint8_t(random() >> 8);
    // Small numbers more often: the same few objects are used again and again.
    if (random() % 2 == 0) all.at(where)[1] %= 4;
}

void repeat_some(sequence& all, randomness& random) {
    if (all.count == 0 || !all.has_room()) return;
    const std::size_t from = below(all.count, random);
    const std::size_t length =
        1 + below(std::min({all.count - from, all.most - all.count, std::size_t{16}}), random);
    const std::vector<std::uint8_t> copy(all.at(from), all.at(from + length));
    const std::size_t to = below(all.count + 1, random);
    all.open_gap(to, length);
    std::copy(copy.begin(), copy.end(), all.at(to));
}

void remove_some(sequence& all, randomness& random) {
    if (all.count < 2) return;
    const std::size_t from = below(all.count, random);
    const std::size_t most = std::min(all.count - from, std::max<std::size_t>(all.count / 4, 1));
    all.close_gap(from, 1 + below(most, random));
}

void exchange_two(sequence& all, randomness& random) {
    if (all.count < 2) return;
    const std::size_t first = below(all.count, random);
    const std::size_t second = below(all.count, random);
    std::swap_ranges(all.at(first), all.at(first) + record::size, all.at(second));
}

void change_one(sequence& all, randomness& random) {
    if (all.count == 0) return insert_one(all, random);
    std::uint8_t* const chosen = all.at(below(all.count, random));
    chosen[below(record::size, random)] = std::uint8_t(random() >> 8);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
    randomness random(seed);
    if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, most);
    sequence all{data, size / record::size, most / record::size};
    constexpr void (*mutations[])(sequence&, randomness&) = {insert_one, repeat_some, remove_some,
                                                             exchange_two, change_one};
    for (std::size_t i = 1 + random() % 4; i > 0; --i)
        mutations[below(std::size(mutations), random)](all, random);
    return all.count * record::size;
}

// The beginning of one, the end of another.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t most, unsigned seed) {
    randomness random(seed);
    const std::size_t head = below(first_size / record::size + 1, random) * record::size;
    const std::size_t from = below(second_size / record::size + 1, random) * record::size;
    const std::size_t head_fits = std::min(head, most / record::size * record::size);
    const std::size_t tail = std::min(second_size / record::size * record::size - from,
                                      (most - head_fits) / record::size * record::size);
    std::copy_n(first, head_fits, out);
    std::copy_n(second + from, tail, out + head_fits);
    return head_fits + tail;
}
